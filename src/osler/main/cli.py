"""The command `osler`: one subcommand per file, errors as one line on stderr, honest exit codes."""

from __future__ import annotations

import importlib
import sys

import click

from osler.kit import logs
from osler.kit.errors import OslerError
from osler.kit.settings import BadSettings

# Loaded when called, so that `osler version` does not import a web server.
_COMMANDS = {
    "access": ("osler.main.access", "Why X can see this, who can see a patient, roles."),
    "account": ("osler.main.account", "Accounts: list, invite, disable, roles."),
    "audit": ("osler.main.audit", "Report, archive and watch the audit."),
    "demo": ("osler.main.demo", "Load sample patients and serve them."),
    "doctor": ("osler.main.doctor", "Check the installation and say what to do."),
    "erase": ("osler.main.erase", "Erase content for good; legal holds."),
    "export": ("osler.main.export", "Write the record as NDJSON files."),
    "keys": ("osler.main.keys", "Keys of documents at rest: status, rotation."),
    "ledger": ("osler.main.ledger", "Evidence that nobody changed the record."),
    "load": ("osler.main.load", "Load Bundles, resources and NDJSON."),
    "reindex": ("osler.main.reindex", "Make new search parameters usable."),
    "serve": ("osler.main.serve", "Serve the record over HTTP."),
    "setup": ("osler.main.setup", "Make the practice and its administrator."),
    "terms": ("osler.main.terms", "Code systems: load official releases, list."),
    "token": ("osler.main.token", "Tokens of programs: make, list, revoke."),
    "version": ("osler.main.version", "Say which version this is."),
    "worker": ("osler.main.worker", "Run background jobs."),
}


class _Commands(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """The names, in the order of the alphabet."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a name; None makes click say that there is none."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings come from the environment (OSLER_…); `osler serve --help` lists them."
    " Exit codes: 0 done, 1 not done or not wholly, 2 wrong usage or settings, 130 interrupted.",
)
def cli() -> None:
    """Osler: an electronic health record on FHIR R4 and PostgreSQL."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    logs.quiet_tracebacks()
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code."""
    try:
        code = cli.main(args=arguments, prog_name="osler", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("osler: interrupted", err=True)
        return 130
    except BrokenPipeError:
        return 1
    except OslerError as error:
        for issue in error.issues:
            where = f" ({issue.expression})" if issue.expression else ""
            click.echo(f"osler: {issue.diagnostics}{where}", err=True)
        return 2 if isinstance(error, BadSettings) else 1
