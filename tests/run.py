"""Every test: on the embedded PostgreSQL, then those about SQL on the system's own server.

`python -m tests.run`; called by `make test`. What the second run leaves out, and why, is in docs/reference/testing.md.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import apt, postgres, system_server

_WORKERS = ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder", "-p", "tests.telling"]
"""Module by module in the order of conftest.py, which has the long ones first."""
_ABOUT_SQL = [
    "access",
    "clinic/patients",
    "clinic/terms",
    "exchange",
    "identity/test_principals.py",
    "kit",
    "ledger",
    "main",
    "record",
    "rest/test_audit_event.py",
    "rest/test_contained.py",
    "rest/test_record.py",
    "rest/test_troubles.py",
    "rest/test_written.py",
    "search",
    "store",
    "worker",
]
"""What has SQL of ours under test; the rest asks the record, or Django's models, which both servers answer alike."""


def main() -> int:
    apt.provide()
    first = _pytest("on the embedded PostgreSQL", [], {})
    found = system_server.prepare()
    if isinstance(found, system_server.Absent):
        print(f"\nSkipped the second run, on a server of the system: {found.why}", flush=True)
        return first
    with system_server.running(found) as url:
        title = f"about SQL on the system's PostgreSQL {found.major}"
        again = ["-m", "database", *(f"tests/{part}" for part in _ABOUT_SQL)]
        second = _pytest(title, again, {postgres.URL: url})
    return first or second


def _pytest(title: str, arguments: list[str], environ: dict[str, str]) -> int:
    print(f"\n== Tests {title}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *_WORKERS, *arguments]
    # Servers and commands are started a hundred times: without compiled modules each compiles all of ours.
    compiling = {"PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.run(command, env=os.environ | compiling | environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
