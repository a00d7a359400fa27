"""The embedded server in directories of its own: sharing, stopping, and coming back after kill -9."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from osler.kit import programs
from osler.kit.cluster import Cluster, EmbeddedError
from osler.kit.embedded import embedded, is_running, release
from osler.kit.programs import Account

SOURCE = str(Path(__file__).parents[2] / "src")
HOLD = (
    "import sys, time; from osler.kit.embedded import embedded;"
    "print(embedded(sys.argv[1]), flush=True); sys.stdin.read()"
)


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="osler-embedded-"))
    yield folder
    release(folder)
    _wait_until_stopped(folder)
    shutil.rmtree(folder)


def _wait_until_stopped(home: Path) -> None:
    deadline = time.monotonic() + 90
    while is_running(home):
        assert time.monotonic() < deadline, "the server still runs"
        time.sleep(0.02)


def _holder(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": SOURCE},
    )


def _url(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


def _ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def _keep_seven(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")


def _end(holder: subprocess.Popen[str], *, kill: bool = False) -> None:
    if kill:
        holder.kill()
    holder.communicate(timeout=20)


def test_first_start_later_start_and_stop(home: Path) -> None:
    began = time.monotonic()
    url = embedded(home)
    assert time.monotonic() - began < 15
    assert _ask(url, "SELECT current_database()") == "osler"
    assert _ask(url, "SHOW fsync") == "on"
    assert _ask(url, "SHOW listen_addresses") == ""
    release(home)
    _wait_until_stopped(home)
    began = time.monotonic()
    assert embedded(home) == url
    assert time.monotonic() - began < 3


def test_only_the_owner_may_reach_the_socket_and_the_data(home: Path) -> None:
    embedded(home)
    cluster = Cluster.at(home)
    for place in (cluster.data, cluster.socket_dir):
        assert place.stat().st_mode & 0o077 == 0
        assert place.stat().st_uid == cluster.account.uid != 0


def test_processes_share_one_server_and_the_last_one_stops_it(home: Path) -> None:
    first, second = _holder(home), _holder(home)
    url = _url(first)
    assert _url(second) == url
    start = "SELECT pg_postmaster_start_time()"
    began = _ask(url, start)
    _end(first)
    time.sleep(0.5)
    assert _ask(url, start) == began
    _end(second)
    _wait_until_stopped(home)


def test_many_first_starts_at_once_make_one_cluster(home: Path) -> None:
    holders = [_holder(home) for _ in range(4)]
    assert len({_url(holder) for holder in holders}) == 1
    for holder in holders:
        _end(holder)


def test_the_server_stops_after_its_last_user_is_killed(home: Path) -> None:
    holder = _holder(home)
    assert _url(holder)
    _end(holder, kill=True)
    _wait_until_stopped(home)


def test_what_was_committed_survives_the_kill_of_everything(home: Path) -> None:
    holder = _holder(home)
    url = _url(holder)
    _keep_seven(url)
    keepers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(home) in (process.info["cmdline"] or ()) and "osler.kit.keeper" in process.cmdline()
    ]
    assert len(keepers) == 1
    servers = Cluster.at(home).processes()
    for process in (*keepers, *servers):
        process.send_signal(signal.SIGKILL)
    _end(holder, kill=True)
    psutil.wait_procs(servers, timeout=10)
    assert _ask(embedded(home), "SELECT n FROM kept") == 7


def test_a_killed_postmaster_comes_back_while_users_live_on(home: Path) -> None:
    url = embedded(home)
    _keep_seven(url)
    pid = int((Cluster.at(home).data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    assert _ask(embedded(home), "SELECT n FROM kept") == 7


def test_a_pid_file_that_names_a_strange_process_neither_stops_us_nor_harms_it(home: Path) -> None:
    url = embedded(home)
    cluster = Cluster.at(home)
    text = (cluster.data / "postmaster.pid").read_text()
    release(home)
    _wait_until_stopped(home)
    stranger = subprocess.Popen(["sleep", "60"], **cluster.account.as_user())
    try:
        lines = [str(stranger.pid), *text.splitlines()[1:]]
        (cluster.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
        cluster.account.own(cluster.data / "postmaster.pid")
        assert embedded(home) == url
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_half_made_clusters_are_made_again(home: Path) -> None:
    (home / "postgres" / "building" / "base").mkdir(parents=True)
    assert _ask(embedded(home), "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_works(home: Path) -> None:
    deep = home / ("x" * 60) / ("y" * 60)
    home.chmod(0o711)
    deep.mkdir(parents=True)
    try:
        url = embedded(deep)
        assert _ask(url, "SELECT 1") == 1
        assert len(str(Cluster.at(deep).socket_dir)) < 100
    finally:
        release(deep)
        _wait_until_stopped(deep)


def test_the_data_of_another_version_is_left_alone(home: Path) -> None:
    (home / "postgres" / "12").mkdir(parents=True)
    with pytest.raises(EmbeddedError, match="holds data of PostgreSQL 12"):
        embedded(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone runs the server as somebody else")
def test_root_never_opens_a_closed_directory_above_the_data(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match="may not enter"):
        embedded(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700


def test_an_account_refuses_a_directory_of_another(tmp_path: Path) -> None:
    stranger = Account(os.geteuid() + 12345, os.getegid())
    if os.geteuid() == 0:
        stranger.make_private(tmp_path / "x")
        assert (tmp_path / "x").stat().st_uid == stranger.uid
    else:
        with pytest.raises(PermissionError):
            stranger.make_private(tmp_path / "x")


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone runs the server as somebody else")
def test_root_gives_nothing_away_through_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.mkdir()
    link.symlink_to(target)
    with pytest.raises(EmbeddedError, match="another account"):
        Account(os.geteuid() + 12345, os.getegid()).make_private(link)
    assert target.stat().st_uid == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone runs the server as somebody else")
def test_programs_in_a_closed_place_are_copied_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    account = Cluster.at(home).account
    usual = programs.programs(account)
    home.chmod(0o711)
    monkeypatch.setattr(programs, "_COPIES", home / "copies")
    copied = programs._copied(usual.parent)
    assert programs._runs(copied / "bin", account)
    assert programs.major_version(copied / "bin") == programs.major_version(usual)
