"""A load that is killed goes on where it stopped: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from osler.exchange.bulk import LoadOptions, load
from osler.kit.database import Database
from osler.record import Record

RECORDS = 4000
SCRIPT = """
import sys
from pathlib import Path
from osler.exchange.bulk import LoadOptions, load
from osler.kit.database import Database
from osler.record import Record

if __name__ == "__main__":
    url, path, jobs = sys.argv[1:]
    record = Record(Database(url))
    load(record, [Path(path)], options=LoadOptions(jobs=int(jobs), batch=200))
"""


def _input(path: Path) -> Path:
    with path.open("w") as out:
        for n in range(RECORDS):
            patient = {
                "resourceType": "Patient",
                "id": f"p{n}",
                "birthDate": f"19{n % 90 + 10}-01-01",
            }
            out.write(json.dumps(patient | {"name": [{"family": f"Family{n}"}]}) + "\n")
    return path


def _count(url: str, table: str = "resource") -> int:
    queries = {
        "resource": "SELECT count(*) FROM resource WHERE type = 'Patient'",
        "history": "SELECT count(*) FROM history",
        "distinct": "SELECT count(DISTINCT (param, rid, token, value)) FROM string_index",
        "string_index": "SELECT count(*) FROM string_index",
    }
    with psycopg.connect(url) as connection:
        row = connection.execute(queries[table]).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("jobs", [1, 2])
def test_kill_minus_nine_then_resume(fresh_database_url: str, tmp_path: Path, jobs: int) -> None:
    path = _input(tmp_path / "patients.ndjson")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(script), fresh_database_url, str(path), str(jobs)]
    with subprocess.Popen(command, env=env, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while _count(fresh_database_url) < 800:
            assert process.poll() is None, "the load ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)  # children too, as when the machine goes down
    before = _settled(fresh_database_url)
    assert 800 <= before < RECORDS

    database = Database(fresh_database_url)
    report = load(Record(database), [path], options=LoadOptions(jobs=jobs, batch=200))
    assert report.skipped == before  # every batch was committed together with its mark
    assert report.total("created") == RECORDS - before
    assert report.total("updated") + report.total("rejected") + report.total("unchanged") == 0
    _all_there_once(fresh_database_url)

    again = load(Record(database), [path], options=LoadOptions(jobs=jobs))
    assert (again.skipped, again.total("unchanged")) == (0, RECORDS)
    _all_there_once(fresh_database_url)
    database.close()


def _settled(url: str) -> int:
    """The count once the server has noticed that its clients are gone."""
    last = -1
    while (now := _count(url)) != last:
        last = now
        time.sleep(0.3)
    return now


def _all_there_once(url: str) -> None:
    assert _count(url) == RECORDS
    assert _count(url, "history") == 0
    assert _count(url, "string_index") == _count(url, "distinct")


def test_another_number_of_jobs_starts_over_and_changes_nothing(
    fresh_database: Database, tmp_path: Path
) -> None:
    path = _input(tmp_path / "patients.ndjson")
    record = Record(fresh_database)
    calls = 0

    def interrupt(_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    first = load(record, [path], options=LoadOptions(batch=100), progress=interrupt)
    assert first.interrupted
    assert first.exit_status == 130
    assert 0 < first.total("created") < RECORDS
    report = load(record, [path], options=LoadOptions(jobs=2, batch=100))
    assert report.skipped == 0
    assert report.total("unchanged") == first.total("created")
    assert report.total("created") == RECORDS - first.total("created")


def test_a_changed_file_starts_over(fresh_database: Database, tmp_path: Path) -> None:
    path = _input(tmp_path / "patients.ndjson")
    record = Record(fresh_database)
    calls = 0

    def interrupt(_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    first = load(record, [path], options=LoadOptions(batch=100), progress=interrupt)
    with path.open("a") as out:
        out.write(json.dumps({"resourceType": "Patient", "id": "last"}) + "\n")
    report = load(record, [path])
    assert report.skipped == 0
    assert report.total("unchanged") == first.total("created")
    assert report.records == RECORDS + 1
