"""Searches through the record: policy at every hop, audit, paging, custom parameters."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from osler.access import LOCAL, Principal
from osler.kit.errors import Invalid, Unprocessable
from osler.record import Checks, Page, Record, Update
from osler.search.parse import parse
from tests.record.cast import PATIENT, STRANGER, made, observation, patient
from tests.record.test_reading import audit_rows


def search(
    record: Record, text: str, principal: Principal = LOCAL, cursor: str | None = None
) -> Page:
    """The page of a search written as Type?query."""
    type, _, query = text.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    if cursor is not None:
        pairs.append(("_cursor", cursor))
    return record.search(
        principal, parse(type, pairs, record.registry, base_url=record.base_url or "")
    )


def ids(page: Page) -> list[str]:
    return [version.id for version in page.matches]


@pytest.fixture
def clinic(record: Record) -> Record:
    """Ana and Bob, their weights, one doctor."""
    doctor = made(resourceType="Practitioner", id="dr", name=[{"family": "Who"}])
    performer = [{"reference": "Practitioner/dr"}]
    record.commit(
        LOCAL, [Update(patient("ana")), Update(patient("bob", family="Okafor")), Update(doctor)]
    )
    for n in range(6):
        who = "ana" if n % 2 == 0 else "bob"
        when = f"2026-03-0{n + 1}T08:00:00Z"
        record.commit(
            LOCAL, [Update(observation(who, f"w{n}", effectiveDateTime=when, performer=performer))]
        )
    return record


def test_newest_first_and_pages_that_do_not_shift(clinic: Record) -> None:
    page = search(clinic, "Observation?_count=2")
    seen = ids(page)
    clinic.commit(LOCAL, [Update(observation("ana", "late", effectiveDateTime="2026-04-01"))])
    while page.next:
        page = search(clinic, "Observation?_count=2", cursor=page.next)
        seen += ids(page)
    assert seen == ["w5", "w4", "w3", "w2", "w1", "w0"]


@pytest.mark.parametrize(
    "text",
    [
        "Observation",
        "Observation?patient=Patient/bob",
        "Observation?patient.name=okafor",
        "Observation?_sort=-date",
        "Observation?_id=w1,w3,w5,w0,w2,w4",
        "Observation?code=29463-7&status:not=amended",
        "Observation?performer.name=who",
        "Observation?subject:missing=false",
    ],
)
def test_a_patient_never_finds_another_ones(clinic: Record, text: str) -> None:
    assert set(ids(search(clinic, text, PATIENT))) <= {"w0", "w2", "w4"}
    assert set(ids(search(clinic, text, STRANGER))) == set()


def test_a_policy_holds_at_every_hop(clinic: Record) -> None:
    # Bob's name must not be guessable through a chain, nor his weights through _has or _revinclude.
    assert ids(search(clinic, "Observation?patient.name=okafor", PATIENT)) == []
    assert ids(search(clinic, "Patient?_has:Observation:patient:_id=w1", PATIENT)) == []
    page = search(clinic, "Practitioner?_revinclude=Observation:performer", PATIENT)
    assert ids(page) == ["dr"]
    assert {v.id for v in page.included} == {"w0", "w2", "w4"}
    included = search(clinic, "Observation?_include=Observation:patient", PATIENT).included
    assert {v.id for v in included} == {"ana"}


def test_a_search_is_audited_with_every_patient_shown(clinic: Record) -> None:
    before = len(audit_rows(clinic))
    search(clinic, "Observation?_count=1")
    search(clinic, "Observation?_count=2")
    search(clinic, "Patient?_id=ana&_revinclude=Observation:patient")
    rows = audit_rows(clinic, "action, type, patients, query, hits")[before:]
    assert rows == [
        ("search-type", "Observation", ["bob"], "_count=1", 1),
        ("search-type", "Observation", ["ana", "bob"], "_count=2", 2),
        ("search-type", "Patient", ["ana"], "_id=ana&_revinclude=Observation%3Apatient", 4),
    ]


def test_total_is_known_or_counted_when_asked(clinic: Record) -> None:
    assert search(clinic, "Observation?_count=10").total == 6
    assert search(clinic, "Observation?_count=2").total is None
    assert search(clinic, "Observation?_count=2&_total=accurate").total == 6
    for text in ("Observation?_count=0", "Observation?_summary=count"):
        page = search(clinic, text)
        assert (page.total, page.matches) == (6, ())


def test_a_percent_sign_is_only_a_character(clinic: Record) -> None:
    assert ids(search(clinic, "Patient?name=%25")) == []
    assert ids(search(clinic, "Patient?name=%25s")) == []
    assert ids(search(clinic, "Patient?name=_")) == []
    assert ids(search(clinic, "Patient?identifier='; DROP TABLE resource; --")) == []
    assert len(ids(search(clinic, "Patient"))) == 2


EYE = {
    "resourceType": "SearchParameter",
    "id": "eye",
    "url": "http://example.org/eye",
    "name": "eye",
    "status": "active",
    "description": "Eye colour",
    "code": "eye",
    "base": ["Patient"],
    "type": "token",
    "expression": "Patient.extension.where(url = 'http://example.org/eye').value",
}


def quiet(what: str, done: int, about: int) -> None:
    """Progress that nobody watches."""


def eyed(id: str, colour: str) -> Any:
    return patient(id, extension=[{"url": "http://example.org/eye", "valueCode": colour}])


def test_a_custom_parameter_works_after_reindex_and_not_before(record: Record) -> None:
    record.commit(LOCAL, [Update(eyed("before", "green")), Update(eyed("other", "brown"))])
    record.commit(LOCAL, [Update(made(**EYE))])
    with record.database.connection() as conn:
        jobs = conn.execute("SELECT task_name, args FROM procrastinate_jobs").fetchall()
    assert jobs == [("search_parameter_changed", {"type": "SearchParameter", "id": "eye"})]
    with pytest.raises(Invalid):
        search(record, "Patient?eye=green")
    told: list[tuple[str, int, int]] = []
    result = record.reindex(lambda *what: told.append(what))
    assert result.activated == ("eye",)
    assert told == [("Patient.eye", 2, 2)]
    record.commit(LOCAL, [Update(eyed("after", "green"))])
    assert ids(search(record, "Patient?eye=green")) == ["after", "before"]
    assert record.reindex(quiet).rows == 0


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"expression": "Patient.name.where("}, "SearchParameter.expression"),
        ({"expression": "Pateint.name"}, "SearchParameter.expression"),
        ({"code": "name"}, "SearchParameter.code"),
    ],
)
def test_a_custom_parameter_that_cannot_work_is_refused(
    record: Record, change: dict[str, str], place: str
) -> None:
    with pytest.raises(Unprocessable) as caught:
        record.commit(LOCAL, [Update(made(**{**EYE, **change}))])
    assert place in [issue.expression for issue in caught.value.issues]
    unchecked = Checks(validate=False, references=False, why_off="test")
    record.load(LOCAL, [made(**{**EYE, **change})], checks=unchecked, source="test")
    assert record.reindex(quiet).activated == ()
    record.commit(LOCAL, [Update(patient("ana"))])
    assert ids(search(record, "Patient?name=nunez")) == ["ana"]


def test_rebuilding_all_index_rows_changes_no_answer(clinic: Record) -> None:
    texts = (
        "Patient?name=nunez",
        "Observation?code=29463-7",
        "Observation?performer=Practitioner/dr",
    )
    before = [ids(search(clinic, text)) for text in texts]
    with clinic.database.connection() as conn:
        conn.execute("UPDATE resource SET keys = '{}'")
        conn.execute("DELETE FROM string_index")
    assert ids(search(clinic, texts[0])) == []
    clinic.reindex(quiet, everything=True)
    assert [ids(search(clinic, text)) for text in texts] == before


def test_what_was_loaded_is_found(record: Record) -> None:
    unchecked = Checks(validate=False, references=False, why_off="bulk load")
    people = [patient(f"p{n}", family=f"Family{n}") for n in range(300)]
    outcomes = record.load(LOCAL, people, checks=unchecked, source="test.ndjson")
    assert {o.status for o in outcomes} == {"created"}
    assert ids(search(record, "Patient?family=family299")) == ["p299"]
    again = [patient(f"p{n}", family=f"Family{n}") for n in range(300)]
    again[7] = patient("p7", family="Changed")
    statuses = [o.status for o in record.load(LOCAL, again, checks=unchecked, source="test.ndjson")]
    assert statuses.count("updated") == 1 and statuses.count("unchanged") == 299
    assert ids(search(record, "Patient?family=family7")) == [
        f"p{n}" for n in reversed(range(70, 80))
    ]
    assert ids(search(record, "Patient?family=changed")) == ["p7"]
    rows = audit_rows(record, "action, query, hits, detail")
    assert rows[0] == ("load", "test.ndjson", 300, "bulk load")
