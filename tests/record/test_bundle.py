"""Batches and transactions, also when something breaks in the middle."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.r4.bundle import Bundle
from osler.kit.errors import Invalid, NotFound, OslerError, Unprocessable
from osler.record import Checks, Record, Version
from osler.record.bundle import EntryResult, Got, process
from osler.store import write
from tests.record.cast import made

MANY = 2_500


def get(record: Record) -> Any:
    """Answers GET entries by id only, which is all these tests ask for."""

    def answer(address: str, at: str) -> Got:
        type, id = address.split("/")
        return Got(200, record.read(LOCAL, type, id).content)

    return answer


def run(record: Record, kind: str, entries: list[dict[str, Any]]) -> list[EntryResult]:
    bundle = made(resourceType="Bundle", type=kind, entry=entries)
    assert isinstance(bundle, Bundle)
    return process(record, LOCAL, bundle, get=get(record), checks=Checks())


def post(type: str, full_url: str | None = None, /, **content: Any) -> dict[str, Any]:
    entry = {
        "resource": {"resourceType": type, **content},
        "request": {"method": "POST", "url": type},
    }
    return {**entry, "fullUrl": full_url} if full_url else entry


def put(id: str, **content: Any) -> dict[str, Any]:
    return {
        "resource": {"resourceType": "Patient", "id": id, **content},
        "request": {"method": "PUT", "url": f"Patient/{id}"},
    }


def version(result: EntryResult) -> Version:
    assert result.version is not None
    return result.version


def test_entries_refer_to_each_other_and_are_read_after_they_are_written(record: Record) -> None:
    urn = "urn:uuid:8f5d9c1e-3c2d-4e58-9d6b-7a6c3f3c9a01"
    weight: dict[str, Any] = {"status": "final", "code": {"text": "Weight"}}
    weight["subject"] = {"reference": urn}
    results = run(
        record,
        "transaction",
        [
            {"request": {"method": "GET", "url": "Patient/chosen"}},
            post("Observation", None, **weight),
            post("Patient", urn, name=[{"family": "A"}]),
            put("chosen", name=[{"family": "B"}]),
        ],
    )
    assert results[0].got is not None and b'"B"' in results[0].got.body
    subject = json.loads(version(results[1]).content)["subject"]["reference"]
    assert subject == f"Patient/{version(results[2]).id}"


def test_a_transaction_with_one_bad_entry_writes_nothing(record: Record) -> None:
    entries = [put(f"p{n}", name=[{"family": "Good"}]) for n in range(20)]
    entries[17] = put("p17", contact=[{"gender": "female"}])
    with pytest.raises(Unprocessable) as caught:
        run(record, "transaction", entries)
    assert (caught.value.issues[0].expression or "").startswith("Bundle.entry[17].resource.contact")
    with pytest.raises(NotFound):
        record.read(LOCAL, "Patient", "p0")
    assert record.history(LOCAL).entries == ()


def test_a_batch_does_what_it_can(record: Record) -> None:
    entries = [put(f"p{n}", name=[{"family": "Good"}]) for n in range(3)]
    entries[1] = put("p1", contact=[{"gender": "female"}])
    entries.append({"request": {"method": "GET", "url": "Patient/nobody"}})
    results = run(record, "batch", entries)
    assert [r.error is None for r in results] == [True, False, True, False]
    assert isinstance(results[3].error, NotFound)
    assert record.read(LOCAL, "Patient", "p2").version == 1


@pytest.mark.parametrize("step", ["write_resource", "write_audit", "after"])
def test_a_transaction_that_breaks_half_way_leaves_nothing(
    record: Record, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    run(record, "transaction", [put("old", name=[{"family": "Before"}])])
    real = write.write

    def breaking(conn: Any, principal: Any, versions: Any, accesses: Any) -> None:
        if step == "write_resource":
            real(conn, principal, versions[:1], [])
        elif step == "write_audit":
            real(conn, principal, versions, [])
        else:
            real(conn, principal, versions, accesses)
        raise RuntimeError("injected")

    monkeypatch.setattr(write, "write", breaking)
    with pytest.raises(RuntimeError, match="injected"):
        run(
            record, "transaction", [put("old", name=[{"family": "After"}]), put("new", active=True)]
        )
    monkeypatch.undo()
    assert record.read(LOCAL, "Patient", "old").version == 1
    with pytest.raises(NotFound):
        record.read(LOCAL, "Patient", "new")


def test_a_transaction_of_thousands(record: Record) -> None:
    entries = [
        post("Patient", f"urn:uuid:00000000-0000-4000-8000-{n:012d}", name=[{"family": f"F{n}"}])
        for n in range(MANY)
    ]
    entries += [
        post(
            "Observation",
            status="final",
            code={"text": "Weight"},
            subject={"reference": f"urn:uuid:00000000-0000-4000-8000-{n:012d}"},
        )
        for n in range(MANY)
    ]
    results = run(record, "transaction", entries)
    assert len(results) == 2 * MANY
    last = json.loads(version(results[-1]).content)
    assert last["subject"]["reference"] == f"Patient/{version(results[MANY - 1]).id}"
    assert len(record.history(LOCAL, "Observation", count=2 * MANY).entries) == MANY


@pytest.mark.parametrize(
    ("entry", "expression"),
    [
        ({"resource": {"resourceType": "Patient"}}, "Bundle.entry[0].request"),
        (
            {
                "request": {"method": "PUT", "url": "Patient/a"},
                "resource": {"resourceType": "Patient", "id": "b"},
            },
            "Bundle.entry[0].resource.id",
        ),
        (
            {
                "request": {"method": "POST", "url": "Group"},
                "resource": {"resourceType": "Patient"},
            },
            "Bundle.entry[0].resource",
        ),
        ({"request": {"method": "POST", "url": "Patient"}}, "Bundle.entry[0].resource"),
        ({"request": {"method": "DELETE", "url": "Patient"}}, "Bundle.entry[0].request.url"),
        ({"request": {"method": "DELETE", "url": "Nothing/1"}}, "Bundle.entry[0].request.url"),
        (
            {"request": {"method": "DELETE", "url": "Patient/1", "ifMatch": "one"}},
            "Bundle.entry[0].request.ifMatch",
        ),
    ],
)
def test_an_entry_that_is_no_request_is_named(
    record: Record, entry: dict[str, Any], expression: str
) -> None:
    with pytest.raises(OslerError) as caught:
        run(record, "transaction", [entry])
    assert caught.value.issues[0].expression == expression


def test_other_bundles_are_not_carried_out(record: Record) -> None:
    with pytest.raises(Invalid, match="collection"):
        run(record, "collection", [put("p", active=True)])


def subject(result: EntryResult) -> str:
    return str(json.loads(version(result).content)["subject"]["reference"])


def about(reference: str) -> dict[str, Any]:
    return {"status": "final", "code": {"text": "x"}, "subject": {"reference": reference}}


def test_a_relative_reference_means_the_entry_of_the_same_server_first(record: Record) -> None:
    run(record, "transaction", [put("1", gender="female")])
    other = "http://other.example/fhir/"
    results = run(
        record,
        "transaction",
        [
            post("Patient", f"{other}Patient/1", gender="male"),
            post("Observation", f"{other}Observation/9", **about("Patient/1")),
            post(
                "Observation", "urn:uuid:0b0f0a3e-55c6-4c53-9d0b-4c2f5f0f2a11", **about("Patient/1")
            ),
        ],
    )
    assert subject(results[1]) == f"Patient/{version(results[0]).id}"
    assert subject(results[2]) == "Patient/1"


def test_two_entries_with_one_full_url_are_refused(record: Record) -> None:
    urn = "urn:uuid:8f5d9c1e-3c2d-4e58-9d6b-7a6c3f3c9a02"
    with pytest.raises(Invalid, match="fullUrl"):
        run(record, "transaction", [post("Patient", urn), post("Patient", urn)])


@pytest.mark.parametrize("id", ["a%20b", "%0D%0AX", "a_b", "x" * 65, "%00"])
def test_an_id_that_cannot_be_read_again_is_refused(record: Record, id: str) -> None:
    entry = {
        "resource": {"resourceType": "Patient"},
        "request": {"method": "PUT", "url": f"Patient/{id}"},
    }
    with pytest.raises(Invalid, match="cannot be an id"):
        run(record, "transaction", [entry])


def test_conditions_that_find_one_resource_and_a_write_of_it(record: Record) -> None:
    names = [{"system": "s", "value": "1"}, {"system": "t", "value": "2"}]
    run(record, "transaction", [put("p", identifier=names)])

    def once(criteria: str) -> dict[str, Any]:
        entry = post("Patient", identifier=names)
        entry["request"]["ifNoneExist"] = criteria
        return entry

    for entries in (
        [once("identifier=s|1"), once("identifier=t|2")],
        [once("identifier=s|1"), put("p", identifier=names, gender="male")],
        [put("p", identifier=names, gender="female"), once("identifier=s|1")],
    ):
        assert {version(result).id for result in run(record, "transaction", entries)} == {"p"}
    assert record.read(LOCAL, "Patient", "p").version == 3
    delete = {"request": {"method": "DELETE", "url": "Patient/p"}}
    with pytest.raises(Invalid, match="twice"):
        run(record, "transaction", [delete, once("identifier=s|1")])
    assert not record.read(LOCAL, "Patient", "p").deleted


def test_a_transaction_repeated_changes_nothing_and_never_keeps_an_old_link(record: Record) -> None:
    url = "http://other.example/fhir/Patient/1"
    observation = {"resourceType": "Observation", "id": "o", **about(url)}
    write_ = {"resource": observation, "request": {"method": "PUT", "url": "Observation/o"}}
    run(record, "transaction", [write_])
    both = [{**put("p"), "fullUrl": url}, write_]
    results = run(record, "transaction", both)
    assert (subject(results[1]), version(results[1]).version) == ("Patient/p", 2)
    results = run(record, "transaction", both)
    assert [version(result).version for result in results] == [1, 2]
