"""Export and back: the same files again, versions and all."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from osler.access import LOCAL
from osler.exchange.bulk import LoadOptions, export, load
from osler.fhir import r4
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.record import Create, Delete, Record, Update
from tests import postgres
from tests.samples import synthea

Put = Callable[[str, object], Path]


@pytest.fixture
def other(server_url: str, template: str) -> Iterator[Record]:
    """A second record, empty."""
    url = postgres.clone(server_url, template)
    database = Database(url)
    yield Record(database)
    database.close()
    postgres.drop(server_url, url)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"
    }


def _without_version(line: bytes) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(line)
    content["meta"].pop("versionId")
    content["meta"].pop("lastUpdated")
    return content


def _varied(record: Record) -> None:
    """Versions, a deletion and a resource that came back."""
    record.commit(LOCAL, [Update(r4.Patient(id="a")), Update(r4.Patient(id="b"))])
    record.commit(LOCAL, [Update(r4.Patient(id="a", active=True))])
    record.commit(LOCAL, [Update(r4.Patient(id="a", active=False)), Delete("Patient", "b")])
    record.commit(
        LOCAL,
        [Update(r4.Patient(id="c")), Update(r4.Basic(id="x", code=r4.CodeableConcept(text="ü")))],
    )
    record.commit(LOCAL, [Delete("Patient", "c")])
    record.commit(LOCAL, [Update(r4.Patient(id="c", language="fr"))])
    record.commit(LOCAL, [Create(r4.Organization(name="Zürich “Nord”"))])


def test_current_versions_come_back(record: Record, other: Record, tmp_path: Path) -> None:
    load(record, synthea()[:2])
    _varied(record)
    written = export(record, LOCAL, tmp_path / "one")
    report = load(other, [tmp_path / "one"])
    assert report.total("created") == report.records == written.records
    export(other, LOCAL, tmp_path / "two")
    one, two = _files(tmp_path / "one"), _files(tmp_path / "two")
    assert one.keys() == two.keys()
    for name, content in one.items():
        ours = sorted(map(json.dumps, map(_without_version, content.splitlines())))
        theirs = sorted(map(json.dumps, map(_without_version, two[name].splitlines())))
        assert ours == theirs, name


@pytest.mark.parametrize("compress", [False, True])
def test_history_comes_back_byte_for_byte(
    record: Record, other: Record, tmp_path: Path, compress: bool
) -> None:
    load(record, synthea()[:1])
    _varied(record)
    written = export(record, LOCAL, tmp_path / "one", history=True, compress=compress)
    report = load(other, [tmp_path / "one"], options=LoadOptions(history=True))
    assert report.total("rejected") == 0
    assert 0 < report.total("created") < written.records
    export(other, LOCAL, tmp_path / "two", history=True, compress=compress)
    assert _files(tmp_path / "one") == _files(tmp_path / "two")
    assert (
        other.vread(LOCAL, "Patient", "a", 2).content
        == record.vread(LOCAL, "Patient", "a", 2).content
    )
    assert other.read(LOCAL, "Patient", "c").version == 3

    again = load(other, [tmp_path / "one"], options=LoadOptions(history=True))
    assert again.total("created") == 0
    assert again.total("unchanged") == report.total("created")


def test_a_resource_that_differs_is_not_overwritten_by_a_history(
    record: Record, other: Record, tmp_path: Path
) -> None:
    _varied(record)
    export(record, LOCAL, tmp_path / "one", history=True)
    other.commit(LOCAL, [Update(r4.Patient(id="a", language="de"))])
    rejects = tmp_path / "rejects.ndjson"
    options = LoadOptions(history=True, rejects=rejects)
    report = load(other, [tmp_path / "one"], options=options)
    assert report.total("rejected") == 1
    assert report.total("created") == 4
    reject = json.loads(rejects.read_text())
    assert "Patient/a" in reject["reason"]
    assert len(reject["record"]) == 3


def test_the_manifest_tells_counts_and_hashes(record: Record, tmp_path: Path) -> None:
    _varied(record)
    told: list[tuple[str, int]] = []
    written = export(
        record, LOCAL, tmp_path / "x", compress=True, progress=lambda *a: told.append(a)
    )
    manifest = json.loads((tmp_path / "x" / "manifest.json").read_text())
    assert manifest["history"] is False
    assert {f["type"]: f["count"] for f in manifest["files"]} == {
        "Basic": 1,
        "Organization": 1,
        "Patient": 2,
    }
    for file in manifest["files"]:
        content = (tmp_path / "x" / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["bytes"]
        assert len(gzip.decompress(content).splitlines()) == file["count"]
    assert ("Patient", 2) in told
    assert "Patient.ndjson.gz" in written.table()


def test_types_and_since(record: Record, tmp_path: Path) -> None:
    _varied(record)
    only = export(record, LOCAL, tmp_path / "types", types=["Basic"])
    assert [file.type for file in only.files] == ["Basic"]
    later = export(record, LOCAL, tmp_path / "since", since=clock.now() + timedelta(days=1))
    assert later.files == ()
    with pytest.raises(NotFound):
        export(record, LOCAL, tmp_path / "wrong", types=["Dragon"])


def test_an_export_never_mixes_with_other_files(record: Record, put: Put) -> None:
    path = put("mine/notes.txt", b"mine")
    with pytest.raises(Conflict, match="not empty"):
        export(record, LOCAL, path.parent)
    assert path.read_bytes() == b"mine"


def test_stored_bundles_come_back_as_bundles(record: Record, other: Record, tmp_path: Path) -> None:
    record.commit(LOCAL, [Update(r4.Bundle(id="keep", type="collection"))])
    export(record, LOCAL, tmp_path / "one")
    assert load(other, [tmp_path / "one"]).total("created") == 1
    assert other.read(LOCAL, "Bundle", "keep").version == 1


def test_broken_history_lines_are_set_aside(other: Record, put: Put, tmp_path: Path) -> None:
    lines = b'{"fullUrl": "Patient/a"}\nnonsense\n'
    path = put("Patient.history.ndjson", lines)
    report = load(other, [path], options=LoadOptions(history=True, rejects=tmp_path / "r.ndjson"))
    assert report.total("rejected") == 1 or report.total("rejected") == 2
    assert report.exit_status == 1


def _exported(record: Record, folder: Path) -> Path:
    _varied(record)
    export(record, LOCAL, folder)
    return folder


def test_an_altered_export_is_not_loaded(record: Record, other: Record, tmp_path: Path) -> None:
    folder = _exported(record, tmp_path / "out")
    file = folder / "Patient.ndjson"
    file.write_bytes(file.read_bytes().replace(b'"active":false', b'"active":true '))
    with pytest.raises(Invalid, match="not what was exported"):
        load(other, [folder], options=LoadOptions(jobs=1))
    with pytest.raises(NotFound):
        other.read(LOCAL, "Patient", "a")


def test_an_export_that_lacks_a_file_is_not_loaded(
    record: Record, other: Record, tmp_path: Path
) -> None:
    folder = _exported(record, tmp_path / "out")
    (folder / "Basic.ndjson").unlink()
    with pytest.raises(Invalid, match="is not there"):
        load(other, [folder], options=LoadOptions(jobs=1))


def test_a_manifest_that_points_elsewhere_is_refused(
    record: Record, other: Record, tmp_path: Path
) -> None:
    folder = _exported(record, tmp_path / "out")
    manifest = folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"Basic.ndjson"', b'"../Basic.ndjson"'))
    with pytest.raises(Invalid, match="outside its directory"):
        load(other, [folder], options=LoadOptions(jobs=1))


def test_another_programs_manifest_says_nothing(
    record: Record, other: Record, tmp_path: Path
) -> None:
    folder = _exported(record, tmp_path / "out")
    (folder / "manifest.json").write_text('{"files": 7}')
    load(other, [folder], options=LoadOptions(jobs=1))
    assert other.read(LOCAL, "Patient", "a").id == "a"
