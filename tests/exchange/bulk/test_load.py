"""Loads into a real database: counts, ids, rejects, second runs, other shapes of input."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.exchange.bulk import LoadOptions, Progress, load
from osler.kit.errors import Invalid, NotAllowed, NotFound
from osler.main.cli import run
from osler.record import Record
from tests.samples import synthea

Put = Callable[[str, object], Path]
ONE = "0a616e8d-e5d1-463e-af36-c2a4d4803be5"
TWO = "1b616e8d-e5d1-463e-af36-c2a4d4803be5"
NPI = "http://hl7.org/fhir/sid/us-npi"


def _patient(key: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": key} | more


def _stored(record: Record, kind: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record.read(LOCAL, kind, key).content)
    return found


def _transaction(*entries: tuple[str, dict[str, Any]], **request: str) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{key}",
                "resource": resource,
                "request": {"method": "POST", "url": resource["resourceType"]} | request,
            }
            for key, resource in entries
        ],
    }


@pytest.mark.parametrize("jobs", [1, 2])
def test_synthea_twice(record: Record, tmp_path: Path, jobs: int) -> None:
    paths = synthea()[:3]
    expected = [entry for path in paths for entry in _entries(path)]
    first = load(record, paths, options=LoadOptions(jobs=jobs))
    assert first.total("created") == first.records == len(expected)
    assert first.exit_status == 0
    again = load(record, paths, options=LoadOptions(jobs=jobs))
    assert again.total("unchanged") == again.records == len(expected)
    assert again.total("created") + again.total("updated") + again.total("rejected") == 0
    for entry in expected[::50]:
        key = entry["fullUrl"].removeprefix("urn:uuid:")
        assert record.read(LOCAL, entry["resource"]["resourceType"], key).version == 1
    patient = expected[0]["fullUrl"].removeprefix("urn:uuid:")
    visit = next(e["resource"] for e in expected if e["resource"]["resourceType"] == "Encounter")
    assert _stored(record, "Encounter", visit["id"])["subject"]["reference"] == f"Patient/{patient}"


def _entries(path: Path) -> list[dict[str, Any]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    found: list[dict[str, Any]] = json.loads(text)["entry"]
    return found


def test_changes_are_updates_and_the_rest_is_left_alone(record: Record, put: Put) -> None:
    load(record, [put("a.ndjson", [_patient("a"), _patient("b"), _patient("c")])])
    report = load(
        record,
        [put("b.ndjson", [_patient("a", active=True), _patient("b"), _patient("d")])],
    )
    assert report.rows() == [("Patient", 1, 1, 1, 0), ("total", 1, 1, 1, 0)]
    assert record.read(LOCAL, "Patient", "a").version == 2
    assert record.read(LOCAL, "Patient", "b").version == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_last_of_several_versions_in_an_input_wins(record: Record, put: Put, jobs: int) -> None:
    lines = [_patient(f"p{n % 7}", birthDate=f"{1950 + n}-01-01") for n in range(70)]
    report = load(record, [put("a.ndjson", lines)], options=LoadOptions(jobs=jobs, batch=3))
    assert (report.total("created"), report.total("updated")) == (7, 63)
    for n in range(63, 70):
        found = record.read(LOCAL, "Patient", f"p{n % 7}")
        assert found.version == 10
        assert json.loads(found.content)["birthDate"] == f"{1950 + n}-01-01"


def test_bad_records_are_set_aside_with_reasons(record: Record, put: Put, tmp_path: Path) -> None:
    lines = [
        json.dumps(_patient("good1")).encode(),
        b'{"resourceType": "Patient", "id": "x", ',
        json.dumps(_patient("y", birthDate="yesterday")).encode(),
        json.dumps(_patient("z", colour="red")).encode(),
        json.dumps(_patient("not an id!")).encode(),
        b'{"resourceType": "Dragon", "id": "d"}',
        json.dumps(_patient("good2")).encode(),
    ]
    rejects = tmp_path / "rejects.ndjson"
    report = load(
        record, [put("a.ndjson", b"\n".join(lines))], options=LoadOptions(rejects=rejects)
    )
    assert report.total("created") == 2
    assert report.total("rejected") == 5
    assert report.exit_status == 1
    assert report.rejects == rejects
    rejected = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert sorted(reject["line"] for reject in rejected) == [2, 3, 4, 5, 6]
    assert all(reject["source"].endswith("a.ndjson") for reject in rejected)
    by_line = {reject["line"]: reject for reject in rejected}
    assert "birthDate" in by_line[3]["reason"]
    assert by_line[3]["record"]["birthDate"] == "yesterday"
    assert "colour" in by_line[4]["reason"]
    assert by_line[2]["record"].startswith('{"resourceType"')
    assert "Rejected records and reasons" in report.table()


def test_one_bad_record_does_not_take_its_batch_along(record: Record, put: Put) -> None:
    lines = [_patient(f"p{n}") for n in range(50)]
    lines[20]["identifier"] = [
        {"system": "urn:x", "value": "a\u0000b"}
    ]  # PostgreSQL has no NUL in text
    report = load(record, [put("a.ndjson", lines)])
    assert report.total("created") + report.total("rejected") == 50
    assert report.total("created") >= 49
    assert record.read(LOCAL, "Patient", "p49").version == 1


def test_validation_is_off_unless_asked_for(record: Record, put: Put) -> None:
    # pat-1: a contact needs a name, an address or an organization.
    path = put("a.ndjson", [_patient("p", contact=[{"gender": "male"}]), _patient("q")])
    strict = load(record, [path], options=LoadOptions(validate=True))
    assert (strict.total("created"), strict.total("rejected")) == (1, 1)
    assert any("pat-1" in reason for reason in strict.reasons)
    lenient = load(record, [path])
    assert (lenient.total("created"), lenient.total("unchanged")) == (1, 1)


def test_directories_archives_and_shapes(record: Record, put: Put, tmp_path: Path) -> None:
    put("in/one.json", _patient("one"))
    put("in/deep/two.ndjson.gz", gzip.compress(json.dumps(_patient("two")).encode()))
    put("in/note.txt", b"not for us")
    put("in/manifest.json", {"not": "a resource"})
    with zipfile.ZipFile(tmp_path / "in" / "more.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/three.json", json.dumps(_patient("three")))
        archive.writestr("a/four.ndjson.gz", gzip.compress(json.dumps(_patient("four")).encode()))
        archive.writestr("__MACOSX/a/._three.json", b"\0\0")
    report = load(record, [tmp_path / "in"])
    assert report.rows()[-1] == ("total", 4, 0, 0, 0)
    for key in ("one", "two", "three", "four"):
        assert record.read(LOCAL, "Patient", key).version == 1


def test_staff_in_another_file_is_found_whatever_the_order(record: Record, put: Put) -> None:
    """As newer Synthea writes it: patients refer to practitioners of another file by identifier."""
    who = {"individual": {"reference": f"Practitioner?identifier={NPI}|99"}}
    visit = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "participant": [who],
    }
    put("in/a-patient.json", _transaction((ONE, visit)))
    staff = {"resourceType": "Practitioner", "identifier": [{"system": NPI, "value": "99"}]}
    put("in/z-staff.json", _transaction((TWO, staff), ifNoneExist=f"identifier={NPI}|99"))
    folder = put("in/x.ndjson", []).parent
    report = load(record, [folder])
    assert report.rows()[-1] == ("total", 2, 0, 0, 0)
    stored = _stored(record, "Encounter", ONE)
    assert stored["participant"] == [{"individual": {"reference": f"Practitioner/{TWO}"}}]
    assert load(record, [folder]).rows()[-1] == ("total", 0, 0, 2, 0)


def test_progress_is_told_to_the_end(record: Record, put: Put) -> None:
    told: list[Progress] = []
    path = put("a.ndjson", [_patient(f"p{n}") for n in range(300)])
    load(record, [path], progress=told.append)
    assert told[-1].bytes_read == told[-1].bytes_total == path.stat().st_size
    assert told[-1].records == 300
    assert told[-1].rate > 0


def test_a_missing_path_is_an_error(record: Record, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load(record, [tmp_path / "absent"])


def test_a_history_export_is_not_loaded_by_mistake(record: Record, put: Put) -> None:
    with pytest.raises(Invalid, match="--history"):
        load(record, [put("Patient.history.ndjson", [])])


def test_who_may_not_write_loads_nothing(record: Record, put: Put) -> None:
    path = put("a.ndjson", [_patient("a")])
    with pytest.raises(NotAllowed):
        load(record, [path], options=LoadOptions(principal=Principal("stranger")))
    with pytest.raises(NotFound):
        record.read(LOCAL, "Patient", "a")


@pytest.mark.parametrize("history", [False, True])
def test_no_file_to_load_is_an_error(
    record: Record, put: Put, tmp_path: Path, history: bool
) -> None:
    (tmp_path / "empty").mkdir()
    put("other/note.txt", b"not for us")
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("note.txt", b"not for us")
    for name in ("empty", "other", "none.zip"):
        with pytest.raises(NotFound, match=f"No files found in .*{name}"):
            load(record, [tmp_path / name], options=LoadOptions(history=history))


def test_the_command_says_that_it_found_nothing(
    fresh_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert run(["load", str(folder), "--database", fresh_database_url]) == 1
    said = capsys.readouterr()
    assert f"No files found in {folder}" in said.err
    assert said.out == ""


def test_nothing_at_all(record: Record, put: Put) -> None:
    report = load(record, [put("empty.ndjson", [])])
    assert report.records == 0
    assert report.exit_status == 0
