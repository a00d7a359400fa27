"""`osler demo`: a made-up practice in a database of its own, loaded once and served."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from datetime import timedelta, timezone
from pathlib import Path

import click

from osler.exchange.bulk.report import LoadOptions, LoadReport
from osler.kit import clock
from osler.kit.settings import Settings
from osler.main.load import run as run_load
from osler.main.opening import open_accounts, open_record
from osler.main.progress import Bytes
from osler.main.serve import require_loopback, serve
from osler.main.tables import Cell, print_rows, print_table

_MARK = "demo.json"
_SEED = 1
_BESIDE = "shared/data/samples/synthea"
_ZONE = timezone(timedelta(hours=-5))  # The made-up practice's.


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
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--no-serve", is_flag=True, help="Load and print only.")
def command(data: Path | None, samples: Path | None, port: int | None, no_serve: bool) -> None:
    """Load sample patients into a database of their own and serve it.

    The people are made up. Nothing is ever loaded into the database of OSLER_DATABASE_URL.
    """
    settings = Settings.load()
    home = data or settings.data_dir / "demo"
    settings = dataclasses.replace(
        settings, database_url=None, data_dir=home, port=port or settings.port
    )
    require_loopback(settings.host)
    counts = _loaded(home) or _load(settings, samples or _synthea())
    _print(counts)
    _people(settings)
    if not no_serve:
        serve(settings)


def _loaded(home: Path) -> dict[str, int] | None:
    """What an earlier run loaded in full; None if there was none."""
    mark = home / _MARK
    if not mark.exists():
        return None
    counts: dict[str, int] = json.loads(mark.read_text("utf-8"))
    return counts


def _load(settings: Settings, samples: Path | None) -> dict[str, int]:
    record = open_record(settings)
    try:
        with tempfile.TemporaryDirectory(prefix="osler-demo-") as folder, Bytes() as bar:
            practice = _practice(Path(folder) / "practice.ndjson")
            paths = [practice, samples] if samples else [practice]
            report = run_load(record, paths, LoadOptions(), bar)
    finally:
        record.database.close()
    _require_all(report)
    counts = {kind: counter.total() for kind, counter in sorted(report.counts.items())}
    (settings.data_dir / _MARK).write_text(json.dumps(counts), "utf-8")
    return counts


def _require_all(report: LoadReport) -> None:
    if report.interrupted:
        raise click.Abort
    for reason, count in report.reasons.most_common(5):
        click.echo(f"rejected {count:,}: {reason}", err=True)


def _practice(target: Path) -> Path:
    """The made-up practice as one file; the same people on every machine."""
    from osler.fhir.codec import encode
    from osler.main.sample.generate import generate

    with target.open("wb") as file:
        for resource in generate(clock.now().astimezone(_ZONE), seed=_SEED):
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


def _print(counts: dict[str, int]) -> None:
    rows: list[list[Cell]] = [[kind, count] for kind, count in counts.items()]
    print_table(("in the demo", "resources"), rows, ("all", sum(counts.values())))
