"""`osler demo`: a made-up practice in a database of its own, loaded once, renewed daily and served."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from osler.exchange.bulk.report import LoadOptions, LoadReport
from osler.kit.settings import Settings
from osler.main.load import run as run_load
from osler.main.opening import open_accounts, open_record
from osler.main.progress import Bytes
from osler.main.sample import mark
from osler.main.serve import require_loopback, serve
from osler.main.tables import Cell, print_rows, print_table

_BESIDE = "shared/data/samples/synthea"


@click.command("demo")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of the demo's database.",
)
@click.option(
    "--samples",
    type=click.Path(exists=True, path_type=Path),
    help="Load these files too (default: Synthea files beside the checkout, if any).",
)
@click.option("--alone", is_flag=True, help="Load no files beside the made-up practice.")
@click.option("--reset", is_flag=True, help="Throw the demo away and begin anew.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--no-serve", is_flag=True, help="Load and print only.")
def command(
    data: Path | None,
    samples: Path | None,
    alone: bool,
    reset: bool,
    port: int | None,
    no_serve: bool,
) -> None:
    """Load a made-up practice into a database of its own and serve it.

    Its calendar is always around today: a later start adds new days and leaves alone what you
    changed. Nothing is ever loaded into the database of OSLER_DATABASE_URL.
    """
    settings = Settings.load()
    home = data or settings.data_dir / "demo"
    settings = dataclasses.replace(
        settings,
        database_url=None,
        data_dir=home,
        port=port or settings.port,
        workers=settings.workers or 1,  # It is there at once, for one who looks around.
    )
    require_loopback(settings.host)
    if reset:
        _throw_away(home)
    counts = _renew(settings) if mark.exists(home) else None
    if counts is None and not mark.exists(home):
        counts = _load(settings, None if alone else samples or _synthea())
    _print(counts or {})
    _people(settings)
    if not no_serve:
        serve(settings)


def _throw_away(home: Path) -> None:
    """Remove the demo's directory; never one that no demo was loaded into."""
    from osler.kit.embedded import is_running

    if not home.exists():
        return
    if is_running(home):
        raise click.UsageError(f"The demo in {home} is running; stop it first (Ctrl-C there).")
    if not mark.exists(home):
        raise click.UsageError(
            f"{home} holds no finished demo, so it is not removed; remove it yourself if you mean it."
        )
    shutil.rmtree(home)


def _renew(settings: Settings) -> Mapping[str, int] | None:
    """Bring the practice to the present; None if it is of an older Osler and stays as it is."""
    from osler.main.sample.demo import now, renew

    known = mark.read(settings.data_dir)
    if known is None:
        click.echo(
            "This demo was made by another version of Osler, and is shown as it was.\n"
            "`osler demo --reset` makes a new one, and throws this one away.",
            err=True,
        )
        return None
    record = open_record(settings)
    try:
        renewed = renew(record, known, now())
    finally:
        record.database.close()
    mark.write(settings.data_dir, renewed)
    return renewed.counts


def _load(settings: Settings, samples: Path | None) -> Mapping[str, int]:
    from osler.main.sample.demo import first, now

    record = open_record(settings)
    at = now()
    try:
        with tempfile.TemporaryDirectory(prefix="osler-demo-") as folder, Bytes() as bar:
            practice = _practice(Path(folder) / "practice.ndjson", at)
            paths = [practice, samples] if samples else [practice]
            report = run_load(record, paths, LoadOptions(), bar)
    finally:
        record.database.close()
    _require_all(report)
    counts = {kind: counter.total() for kind, counter in sorted(report.counts.items())}
    mark.write(settings.data_dir, first(at, counts))
    return counts


def _require_all(report: LoadReport) -> None:
    if report.interrupted:
        raise click.Abort
    for reason, count in report.reasons.most_common(5):
        click.echo(f"rejected {count:,}: {reason}", err=True)


def _practice(target: Path, at: datetime) -> Path:
    """The made-up practice as one file; the same people on every machine."""
    from osler.fhir.codec import encode
    from osler.main.sample.demo import SEED
    from osler.main.sample.generate import generate

    with target.open("wb") as file:
        for resource in generate(at, seed=SEED):
            file.write(encode(resource) + b"\n")
    return target


def _synthea() -> Path | None:
    """Synthea files that lie beside the checkout."""
    checkout = Path(__file__).resolve().parents[3]
    found = checkout.parent / _BESIDE
    return found if found.is_dir() else None


def _people(settings: Settings) -> None:
    """Who one can be: every role, a patient and a mother, all with the same known password."""
    with open_accounts(settings) as record:
        from osler.main.sample import accounts
        from osler.staff.people.first import DEMO_PASSWORD

        accounts.make(record)
        rows: list[list[Cell]] = [[one.username, one.name, one.role] for one in accounts.members()]
    rows += [["jose", "José García Márquez", "patient"], ["denise", "Denise Johnson", "proxy"]]
    click.echo()
    print_rows(("sign in as", "name", "role"), rows)
    click.echo(f"\nThe password of all is: {DEMO_PASSWORD}\n")


def _print(counts: Mapping[str, int]) -> None:
    rows: list[list[Cell]] = [[kind, count] for kind, count in counts.items()]
    print_table(("in the demo", "resources"), rows, ("all", sum(counts.values())))
