"""`osler ledger`: seal, verify, prove, anchor."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from osler.kit.errors import Invalid
from osler.main.opening import Command, open_record, settings_with, storage_options
from osler.main.progress import Steps

if TYPE_CHECKING:
    from osler.kit.settings import Settings
    from osler.ledger.head import Signed
    from osler.ledger.report import Finding, Report
    from osler.record import Record

_SAVE_S = 5.0


@click.group("ledger")
def command() -> None:
    """Evidence that nobody changed the record: seal, verify, prove, anchor.

    Versions and audit rows are sealed by the worker some seconds after they were written.
    """


def _opened(work: Callable[..., Any]) -> Command:
    """The command with the options of the storage, its first arguments the record and the settings."""

    def run(database: str | None, data: Path | None, **more: Any) -> None:
        settings = settings_with(database_url=database, data_dir=data)
        record = open_record(settings)
        try:
            work(record, settings, **more)
        finally:
            record.database.close()

    run.__doc__, run.__name__ = work.__doc__, work.__name__
    for option in reversed(getattr(work, "__click_params__", [])):
        run.__dict__.setdefault("__click_params__", []).insert(0, option)
    return storage_options(run)


_output = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; default stdout.",
)


@command.command("seal")
@_opened
def seal(record: Record, settings: Settings) -> None:
    """Seal now what is waiting. The worker does this by itself."""
    from osler.record import sealing, signing

    with Steps() as steps:
        signer = signing.signer_of(record.database, settings)
        done = sealing.seal_all(record.database, signer, steps.tell)
    click.echo(f"Sealed {done.entries:,} entries in {done.blocks:,} blocks.")
    if done.busy:
        click.echo("Another process is sealing the rest.")


@command.command("verify")
@_opened
@click.option(
    "--since", metavar="FILE|HEIGHT", help="Only what was sealed after this checkpoint or block."
)
@click.option(
    "--resume",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps how far this came; a second run goes on there.",
)
@click.option("--key", metavar="HEX", help="The public key that must have signed the first block.")
@click.option(
    "--grace", type=float, default=1.0, show_default=True, help="Hours that sealing may take."
)
@click.option(
    "--archive",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Directory of the audit's archive, whose rows are compared too. Default: where it was written.",
)
@click.option(
    "--without-archive",
    is_flag=True,
    help="Do not look at the audit's archive, only count its rows.",
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON, for a script.")
def verify(
    record: Record,
    settings: Settings,
    since: str | None,
    resume: Path | None,
    key: str | None,
    grace: float,
    archive: Path | None,
    without_archive: bool,
    as_json: bool,
) -> None:
    """Compare the record with the ledger, and say what does not fit and where.

    Heads in OSLER_LEDGER_ANCHOR_FILE and time stamps are compared too. Exit code 1: something was found.
    """
    from osler.record import anchoring, verifying

    state = _State(resume)
    file = settings.ledger_anchor_file
    known = anchoring.heads(file) if file is not None and file.exists() else []
    with Steps() as steps:
        report = verifying.verify(
            record.database,
            since=state.reached or (_since(record, since) if since else None),
            known=known,
            key=key,
            grace=timedelta(hours=grace),
            archive=None if without_archive else _archive(settings, archive),
            tell=steps.tell,
            reached=state.save if resume else None,
        )
    report.findings += anchoring.check_stamps(record.database, settings.ledger_timestamp_ca)
    compared = without_archive or _archive(settings, archive) is not None
    report.findings += _more(record, settings, report, compared=compared)
    report.findings = list(dict.fromkeys([*state.findings, *report.findings]))
    state.done()
    _note(record, report)
    _tell(report, as_json=as_json)
    raise click.exceptions.Exit(int(not report.intact))


def _archive(settings: Settings, given: Path | None) -> Path | None:
    from osler.main.audit import archive_of

    place = given or archive_of(settings)
    return place if place.is_dir() else None


def _more(record: Record, settings: Settings, report: Report, *, compared: bool) -> list[Finding]:
    """What only this installation can tell: its own key, and where its archive should be."""
    from osler.ledger.keys import KeyTrouble
    from osler.ledger.report import Finding
    from osler.record import signing

    found = []
    try:
        other = signing.foreign(record.database, settings)
    except KeyTrouble:
        other = None  # Who verifies need not be who may read the key.
    if other is not None:
        text = f"names the key {other} to go on with, which is not the one of this installation"
        found.append(Finding("key", f"block {report.height}", text))
    if report.archived and not compared:
        text = f"{report.archived:,} rows should be in it, but it is not there: --archive says where it is"
        found.append(Finding("archive-missing", "the audit's archive", text))
    return found


def _note(record: Record, report: Report) -> None:
    from osler.access import LOCAL
    from osler.record import Access

    detail = f"leaves {report.begun_at} to {report.size}, {len(report.findings)} findings"
    record.note(LOCAL, Access("ledger-verify", detail=detail))


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"intact": report.intact} | dataclasses.asdict(report), indent=2))
        return
    for finding in report.findings:
        click.echo(f"{finding.where}: {finding.text}")
    click.echo(
        f"Looked at {report.versions:,} versions and {report.rows:,} rows of the audit in leaves"
        f" {report.begun_at:,} to {report.size:,}, up to block {report.height}."
    )
    if report.erased or report.archived or report.pending:
        click.echo(
            f"Of these {report.erased:,} erased with a record of it, {report.archived:,} in the audit's"
            f" archive; {report.pending:,} more wait to be sealed."
        )
    click.echo(f"Key: {report.key}")
    click.echo("Intact." if report.intact else f"NOT INTACT: {len(report.findings)} findings.")


class _State:
    """How far a verification came, in a file."""

    def __init__(self, path: Path | None) -> None:
        from osler.ledger.head import Signed
        from osler.ledger.report import Finding

        self.path = path
        self.reached: Signed | None = None
        self.findings: list[Finding] = []
        self._saved = time.monotonic()
        if path is not None and path.exists():
            found = _json(path)
            self.reached = Signed.from_json(found)
            self.findings = [Finding(**one) for one in found["findings"]]

    def save(self, signed: Signed, report: Report) -> None:
        """Keep it, every few seconds."""
        if self.path is None or time.monotonic() - self._saved < _SAVE_S:
            return
        self._saved = time.monotonic()
        findings = [dataclasses.asdict(one) for one in (*self.findings, *report.findings)]
        coming = self.path.with_name(self.path.name + ".new")
        coming.write_text(json.dumps(signed.as_json() | {"findings": findings}), "utf-8")
        coming.replace(self.path)

    def done(self) -> None:
        """There is nothing to go on with."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Invalid(f"Cannot read {path} ({error}).") from error


