"""One PostgreSQL cluster on disk, run with the wheel's programs: init, start, find, stop."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psutil

from osler.kit.programs import Account, EmbeddedError, account_for, major_version, programs

__all__ = ["Cluster", "EmbeddedError"]

_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET = 100  # macOS takes 103 bytes, Linux 107.
_INIT_TIMEOUT_S = 120
_RECOVERY_TIMEOUT_S = 3600
_STOP_TIMEOUT_S = 120
_ORPHANS_WAIT_S = 5.0


@dataclass(frozen=True)
class Cluster:
    """The directory `home`: the cluster under postgres/NN, the locks, the socket and the log."""

    home: Path
    account: Account = field(repr=False)

    @classmethod
    def at(cls, home: Path) -> Cluster:
        """The cluster of a directory, without touching it."""
        return cls(home, account_for(home))

    @classmethod
    def prepare(cls, home: Path) -> Cluster:
        """The cluster of a directory that is made and checked if need be."""
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(
                f"Cannot make the data directory {home}: {error.strerror}."
                " Choose another with OSLER_DATA_DIR."
            ) from error
        cluster = cls.at(home)
        cluster.account.require_reach(home)
        for directory in (cluster.home / "postgres", cluster.socket_dir):
            cluster.account.make_private(directory)
        return cluster

    @cached_property
    def bin(self) -> Path:
        """The folder of programs that this account can run."""
        return programs(self.account)

    @cached_property
    def major(self) -> int:
        """The programs' major version, which is also the name of the data folder."""
        return major_version(self.bin)

    @property
    def data(self) -> Path:
        """What PostgreSQL calls PGDATA."""
        return self.home / "postgres" / str(self.major)

    @property
    def log(self) -> Path:
        """What `pg_ctl` and the keeper say; the server's own log rotates in PGDATA/log."""
        return self.home / "postgres" / "start.log"

    @property
    def users_lock(self) -> Path:
        """Shared by every process that uses the server, exclusive for the keeper that stops it."""
        return self.home / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Held by the keeper for as long as it watches."""
        return self.home / "keeper.lock"

    @cached_property
    def name(self) -> str:
        """Unique to this directory; PostgreSQL puts it into the title of each of its processes."""
        return "osler-" + hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]

    @cached_property
    def socket_dir(self) -> Path:
        """A private folder for the socket: in `home` unless the path is too long for a socket."""
        inside = self.home / "postgres" / "socket"
        if len(os.fsencode(inside / _SOCKET_NAME)) <= _LONGEST_SOCKET:
            return inside
        return Path(tempfile.gettempdir()) / f"{self.name}-{self.account.uid}"

    def ensure_running(self) -> None:
        """Have a server that accepts connections, after crash recovery if that is needed."""
        self._require_version()
        if not self.data.exists():
            self._init()
        if self._answers():
            return
        self._clear_leftovers()
        self._write_settings()
        self._start()

    def processes(self) -> list[psutil.Process]:
        """This cluster's PostgreSQL processes, known by account and title, not by a recorded id."""
        found = []
        mark = f"postgres: {self.name}: "
        for process in psutil.process_iter():
            try:
                line = process.cmdline()
                mine = bool(line) and (
                    line[0].startswith(mark)
                    or (Path(line[0]).name == "postgres" and str(self.data) in line)
                )
                if mine and process.uids().real == self.account.uid:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def stop(self) -> None:
        """Stop the server the fast way: roll back what is open, write a checkpoint, end."""
        for process in self.processes():
            if self._is_postmaster(process):
                # To the process itself, not by pg_ctl, which trusts the number in a file.
                self._signal(process, signal.SIGINT)
        deadline = time.monotonic() + _STOP_TIMEOUT_S
        while self.processes():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL in {self.home} does not stop; see {self.log}.")
            time.sleep(0.05)

    def _answers(self) -> bool:
        """Whether this cluster's postmaster accepts connections; waits while it is starting."""
        while True:
            done = subprocess.run(
                [self.bin / "pg_isready", "-q", "-h", self.socket_dir, "-t", "3"],
                check=False,
                stdin=subprocess.DEVNULL,
            )
            if done.returncode == 0:
                return True
            if done.returncode == 2 or not self.processes():  # 2: nothing listens there.
                return False
            time.sleep(0.1)

    def _require_version(self) -> None:
        folder = self.home / "postgres"
        others = [
            p.name for p in folder.iterdir() if p.name.isdigit() and p.name != str(self.major)
        ]
        if others and not self.data.exists():
            raise EmbeddedError(
                f"{self.home} holds data of PostgreSQL {', '.join(sorted(others))}, but the"
                f" installed wheel has {self.major}. Export with the earlier Osler"
                " (`osler export DIR`), then load into a new directory."
            )

    def _init(self) -> None:
        """Make the cluster beside its place and rename it: a crash never leaves half of one."""
        building = self.home / "postgres" / "building"
        shutil.rmtree(building, ignore_errors=True)
        self.account.make_private(building)
        self._run(
            "initdb", "-D", str(building), "-U", "osler", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            timeout=_INIT_TIMEOUT_S,
        )  # fmt: skip
        with (building / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\n# Osler's defaults; change them with ALTER SYSTEM, which wins.\n")
            conf.write("include_if_exists = 'osler.conf'\n")
        building.rename(self.data)

    def _write_settings(self) -> None:
        text = "".join(f"{name} = '{value}'\n" for name, value in self._settings().items())
        target = self.data / "osler.conf"
        target.write_text("# Written at every start. Use ALTER SYSTEM to change.\n" + text, "utf-8")
        self.account.own(target)

    def _settings(self) -> dict[str, str]:
        memory_mb = psutil.virtual_memory().total // 2**20
        socket = str(self.socket_dir).replace("'", "''")
        settings = {
            "cluster_name": self.name,
            "listen_addresses": "",
            "unix_socket_directories": f'"{socket}"',
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": f"{max(32, min(256, memory_mb // 8))}MB",
            "effective_cache_size": f"{max(256, memory_mb // 2)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": f"{max(64, min(256, memory_mb // 16))}MB",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "wal_compression": "pglz",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "checkpoint_completion_target": "0.9",
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
            "random_page_cost": "1.1",
            "jit": "off",
            # A statement in the server log would be health data in a file nobody guards.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_statement": "none",
            "log_min_duration_statement": "-1",
            "log_min_duration_sample": "-1",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            # Messages of errors quote values ("invalid input syntax …"); they go to Osler, which counts them.
            "log_min_messages": "log",
            "logging_collector": "on",
            "log_directory": "log",
            "log_filename": "postgresql-%a.log",
            "log_rotation_age": "1d",
            "log_truncate_on_rotation": "on",
            "log_checkpoints": "off",
        }
        if _shared_memory_mb() < 256:  # A container's 64 MB are too few for a parallel sort.
            settings["dynamic_shared_memory_type"] = "mmap"
        return settings

    def _clear_leftovers(self) -> None:
        """After a `kill -9`: end orphaned backends and drop a pid file nobody stands behind."""
        deadline = time.monotonic() + _ORPHANS_WAIT_S
        while left := self.processes():
            if time.monotonic() > deadline:
                for process in left:
                    self._signal(process, signal.SIGKILL)
                psutil.wait_procs(left, timeout=5)
                break
            time.sleep(0.05)
        # PostgreSQL takes a recorded number for itself if any process has it: a stranger that got it
        # since, or the dead one where nobody collects the dead (a container without an init).
        if not self.processes():
            for lock in (self.data / "postmaster.pid", self.socket_dir / f"{_SOCKET_NAME}.lock"):
                lock.unlink(missing_ok=True)

    def _is_postmaster(self, process: psutil.Process) -> bool:
        try:
            return str(self.data) in process.cmdline()
        except psutil.NoSuchProcess:
            return False

    @staticmethod
    def _signal(process: psutil.Process, number: signal.Signals) -> None:
        try:
            process.send_signal(number)  # psutil refuses when the number was reused.
        except psutil.NoSuchProcess:
            return

    def _start(self) -> None:
        self.log.touch(mode=0o600)
        self.account.own(self.log)
        self._run(
            "pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w",
            "-t", str(_RECOVERY_TIMEOUT_S), "start", timeout=_RECOVERY_TIMEOUT_S + 10,
        )  # fmt: skip

    def _run(self, program: str, *arguments: str, timeout: float) -> None:
        with tempfile.TemporaryFile() as output:  # A pipe would stay open in the server.
            done = subprocess.run(
                [str(self.bin / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
                start_new_session=True,
                cwd="/",
                env=_environment(self.account),
                **self.account.as_user(),
            )
            if done.returncode != 0:
                output.seek(0)
                said = output.read().decode(errors="replace").strip()
                raise EmbeddedError(
                    f"{program} failed in {self.home}: {said}\n{self._last_words()}"
                )

    def _last_words(self) -> str:
        daily = sorted(self.data.glob("log/*.log"), key=lambda path: path.stat().st_mtime)
        logs = [self.log, *daily[-1:]]
        lines = [line for log in logs if log.exists() for line in _tail(log)]
        return "\n".join(lines[-12:])


def _tail(log: Path) -> list[str]:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4000))
        return file.read().decode(errors="replace").splitlines()


def _environment(account: Account) -> dict[str, str]:
    """The caller's environment without PG* variables, which would point the programs elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "OSLER_"))}
    return kept | {"HOME": "/", "USER": pwd.getpwuid(account.uid).pw_name, "LC_ALL": "C"}


def _shared_memory_mb() -> int:
    try:
        stat = os.statvfs("/dev/shm")  # noqa: S108 - PostgreSQL's folder, only measured
    except OSError:
        return 10_000  # Not Linux: PostgreSQL does not use this folder there.
    return stat.f_frsize * stat.f_blocks // 2**20
