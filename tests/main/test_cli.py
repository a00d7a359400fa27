from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest

from osler.kit.programs import Account
from osler.kit.settings import Settings
from osler.main import cli
from osler.main.cli import run
from osler.main.examine import _disk

SOURCE = str(Path(__file__).parents[2] / "src")
PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Chalmers"}]}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "weight"},
    "subject": {"reference": "Patient/p1"},
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("OSLER_") and "_TEST_" not in n]:
        monkeypatch.delenv(name)


@pytest.fixture
def ndjson(tmp_path: Path) -> Path:
    file = tmp_path / "in.ndjson"
    file.write_text("".join(json.dumps(r) + "\n" for r in (PATIENT, OBSERVATION)), "utf-8")
    return file


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that root's account for the server may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="osler-cli-"))
    yield folder
    shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_version_says_the_same_as_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    import osler

    assert run(["version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["osler"] == osler.__version__


@pytest.mark.parametrize("name", ["", *cli._COMMANDS])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*filter(None, [name]), "--help"]) == 0
    assert "Usage: osler" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["load"], ["serve", "--port", "0"], ["serve", "--host", "0.0.0.0"]]
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err


def test_wrong_settings_are_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OSLER_PROT", "8000")
    assert run(["doctor"]) == 2
    assert "did you mean OSLER_PORT?" in capsys.readouterr().err


def test_no_database_is_1_and_said_without_a_traceback(
    capsys: pytest.CaptureFixture[str], ndjson: Path
) -> None:
    assert run(["load", str(ndjson), "--database", "postgresql://u:hidden@127.0.0.1:1/x"]) == 1
    said = capsys.readouterr().err
    assert "Cannot reach PostgreSQL at 127.0.0.1" in said
    assert "hidden" not in said


def test_a_worker_without_a_database_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["worker", "--database", "postgresql://127.0.0.1:1/x"]) == 1
    assert "Cannot reach PostgreSQL" in capsys.readouterr().err