def _since(record: Record, text: str) -> Signed:
    """A head from a checkpoint file, or the block of a height."""
    from osler.access import LOCAL
    from osler.ledger.head import Signed

    if text.isdigit():
        return record.ledger_head(LOCAL, int(text))
    return Signed.from_json(_json(Path(text)))


@command.command("prove")
@_opened
@click.argument("name")
@_output
def prove(record: Record, settings: Settings, name: str, output: Path | None) -> None:  # noqa: ARG001 - alike for all
    """Write the proof that NAME was sealed: Observation/123/_history/2, audit/SEQ or erasure/SEQ.

    `osler ledger verifier` writes the script that checks it, on any machine with Python.
    """
    from osler.access import LOCAL

    _write(output, json.dumps(record.prove(LOCAL, name), indent=1, ensure_ascii=False) + "\n")


@command.command("consistency")
@_opened
@click.argument("old")
@click.argument("new", required=False)
@_output
def consistency(
    record: Record,
    settings: Settings,  # noqa: ARG001 - alike for all
    old: str,
    new: str | None,
    output: Path | None,
) -> None:
    """Write the proof that the block NEW (default: the newest) continues the block OLD.

    Each is a checkpoint file or the height of a block.
    """
    from osler.access import LOCAL

    later = _since(record, new) if new else record.ledger_head(LOCAL)
    found = record.ledger_consistency(LOCAL, _since(record, old), later)
    _write(output, json.dumps(found, indent=1) + "\n")


@command.command("head")
@_opened
def head(record: Record, settings: Settings) -> None:  # noqa: ARG001 - alike for all
    """Show the newest block."""
    from osler.access import LOCAL

    found = record.ledger_head(LOCAL).head
    click.echo(f"block {found.height}, {found.size:,} leaves, sealed at {found.at}")
    click.echo(f"root  {found.root}\nkey   {found.signer}")


@command.command("checkpoint")
@_opened
@_output
def checkpoint(record: Record, settings: Settings, output: Path | None) -> None:  # noqa: ARG001 - alike for all
    """Write the newest head, to be kept where nobody can change it, for `verify --since`."""
    from osler.access import LOCAL

    _write(output, json.dumps(record.ledger_head(LOCAL).as_json(), indent=1) + "\n")


@command.command("rotate-key")
@_opened
@click.option(
    "--sign-command",
    metavar="COMMAND",
    help="The program of the new key, where keys are behind programs; then set OSLER_LEDGER_SIGN_COMMAND to it.",
)
def rotate_key(record: Record, settings: Settings, sign_command: str | None) -> None:
    """Let a new key sign from now on; the old one introduces it in the chain."""
    import shlex

    from osler.ledger.keys import CommandKey
    from osler.record import signing

    if sign_command:
        old = signing.signer_of(record.database, settings)
        told = signing.rotate(record.database, old, CommandKey(shlex.split(sign_command)))
    elif settings.ledger_sign_command:
        raise click.UsageError(
            "The key is behind a program (OSLER_LEDGER_SIGN_COMMAND); name that of the new key: --sign-command."
        )
    else:
        told = signing.rotate_file(record.database, settings)
    click.echo(f"Since block {told.head.height + 1} the key {told.head.next} signs.")


@command.command("anchor")
@_opened
def anchor(record: Record, settings: Settings) -> None:
    """Leave the newest head at the places of the settings: file, time-stamp service, webhook.

    The worker does this every hour.
    """
    from osler.record import anchoring

    done = anchoring.anchor(record.database, settings)
    for one in done:
        click.echo(f"{one.kind} {one.place}: {one.trouble or f'has block {one.height}'}")
    if not done:
        click.echo("No place is set (OSLER_LEDGER_ANCHOR_FILE …), or nothing is sealed yet.")
    raise click.exceptions.Exit(int(not done or any(one.trouble for one in done)))


@command.command("verifier")
@_output
def verifier(output: Path | None) -> None:
    """Write the script that checks proofs without Osler: one file, Python's own library."""
    _write(output, resources.files("osler.ledger").joinpath("standalone.py").read_text("utf-8"))


def _write(output: Path | None, text: str) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
