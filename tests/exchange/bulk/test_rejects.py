"""The reject file: never its own input, and loaded once its records are mended."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from osler.access import LOCAL
from osler.exchange.bulk import LoadOptions, load
from osler.kit.errors import Invalid
from osler.record import Record

Put = Callable[[str, object], Path]
ONE = "0a616e8d-e5d1-463e-af36-c2a4d4803be5"
TWO = "1b616e8d-e5d1-463e-af36-c2a4d4803be5"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("history", [False, True])
def test_a_load_does_not_read_the_file_it_adds_to(
    record: Record, put: Put, tmp_path: Path, history: bool
) -> None:
    rejects = put("rejects.history.ndjson" if history else "rejects.ndjson", b"not JSON\n")
    other_name = tmp_path / "linked.ndjson"
    other_name.hardlink_to(rejects)
    for options in (rejects, other_name):
        with pytest.raises(Invalid, match="--rejects"):
            load(record, [rejects], options=LoadOptions(rejects=options, history=history))
    with pytest.raises(Invalid, match="--rejects"):
        load(record, [tmp_path], options=LoadOptions(rejects=rejects, history=history))
    assert rejects.read_bytes() == b"not JSON\n"


def test_a_mended_reject_file_is_loaded(record: Record, put: Put, tmp_path: Path) -> None:
    """Also the id and the references that a record had only within its Bundle are kept."""
    visit = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": f"urn:uuid:{TWO}"},
        "colour": "red",
    }
    entries = [
        {"fullUrl": f"urn:uuid:{key}", "resource": resource, "request": {"method": "POST"}}
        for key, resource in ((ONE, visit), (TWO, {"resourceType": "Patient", "id": "other"}))
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    lines = b'{"resourceType": "Patient", "id": "x", \n'
    rejects, again = tmp_path / "rejects.ndjson", tmp_path / "again.ndjson"
    first = load(
        record,
        [put("a.json", bundle), put("b.ndjson", lines)],
        options=LoadOptions(rejects=rejects),
    )
    assert (first.total("created"), first.total("rejected")) == (1, 2)
    wrapped = _lines(rejects)
    for line in wrapped:
        if isinstance(line["record"], dict):
            del line["record"]["colour"]
    report = load(record, [put("mended.ndjson", wrapped)], options=LoadOptions(rejects=again))
    assert (report.total("created"), report.total("rejected")) == (1, 1)
    stored = json.loads(record.read(LOCAL, "Encounter", ONE).content)
    assert stored["subject"] == {"reference": f"Patient/{TWO}"}
    (left,) = _lines(again)
    assert left["record"] == lines.decode().strip()  # text as it was, not wrapped once more
    assert "not JSON" in left["reason"]


def test_only_a_line_of_exactly_that_shape_is_unwrapped(record: Record, put: Put) -> None:
    patient = {"resourceType": "Patient", "id": "p"}
    line = {"source": "a.ndjson", "line": 1, "reason": "why", "record": patient}
    more = line | {"colour": "red"}
    report = load(record, [put("a.ndjson", [more, line | {"record": None}])])
    assert report.total("rejected") == report.records == 2
    assert load(record, [put("b.ndjson", [line])]).total("created") == 1


def _zip(path: Path, key: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p.json", json.dumps({"resourceType": "Patient", "id": key}))
    return path.read_bytes()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_damaged_zip_costs_only_itself(
    record: Record, put: Put, tmp_path: Path, jobs: int
) -> None:
    whole = _zip(tmp_path / "in.zip", "whole")
    put("in/a.zip", whole[: len(whole) // 2])  # no directory
    put("in/b.zip", whole.replace(b'"whole"', b'"WHOLE"'))  # the checksum is wrong
    put("in/c.zip", b"PK\x03\x04" + b"\0" * 26 + whole[30:])  # no header where one is promised
    put("in/d.zip", whole)
    put("in/e.ndjson", [{"resourceType": "Patient", "id": "line"}])
    rejects = tmp_path / "rejects.ndjson"
    report = load(record, [tmp_path / "in"], options=LoadOptions(jobs=jobs, rejects=rejects))
    assert (report.total("created"), report.total("rejected")) == (2, 3)
    assert report.exit_status == 1
    sources = [Path(line["source"]).name for line in _lines(rejects)]
    assert sources == ["a.zip", "b.zip!p.json", "c.zip!p.json"]
    assert all("archive" in line["reason"] for line in _lines(rejects))
    assert record.read(LOCAL, "Patient", "whole").version == 1


def test_a_damaged_archive_among_histories_costs_only_itself(
    record: Record, put: Put, tmp_path: Path
) -> None:
    bad = put("a.zip", b"PK")
    cut = put("Patient.history.ndjson.gz", gzip.compress(b" \n" * 1000)[:-8])
    good = put("Patient.history.ndjson", [])
    report = load(record, [bad, cut, good], options=LoadOptions(history=True))
    assert report.total("rejected") == report.records == 2
    assert report.exit_status == 1
