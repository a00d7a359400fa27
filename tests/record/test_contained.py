"""Resources inside others: their rows keep in step with the container, and its policy guards them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.base import Resource
from osler.kit.database import Database
from osler.kit.errors import Invalid
from osler.record import Checks, Create, Delete, Record, Update
from tests.record.cast import PATIENT, STRANGER, made, observation, patient, policy_of
from tests.record.test_reading import audit_rows
from tests.record.test_searching import ids, quiet, search

UNCHECKED = Checks(validate=False, references=False, why_off="bulk load")
_TABLES = ("string_index", "reference_index", "date_index", "number_index", "quantity_index")


def seen_by(subject: str, id: str, *families: str, **more: Any) -> Resource:
    """An observation with the doctors who made it inside."""
    names = [f"dr{n}" for n in range(len(families))]
    doctors = [
        {"resourceType": "Practitioner", "id": name, "name": [{"family": family}],
         "birthDate": "1970-01-01", "identifier": [{"system": "http://npi.example", "value": family}]}
        for name, family in zip(names, families, strict=True)
    ]  # fmt: skip
    performer = [{"reference": f"#{name}"} for name in names]
    inside = {"contained": doctors, "performer": performer} if families else {}
    return observation(subject, id, **inside, **more)


@pytest.fixture
def ward(record: Record) -> Record:
    """Ana and Bob, each weighed by a doctor who is known only there."""
    record.commit(LOCAL, [Update(patient("ana")), Update(patient("bob"))])
    record.commit(
        LOCAL, [Update(seen_by("ana", "wa", "Grey")), Update(seen_by("bob", "wb", "Hide"))]
    )
    return record


def found(record: Record, family: str) -> list[str]:
    return ids(search(record, f"Practitioner?family={family}&_contained=true"))


def rows_left(record: Record) -> int:
    """Index rows that belong to nothing."""
    query = " UNION ALL ".join(
        f"SELECT rid FROM {table} WHERE rid NOT IN (SELECT rid FROM resource UNION ALL"
        " SELECT rid FROM contained)"
        for table in _TABLES
    )
    with record.database.connection() as conn:
        return len(conn.execute(query.encode()).fetchall())


def inside(record: Record) -> list[tuple[Any, ...]]:
    query = (
        "SELECT r.type, r.id, c.type, c.id, c.version = r.version, c.updated = r.updated, c.patient,"
        " cardinality(c.keys) > 0, c.container_type = r.type"
        " FROM contained c LEFT JOIN resource r ON r.rid = c.container ORDER BY r.id, c.id"
    )
    with record.database.connection() as conn:
        return conn.execute(query.encode()).fetchall()


@pytest.mark.parametrize("shape", ["", "&_containedType=contained"])
@pytest.mark.parametrize(
    "criteria",
    [
        "Practitioner?_contained=true",
        "Practitioner?family=hide&_contained=true",
        "Practitioner?family=hide&_contained=both",
        "Practitioner?_id=dr0&_contained=true&_sort=name",
        "Practitioner?identifier=Hide&_contained=true",
        "Practitioner?_has:Observation:performer:code=29463-7&_contained=true",
        "Practitioner?_contained=true&_total=accurate&_count=1",
    ],
)
def test_nobody_finds_what_is_inside_what_they_may_not_see(
    ward: Record, criteria: str, shape: str
) -> None:
    page = search(ward, f"{criteria}{shape}", PATIENT)
    assert {id.partition("#")[0] for id in ids(page)} <= {"wa"}
    assert page.total in (None, 0, 1)
    assert ids(search(ward, f"{criteria}{shape}", STRANGER)) == []
    assert search(ward, f"{criteria}{shape}&_summary=count", STRANGER).total == 0
    everywhere = {id.partition("#")[0] for id in ids(search(ward, f"{criteria}{shape}"))}
    assert "wb" in everywhere or "_count=1" in criteria


def test_nobody_guesses_what_is_inside_by_a_chain(ward: Record) -> None:
    assert ids(search(ward, "Observation?performer:Practitioner.family=hide")) == ["wb"]
    assert ids(search(ward, "Observation?performer:Practitioner.family=hide", PATIENT)) == []
    assert ids(search(ward, "Observation?performer:Practitioner.family=grey", PATIENT)) == ["wa"]
    text = "Patient?_has:Observation:patient:performer.family=hide"
    assert ids(search(ward, text)) == ["bob"]
    assert ids(search(ward, text, PATIENT)) == []


def test_the_audit_names_the_patient_of_the_container(ward: Record) -> None:
    before = len(audit_rows(ward))
    search(ward, "Practitioner?family=hide&_contained=true")
    search(ward, "Practitioner?_contained=both&_containedType=contained")
    rows = audit_rows(ward, "type, patients, hits")[before:]
    assert rows == [("Practitioner", ["bob"], 1), ("Practitioner", ["ana", "bob"], 2)]


def test_includes_go_out_from_the_container(ward: Record) -> None:
    page = search(ward, "Practitioner?family=grey&_contained=true&_include=Observation:patient")
    assert ids(page) == ["wa"]
    assert [version.id for version in page.included] == ["ana"]


def test_rows_follow_the_container(ward: Record) -> None:
    ward.commit(LOCAL, [Update(seen_by("ana", "wa", "Shepherd", "Stone"))])
    assert found(ward, "grey") == []
    assert found(ward, "stone") == ["wa"]
    own = ("Observation", "wa", "Practitioner")
    assert inside(ward)[:2] == [(*own, f"dr{n}", True, True, "ana", True, True) for n in range(2)]
    ward.commit(LOCAL, [Update(seen_by("ana", "wa"))])
    assert [row[1] for row in inside(ward)] == ["wb"]
    ward.commit(LOCAL, [Update(seen_by("ana", "wa", "Yang")), Delete("Observation", "wb")])
    assert found(ward, "yang") == ["wa"]
    assert found(ward, "hide") == []
    assert [row[1] for row in inside(ward)] == ["wa"]
    ward.commit(LOCAL, [Update(seen_by("bob", "wb", "Hide"))])
    assert found(ward, "hide") == ["wb"]
    assert rows_left(ward) == 0


def test_many_at_once(ward: Record) -> None:
    many = [Create(seen_by("ana", "", f"Family{n}")) for n in range(150)]
    for op in many:
        op.resource.id = None
    ward.commit(LOCAL, many)
    assert len(found(ward, "family149")) == 1
    assert len(inside(ward)) == 152


def test_a_load_keeps_them_in_step(ward: Record) -> None:
    def load(*resources: Resource) -> None:
        ward.load(LOCAL, resources, checks=UNCHECKED, source="test.ndjson")

    load(*(seen_by("ana", f"l{n}", f"Loaded{n}") for n in range(200)))
    assert found(ward, "loaded199") == ["l199"]
    again = [seen_by("ana", f"l{n}", f"Loaded{n}") for n in range(200)]
    again[7] = seen_by("ana", "l7", "Changed")
    load(*again)
    assert found(ward, "loaded7") == [f"l{n}" for n in reversed(range(70, 80))]
    assert found(ward, "changed") == ["l7"]
    assert len(inside(ward)) == 202
    assert rows_left(ward) == 0


def test_a_reindex_makes_the_rows_anew(ward: Record) -> None:
    before = inside(ward)
    with ward.database.connection() as conn:
        conn.execute("DELETE FROM contained WHERE container_type = 'Observation' AND id = 'dr0'")
    assert found(ward, "hide") == []
    for _ in range(2):
        ward.reindex(quiet, everything=True)
        assert found(ward, "hide") == ["wb"]
        assert inside(ward) == before


def test_a_restore_brings_them_back(ward: Record, another_database: Callable[[], Database]) -> None:
    ward.commit(LOCAL, [Update(seen_by("ana", "wa", "Second"))])
    ward.commit(LOCAL, [Delete("Observation", "wb")])
    other = Record(another_database(), base_url=ward.base_url, policy_of=policy_of)
    versions: dict[str, list[Any]] = {}
    for version in ward.export(LOCAL, "Observation", history=True):
        versions.setdefault(version.id, []).append(version)
    other.restore(LOCAL, list(versions.values()), source="backup")
    assert found(other, "second") == ["wa"]
    assert found(other, "hide") == found(other, "grey") == []
    assert len(inside(other)) == 1


def test_a_condition_for_a_write_finds_resources_themselves(ward: Record) -> None:
    doctor = {"resourceType": "Practitioner", "name": [{"family": "Grey"}]}
    text = "family=grey"
    with pytest.raises(Invalid, match="_contained"):
        ward.commit(LOCAL, [Create(made(**doctor), if_none_exist=f"{text}&_contained=true")])
    (outcome,) = ward.commit(LOCAL, [Create(made(**doctor), if_none_exist=text)])
    assert outcome.status == "created"


def test_pages_go_on_where_the_last_one_ended(ward: Record) -> None:
    ward.commit(LOCAL, [Update(seen_by("ana", f"p{n}", "Paged", "Pager")) for n in range(4)])
    for shape, want in (("container", 4), ("contained", 8)):
        text = (
            f"Practitioner?family=page&_contained=both&_containedType={shape}&_count=3&_sort=family"
        )
        page = search(ward, text)
        seen = ids(page)
        while page.next:
            page = search(ward, text, cursor=page.next)
            seen += ids(page)
        assert len(seen) == len(set(seen)) == want
        assert search(ward, f"{text}&_total=accurate").total == want
