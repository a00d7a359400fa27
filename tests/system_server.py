"""A cluster of the tests' own on the PostgreSQL that the system has, as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import apt, postgres

_OLDEST = 15
_FOLDERS = ("/usr/lib/postgresql", "/usr/pgsql-18", "/usr/pgsql-17", "/opt/homebrew/opt")


@dataclass(frozen=True)
class Found:
    """The server's programs and its major version."""

    bin: Path
    major: int


@dataclass(frozen=True)
class Absent:
    """Why there is no server to test on."""

    why: str


def prepare() -> Found | Absent:
    """The system's PostgreSQL, installed first where we are root on Debian."""
    found = _find()
    if found is not None:
        return found
    print("\nInstalling Debian's PostgreSQL for the second run…", flush=True)
    why = apt.install("postgresql")
    if why is not None:
        return Absent(why)
    return _find() or Absent("apt-get installed no PostgreSQL that is new enough")


@contextmanager
def running(found: Found) -> Iterator[str]:
    """A fresh cluster on a private socket; answers its URL and stops it at the end."""
    home = Path(tempfile.mkdtemp(prefix="osler-pg-", dir=postgres.place()))
    user = _user(home)
    data = home / "data"
    _run(
        found, user, "initdb", "-D", data, "-U", "osler", "--auth=trust", "-E", "UTF8", "--locale=C"
    )
    given = {
        "listen_addresses": "",
        "unix_socket_directories": home,
        "max_connections": 80,
        "shared_buffers": "256MB",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        **postgres.CARELESS,
    }
    options = " ".join(f"-c {name}={value}" for name, value in given.items())
    start = ("pg_ctl", "-D", data, "-l", home / "log", "-w", "-t", "60", "-o", options, "start")
    try:
        _run(found, user, *start)
        yield f"postgresql://osler@/postgres?host={home}"
    finally:
        if (data / "postmaster.pid").exists():
            _run(found, user, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)


def _find() -> Found | None:
    candidates = [path.parent for root in _FOLDERS for path in Path(root).glob("**/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    known = [Found(folder, major) for folder in candidates if (major := _major(folder)) >= _OLDEST]
    return min(known, key=lambda found: found.major, default=None)


def _major(folder: Path) -> int:
    if not (folder / "postgres").exists():
        return 0
    done = subprocess.run([folder / "postgres", "-V"], capture_output=True, text=True, check=False)
    match = re.search(r"(\d+)", done.stdout)
    return int(match[1]) if match else 0


def _user(home: Path) -> dict[str, Any]:
    """Arguments for subprocess: as root, another account, because PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("nobody")
    os.chown(home, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(found: Found, user: dict[str, Any], program: str, *arguments: object) -> None:
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [found.bin / program, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
            **user,
        )
        if done.returncode != 0:
            output.seek(0)
            raise RuntimeError(f"{program} failed: {output.read().decode(errors='replace')}")