def test_load_then_load_again_then_export_then_load_elsewhere(
    fresh_database_url: str, ndjson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = ["--database", fresh_database_url]
    arguments = ["load", str(ndjson), "--json", "--jobs", "1", *storage]
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["created"] == 2
    assert run([*arguments, "--restart"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["created"], again["unchanged"]) == (0, 2)
    out = tmp_path / "out"
    assert run(["export", str(out), "--json", *storage]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 2
    assert run(["export", str(out), *storage]) == 1
    assert "not empty" in capsys.readouterr().err


def test_rejected_records_are_1_and_kept(
    fresh_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.ndjson"
    bad.write_text('{"resourceType": "Patient", "id": "x", "gender": 7}\n', "utf-8")
    rejects = tmp_path / "rejects.ndjson"
    storage = ["--database", fresh_database_url, "--jobs", "1"]
    assert run(["load", str(bad), "--rejects", str(rejects), *storage]) == 1
    assert "rejected" in capsys.readouterr().out
    assert rejects.read_text("utf-8").count("\n") == 1


@pytest.mark.parametrize("arguments", [["--since", "yesterday"], ["--type", "Patients"]])
def test_export_refuses_what_it_does_not_know(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(tmp_path / "out"), *arguments]) == 2


def test_doctor_finds_nothing_in_a_fresh_database(
    fresh_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["doctor", "--json", "--database", fresh_database_url])
    findings = {f["name"]: f["level"] for f in json.loads(capsys.readouterr().out)}
    assert findings.pop("durability") in {"ok", "error"}  # The tests' server saves on the disk.
    findings.pop("definitions")
    assert set(findings.values()) == {"ok"}


def test_doctor_finds_what_is_wrong_and_says_what_to_do(
    fresh_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO reference_index VALUES (1, 1, 'Patient', 'nobody')")
        connection.execute("CREATE TABLE broken (a int); INSERT INTO broken VALUES (1), (1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY broken_index ON broken (a)")
    assert run(["doctor", "--database", fresh_database_url]) == 1
    said = capsys.readouterr().out
    assert "Patient/nobody" in said
    assert "REINDEX INDEX CONCURRENTLY broken_index" in said


def test_doctor_counts_the_records_of_missing_and_deleted_patients(
    fresh_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        ("Patient", "there", "there", False),
        ("Patient", "deleted", "deleted", True),
        ("Observation", "a", "there", False),
        ("Observation", "b", "deleted", False),
        ("Observation", "c", "missing", False),
        ("Basic", "d", "missing", False),
        ("Observation", "e", "elsewhere", True),
    ]
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        for rid, (type, id, patient, deleted) in enumerate(rows):
            connection.execute(
                "INSERT INTO resource (type, id, rid, version, updated, patient, deleted)"
                " VALUES (%s, %s, %s, 1, now(), %s, %s)",
                (type, id, rid, patient, deleted),
            )
    finding = _doctor(fresh_database_url, capsys)["references"]
    assert finding["level"] == "warning"
    assert finding["text"].startswith("3 lead to nothing")
    assert finding["text"].endswith("example Patient/deleted, Patient/missing")


def test_doctor_names_a_search_parameter_changed_after_it_was_indexed(
    fresh_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for expression in ("Patient.name.given", "Patient.name.family"):
        parameter = {
            "resourceType": "SearchParameter",
            "id": "called",
            "url": "http://example.org/called",
            "name": "Called",
            "description": "What a patient is called",
            "status": "active",
            "code": "called",
            "base": ["Patient"],
            "type": "string",
            "expression": expression,
        }
        file = tmp_path / f"{expression}.ndjson"
        file.write_text(json.dumps(parameter) + "\n", "utf-8")
        assert run(["load", str(file), "--jobs", "1", "--database", fresh_database_url]) == 0
        capsys.readouterr()
        said = _doctor(fresh_database_url, capsys)["search parameters"]["text"]
        assert said == "not searchable yet: called"
        assert run(["reindex", "--database", fresh_database_url]) == 0
        capsys.readouterr()
        assert _doctor(fresh_database_url, capsys)["search parameters"]["text"] == "all in use"


def _doctor(url: str, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    run(["doctor", "--json", "--database", url])
    return {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}


def test_doctor_makes_no_database_to_look_at_and_speaks_of_the_directory(
    reachable: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = reachable / "not" / "there"
    assert run(["doctor", "--data", str(missing)]) == 1
    said = capsys.readouterr().out
    assert f"ERROR    database: none yet in {missing}" in said
    assert "OSLER_DATABASE_URL" not in said
    assert not missing.parent.exists()
    (reachable / "postgres" / "7").mkdir(parents=True)
    assert run(["doctor", "--data", str(reachable)]) == 1
    said = capsys.readouterr().out
    assert "holds data of PostgreSQL 7" in said
    assert f"the directory is {reachable} (OSLER_DATA_DIR, --data)" in said
    assert "OSLER_DATABASE_URL" not in said


def test_the_disk_of_a_directory_to_be_made_is_that_of_the_nearest_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def usage(path: Path) -> SimpleNamespace:
        asked.append(path)
        return SimpleNamespace(free=2**40)

    monkeypatch.setattr("osler.main.examine.shutil.disk_usage", usage)
    finding = _disk(Settings(data_dir=tmp_path / "not" / "there"))
    assert (finding.level, asked) == ("ok", [tmp_path])


@pytest.mark.parametrize("command", ["doctor", "load", "serve"])
def test_a_directory_without_permission_is_one_line_and_1(
    command: str,
    ndjson: Path,
    reachable: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def denied(account: Account, directory: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(directory))

    monkeypatch.setattr(Account, "make_private", denied)  # Root, too, shall see it.
    (reachable / "postgres" / "18").mkdir(parents=True)
    arguments = [command, "--data", str(reachable)]
    assert run([*arguments, str(ndjson)] if command == "load" else arguments) == 1
    out, err = capsys.readouterr()
    (line,) = [line for line in (out + err).splitlines() if "Permission denied" in line]
    assert f"Cannot use the data directory {reachable}" in line
    assert "OSLER_DATA_DIR" in line


def test_doctor_without_a_database_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--database", "postgresql://127.0.0.1:1/x"]) == 1
    assert "ERROR    database" in capsys.readouterr().out


def test_serve_answers_and_stops_with_its_worker(fresh_database_url: str) -> None:
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "osler.main", "serve", "--port", str(port)],
        env=os.environ | {"PYTHONPATH": SOURCE, "OSLER_DATABASE_URL": fresh_database_url},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert _status(f"http://127.0.0.1:{port}/health/ready", server) == 200
        _wait_for_worker(fresh_database_url)
        children = psutil.Process(server.pid).children(recursive=True)
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
    assert server.returncode == 0, said
    assert "for this machine alone" in said
    assert children
    assert not any(_lives(child) for child in children)
    lines = [line for line in said.splitlines() if "GET /health/ready" not in line]
    assert len(lines) == 5, said  # Its addresses and the code of the first run, and nothing else.


def _status(url: str, server: subprocess.Popen[str]) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    return 0


def _wait_for_worker(url: str) -> None:
    deadline = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute("SELECT count(*) FROM procrastinate_workers").fetchone()
            if row and row[0]:
                return
            time.sleep(0.1)
    pytest.fail("no worker reported")


def test_nothing_outlives_a_server_that_is_killed(fresh_database_url: str) -> None:
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "osler.main", "serve", "--port", str(port)],
        env=os.environ | {"PYTHONPATH": SOURCE, "OSLER_DATABASE_URL": fresh_database_url},
        stderr=subprocess.DEVNULL,
        text=True,
    )
    children: list[psutil.Process] = []
    try:
        assert _status(f"http://127.0.0.1:{port}/health/ready", server) == 200
        _wait_for_worker(fresh_database_url)
        children = psutil.Process(server.pid).children(recursive=True)
        assert len(children) >= 2  # One answers requests, one does jobs.
        server.kill()
        server.wait()
        deadline = time.monotonic() + 60
        while any(_lives(child) for child in children):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        server.kill()
        for child in children:
            if _lives(child):
                child.kill()


def _lives(process: psutil.Process) -> bool:
    """Dead ones that nobody collects do not count."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
