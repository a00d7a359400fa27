"""What a restricted principal must not learn: from deletions, histories, refusals and who refers to what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from osler.access import LOCAL, Everywhere, Principal, Rule, RulePolicy
from osler.fhir.r4 import RESOURCES
from osler.kit.database import Database
from osler.kit.errors import Conflict, NotFound, OslerError
from osler.record import Create, Delete, Patch, Record, Update
from osler.search.parse import parse, parse_where
from osler.search.registry import Registry
from osler.search.tree import Everything, Policy
from tests.record.cast import made, observation, patient

ALL = frozenset(
    {"read", "vread", "search", "history", "create", "update", "patch", "delete"},
)
SOMEBODY = Principal(id="somebody")
Restrict = Callable[..., Record]


def rule(type: str, where: str | None = None) -> Rule:
    node = Everything() if where is None else parse_where(type, where, Registry.builtin())
    return Rule(type, node, ALL)


@pytest.fixture
def restrict(fresh_database: Database) -> Restrict:
    """A record in which SOMEBODY may do what the rules say, with Ana and Bob in it."""

    def make(*rules: Rule) -> Record:
        def policy_of(principal: Principal) -> Policy:
            return Everywhere() if principal is LOCAL else RulePolicy(rules)

        record = Record(fresh_database, policy_of=policy_of)
        record.commit(LOCAL, [Update(patient("ana")), Update(patient("bob"))])
        return record

    return make


def answer(record: Record, op: Delete | Patch) -> tuple[str, str]:
    """How an attempt ends, without the id."""
    try:
        outcome = record.commit(SOMEBODY, [op])[0]
    except OslerError as error:
        return type(error).__name__, str(error).replace(op.id or "", "")
    return outcome.status, str(outcome.version)


def test_everything_leaves_out_the_one_type_that_is_not_allowed(restrict: Restrict) -> None:
    record = restrict(*(rule(type) for type in RESOURCES if type != "Observation"))
    record.commit(LOCAL, [Update(observation("ana", "o"))])
    stream = record.everything(SOMEBODY, "ana")
    assert [version.type for version in stream.versions] == ["Patient"]


def test_deleting_what_is_hidden_does_not_show_it(restrict: Restrict) -> None:
    record = restrict(rule("Observation", "_security:not=R"))
    label = {"security": [{"system": "urn:x", "code": "R"}]}
    record.commit(LOCAL, [Update(observation("ana", "o", meta=label))])
    record.commit(LOCAL, [Delete("Observation", "o")])
    with pytest.raises(NotFound):
        record.read(SOMEBODY, "Observation", "o")
    with pytest.raises(NotFound):
        record.vread(SOMEBODY, "Observation", "o", 1)
    with pytest.raises(NotFound):
        record.history(SOMEBODY, "Observation", "o")
    assert record.history(SOMEBODY, "Observation").entries == ()
    assert list(record.export(SOMEBODY, "Observation", history=True)) == []


@pytest.mark.parametrize("deleted", [False, True])
def test_versions_about_another_patient_stay_hidden(restrict: Restrict, deleted: bool) -> None:
    record = restrict(rule("Observation", "patient=Patient/ana"), rule("Patient"))
    record.commit(LOCAL, [Update(observation("bob", "o"))])
    if deleted:  # and taken over by who could never read it
        record.commit(LOCAL, [Delete("Observation", "o")])
    record.commit(SOMEBODY if deleted else LOCAL, [Update(observation("ana", "o"))])
    seen = record.history(SOMEBODY, "Observation", "o").entries
    assert [version.patient for version in seen] == ["ana"]
    with pytest.raises(NotFound):
        record.vread(SOMEBODY, "Observation", "o", 1)
    assert len(record.history(LOCAL, "Observation", "o").entries) == 2 + deleted


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("if_match", [None, 1, 7])
def test_what_is_hidden_is_refused_like_what_is_not_there(
    restrict: Restrict, gone: bool, if_match: int | None
) -> None:
    record = restrict(rule("Observation", "patient=Patient/ana"))
    record.commit(LOCAL, [Update(observation("bob", "hidden"))])
    if gone:
        record.commit(LOCAL, [Delete("Observation", "hidden")])

    def tried(id: str) -> list[tuple[str, str]]:
        delete = Delete("Observation", id, if_match=if_match)
        patch = Patch("Observation", b"[]", id=id, if_match=if_match)
        return [answer(record, delete), answer(record, patch)]

    assert tried("hidden") == tried("absent")
    assert len(record.history(LOCAL, "Observation", "hidden").entries) == 1 + gone


def test_a_refused_deletion_names_only_what_may_be_seen(restrict: Restrict) -> None:
    record = restrict(rule("Practitioner"), rule("Observation", "patient=Patient/ana"))
    doctor = made(resourceType="Practitioner", id="dr")
    performed = [{"reference": "Practitioner/dr"}]
    record.commit(LOCAL, [Update(doctor)])
    record.commit(LOCAL, [Update(observation("bob", "secret", performer=performed))])
    with pytest.raises(Conflict) as refused:
        record.commit(SOMEBODY, [Delete("Practitioner", "dr")])
    assert "secret" not in str(refused.value)
    record.commit(LOCAL, [Update(observation("ana", "own", performer=performed))])
    with pytest.raises(Conflict, match="Observation/own") as refused:
        record.commit(SOMEBODY, [Delete("Practitioner", "dr")])
    assert "secret" not in str(refused.value)


def test_who_measured_is_not_who_was_measured(restrict: Restrict) -> None:
    record = restrict(rule("Observation", "patient=Patient/ana"))
    weight = made(
        resourceType="Observation",
        status="final",
        code={"text": "Weight"},
        contained=[{"resourceType": "Patient", "id": "child"}],
        subject={"reference": "#child"},
        performer=[{"reference": "Patient/ana"}],
    )
    (made_,) = record.commit(LOCAL, [Create(weight)])
    assert made_.version is not None
    assert record.find(LOCAL, "Observation", "subject=Patient/ana") == []
    with pytest.raises(NotFound):
        record.read(SOMEBODY, "Observation", made_.version.id)
    about = record.everything(LOCAL, "ana").versions
    assert {version.type for version in about} == {"Patient", "Observation"}


def test_a_policy_by_a_value_set_of_ones_own_holds_for_what_is_included(
    restrict: Restrict,
) -> None:
    record = restrict(rule("Patient"), rule("Observation", "code:in=http://own.example/vs"))
    concept = {"system": "http://loinc.org", "concept": [{"code": "29463-7"}]}
    value_set = made(
        resourceType="ValueSet",
        status="active",
        url="http://own.example/vs",
        compose={"include": [concept]},
    )
    other = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
    record.commit(LOCAL, [Create(value_set), Update(observation("ana", "weight"))])
    record.commit(LOCAL, [Update(observation("ana", "pulse", code=other))])
    pairs = [("_id", "ana"), ("_revinclude", "Observation:patient")]
    page = record.search(SOMEBODY, parse("Patient", pairs, record.registry))
    assert [version.id for version in page.included] == ["weight"]
