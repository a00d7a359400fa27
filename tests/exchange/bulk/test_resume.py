"""A load that is killed goes on where it stopped: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from osler.access import LOCAL
from osler.exchange.bulk import LoadOptions, Progress, load, passes
from osler.kit.database import Database
from osler.record import Record

RECORDS = 4000
SCRIPT = """
import sys
from pathlib import Path
from osler.access import LOCAL
from osler.exchange.bulk import LoadOptions, Progress, load, passes
from osler.kit.database import Database
from osler.record import Record

if __name__ == "__main__":
    url, path, jobs = sys.argv[1:]
    record = Record(Database(url))
    load(record, [Path(path)], options=LoadOptions(jobs=int(jobs), batch=200))
"""


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watcher is called at every record, so that a test can interrupt where it likes."""
    monkeypatch.setattr(passes, "_EVERY", 0.0)
    monkeypatch.setattr(passes, "_LOOK", 1)


def _interrupt_at(*records: int) -> Callable[[Progress], None]:
    """Interrupts once for each of these numbers of records."""
    stops = list(records)

    def watch(progress: Progress) -> None:
        if stops and progress.records >= stops[0]:
            del stops[0]
            raise KeyboardInterrupt

    return watch


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
    fresh_database: Database, tmp_path: Path, watched: None
) -> None:
    path = _input(tmp_path / "patients.ndjson")
    record = Record(fresh_database)
    first = load(record, [path], options=LoadOptions(batch=100), progress=_interrupt_at(700))
    assert first.interrupted
    assert first.exit_status == 130
    assert 0 < first.total("created") < RECORDS
    report = load(record, [path], options=LoadOptions(jobs=2, batch=100))
    assert report.skipped == 0
    assert report.total("unchanged") == first.total("created")
    assert report.total("created") == RECORDS - first.total("created")


def test_a_changed_file_starts_over(
    fresh_database: Database, tmp_path: Path, watched: None
) -> None:
    path = _input(tmp_path / "patients.ndjson")
    record = Record(fresh_database)
    first = load(record, [path], options=LoadOptions(batch=100), progress=_interrupt_at(700))
    with path.open("a") as out:
        out.write(json.dumps({"resourceType": "Patient", "id": "last"}) + "\n")
    report = load(record, [path])
    assert report.skipped == 0
    assert report.total("unchanged") == first.total("created")
    assert report.records == RECORDS + 1


def test_many_small_inputs_some_of_which_wait_for_others(
    fresh_database: Database, tmp_path: Path, watched: None
) -> None:
    """Every other input refers to a practitioner that only the last one brings."""
    npi = "http://hl7.org/fhir/sid/us-npi"
    for n in range(40):
        visits = []
        for i in range(20):
            visit = {"resourceType": "Encounter", "id": f"v{n}-{i}", "status": "finished"}
            who = {"individual": {"reference": f"Practitioner?identifier={npi}|1"}}
            late = {"participant": [who]} if n % 2 else {}
            visits.append({"resource": visit | {"class": {"code": "AMB"}} | late})
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": visits}
        (tmp_path / f"{n:02}.json").write_text(json.dumps(bundle))
    staff = {
        "resourceType": "Practitioner",
        "id": "z",
        "identifier": [{"system": npi, "value": "1"}],
    }
    (tmp_path / "z.json").write_text(json.dumps(staff))
    record = Record(fresh_database)
    interrupt = _interrupt_at(200, 300)

    created = 0
    for run in range(3):
        report = load(record, [tmp_path], options=LoadOptions(batch=50), progress=interrupt)
        assert report.total("rejected") + report.total("updated") == 0
        created += report.total("created")
        assert report.interrupted == (run < 2)
    assert created == 801
    for n in range(40):
        found = json.loads(record.read(LOCAL, "Encounter", f"v{n}-19").content)
        expected = [{"individual": {"reference": "Practitioner/z"}}] if n % 2 else None
        assert found.get("participant") == expected
