"""The audit read back: filters, every order, pages, and what a patient sees of it."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from osler.access import LOCAL, Origin, Principal
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Invalid, NotAllowed
from osler.record import Access, AuditQuery, AuditRow, Record
from osler.search.parse import parse
from osler.search.tree import Everything, Node, Nothing
from osler.store.audit.query import SORTS

ANN = Principal(
    "acc-ann",
    "Ann Able",
    frozenset({"physician"}),
    person="Practitioner/ann",
    session="s-1",
    purpose="TREAT",
    origin=Origin("10.0.0.7", "Firefox", "req-1"),
)
BOB = Principal("acc-bob", "Bob Brown", frozenset({"nurse"}), emergency=True)
PAT = Principal("acc-pat", "Pat Poe", frozenset({"patient"}), patient="p1")


class _Policy:
    """Patients see what names them, the stranger nothing, all others everything."""

    def __init__(self, principal: Principal, record: Record) -> None:
        self.principal, self.record = principal, record

    def where(self, type: str, interaction: str) -> Node:  # noqa: ARG002
        if self.principal.id == "stranger":
            return Nothing()
        if self.principal.patient is None:
            return Everything()
        query = parse(type, [("patient", self.principal.patient)], self.record.registry)
        return query.where


@pytest.fixture(scope="module")
def record(database: Database) -> Record:
    made: Record
    made = Record(database, policy_of=lambda principal: _Policy(principal, made))
    made.note(ANN, Access("login"))
    made.note(ANN, Access("read", "Condition", "c1", 2, ("p1",)))
    made.note(ANN, Access("read", "Condition", "c1", 2, ("p1",)))
    made.note(ANN, Access("search-type", "Appointment", patients=("p1", "p2"), query="a=b", hits=2))
    made.note(BOB, Access("read", "Observation", "o9", 1, ("p2",), outcome="not-found"))
    made.note(BOB, Access("export", "Observation", patients=("*",)))
    return made


def rows(record: Record, query: AuditQuery) -> tuple[AuditRow, ...]:
    return record.audit(LOCAL, dataclasses.replace(query, actors=("acc-ann", "acc-bob"))).rows


def test_every_column_says_who(record: Record) -> None:
    found = rows(record, AuditQuery(actions=("login",)))
    assert len(found) == 1
    row = found[0]
    assert (row.actor, row.actor_name, row.roles) == ("acc-ann", "Ann Able", ["physician"])
    assert (row.person, row.session, row.purpose) == ("Practitioner/ann", "s-1", "TREAT")
    assert (row.address, row.client, row.request) == ("10.0.0.7", "Firefox", "req-1")
    assert abs(row.at - clock.now()) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (AuditQuery(patients=("p2",)), 2),
        (AuditQuery(patients=("p1",)), 3),
        (AuditQuery(types=("Condition",)), 2),
        (AuditQuery(roles=("nurse",)), 2),
        (AuditQuery(failed=True), 1),
        (AuditQuery(outcomes=("not-found",)), 1),
        (AuditQuery(emergency=True), 2),
        (AuditQuery(actor_name="able"), 4),
        (AuditQuery(actor_name="%"), 0),
        (AuditQuery(client="firefox", id="c1", version=2), 2),
        (AuditQuery(text="A=B"), 1),
        (AuditQuery(since=clock.now() + timedelta(days=1)), 0),
        (AuditQuery(persons=("Practitioner/ann",), session="s-1", address="10.0.0.7"), 4),
    ],
)
def test_filters(record: Record, query: AuditQuery, count: int) -> None:
    assert len(rows(record, query)) == count


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_pages_of_every_order_neither_skip_nor_repeat(record: Record, sort: str) -> None:
    query = AuditQuery(actors=("acc-ann", "acc-bob"), sort=sort)
    whole = [row.seq for row in record.audit(LOCAL, query).rows]
    seen: list[int] = []
    step = dataclasses.replace(query, count=1)
    while True:
        page = record.audit(LOCAL, step)
        seen += [row.seq for row in page.rows]
        if page.next is None:
            break
        step = dataclasses.replace(step, cursor=page.next)
    assert seen == whole
    assert len(whole) == 6


def test_an_unknown_order_is_refused(record: Record) -> None:
    with pytest.raises(Invalid, match="cannot be sorted by"):
        record.audit(LOCAL, AuditQuery(sort="shoe-size"))


def test_a_patient_sees_only_rows_that_name_them_and_no_other_patient(record: Record) -> None:
    page = record.audit(PAT, AuditQuery(actors=("acc-ann", "acc-bob"), sort="at"), total=True)
    assert [row.action for row in page.rows] == ["read", "read", "search-type", "export"]
    assert page.total == 4
    assert {tuple(row.patients) for row in page.rows} == {("p1",)}
    shared = page.rows[2]
    assert (shared.query, shared.hits, shared.address, shared.session) == (None, None, None, None)


def test_the_stranger_is_refused_and_that_is_recorded(record: Record) -> None:
    stranger = Principal("stranger")
    with pytest.raises(NotAllowed):
        record.audit(stranger, AuditQuery())
    found = record.audit(LOCAL, AuditQuery(actors=("stranger",))).rows
    assert [(row.action, row.outcome) for row in found] == [("audit-read", "forbidden")]


def test_reading_the_audit_is_audited(record: Record) -> None:
    record.audit(ANN, AuditQuery(patients=("px",)))
    found = record.audit(LOCAL, AuditQuery(actions=("audit-read",), patients=("px",))).rows
    assert found[0].actor == "acc-ann"
    assert found[0].query == "patients=px"


def test_who_looked_in_plain_words(record: Record) -> None:
    looks = record.who_looked(PAT, "p1")
    ann = next(look for look in looks if look.actor == "acc-ann")
    assert (ann.name, ann.roles, ann.purpose, ann.times) == (
        "Ann Able",
        ("physician",),
        "TREAT",
        3,
    )
    assert ann.words == "read diagnoses and problems, searched appointments"
    with pytest.raises(NotAllowed):
        record.who_looked(PAT, "p2")
