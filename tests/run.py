"""Every test: on the embedded PostgreSQL, then those that need a database on the system's own server.

`python -m tests.run`; called by `make test`.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import apt, postgres, system_server

_ONCE = [f"--ignore=tests/{part}" for part in ("attacks", "browser", "matrix", "portal", "staff")]
"""Pages have no SQL: what they ask of the record is asked of both servers by the record's own tests."""


def main() -> int:
    apt.provide()
    first = _pytest("on the embedded PostgreSQL", ["-n", "2", "--dist", "loadscope"], {})
    found = system_server.prepare()
    if isinstance(found, system_server.Absent):
        print(f"\nSkipped the second run, on a server of the system: {found.why}", flush=True)
        return first
    with system_server.running(found) as url:
        title = f"on the system's PostgreSQL {found.major}"
        again = ["-n", "2", "--dist", "loadscope", "-m", "database", *_ONCE]
        second = _pytest(title, again, {postgres.URL: url})
    return first or second


def _pytest(title: str, arguments: list[str], environ: dict[str, str]) -> int:
    print(f"\n== Tests {title}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, env=os.environ | environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
