"""What is decided of one patient beforehand is what the whole rule says of that patient's resources, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from osler.access import Facts, Principal, Role, policy, shipped
from osler.record.deciding import Decisions
from osler.search import compile as sql_of
from osler.search.persons import is_about_one
from osler.search.terminology import Codes
from osler.search.tree import Node
from tests.access.test_property import D1, NOW, TYPES, roles, some_patients
from tests.access.world import PATIENTS, Json, Ward, ref

pytestmark = pytest.mark.filterwarnings("error")
EVERYBODY = [*sorted(PATIENTS), "nobody-of-ours"]
ROWS = sql.SQL(
    "SELECT r.id FROM resource r WHERE r.type = {} AND NOT r.deleted AND r.patient = {} AND {}"
)


def denial(patient: str, effect: str, **limits: Any) -> Json:
    return {
        "resourceType": "Consent",
        "id": f"c-{patient}-{effect}",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "privacy"}],
        "patient": ref(f"Patient/{patient}"),
        "policyRule": {"text": "x"},
        "provision": {"type": effect, **limits},
    }


@pytest.fixture(scope="module")
def consenting(ward: Ward) -> Iterator[Ward]:
    """Some patients have decided something."""
    actor = [{"role": {"text": "x"}, "reference": ref("Practitioner/d1")}]
    label = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}]
    observations = [{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}]
    ward.admit(
        denial("here", "deny", actor=actor),
        denial("mine", "permit", securityLabel=label),
        {**denial("free", "deny"), "provision": {"type": "deny", "class": observations}},
    )
    yield ward
    ward.forget_consents()


def rows(ward: Ward, type: str, patient: str, node: Node) -> set[str]:
    test = sql_of.condition(node, type, "r", None, registry=ward.registry)
    query = ROWS.format(sql.Literal(type), sql.Literal(patient), test)
    return {row[0] for row in ward.run(query)}


def agree(ward: Ward, principal: Principal, facts: Facts, interaction: str = "read") -> None:
    by = policy(principal, facts)
    context: Any = SimpleNamespace(registry=ward.registry, terminology=Codes())
    decisions = Decisions()
    with ward.database.connection() as conn:
        for type in TYPES:
            if is_about_one(type, ward.registry):
                whole = by.where(type, interaction)
                for patient in EVERYBODY:
                    asked = (type, interaction, patient)
                    one = decisions.rule(context, conn, asked, whole)
                    expected = rows(ward, type, patient, whole)
                    assert rows(ward, type, patient, one) == expected, asked
                    for other in {"here", "mine"} - {patient}:
                        assert not rows(ward, type, other, one), (asked, other)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(role=roles, guarded=some_patients, glass=some_patients)
def test_decided_beforehand_is_as_the_whole_rule(
    consenting: Ward, role: Role, guarded: frozenset[str], glass: frozenset[str]
) -> None:
    agree(
        consenting,
        D1,
        Facts((role,), frozenset({"oa"}), frozenset({"la"}), glass, guarded, NOW),
    )


@pytest.mark.parametrize("code", sorted(shipped()))
@given(glass=st.sampled_from([frozenset(), frozenset({"there", "here"})]))
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_so_are_the_shipped_roles(consenting: Ward, code: str, glass: frozenset[str]) -> None:
    principal = Principal("x", person="Practitioner/d1", roles=frozenset({code}), patient="mine")
    facts = Facts((shipped()[code],), frozenset({"oa"}), frozenset({"la"}), glass, now=NOW)
    agree(consenting, principal, facts)


def test_what_the_patient_alone_decides_is_never_more_than_the_whole(consenting: Ward) -> None:
    from osler.access.known import questions, surely

    for role in shipped().values():
        facts = Facts((role,), frozenset({"oa"}), frozenset({"la"}), now=NOW)
        by = policy(Principal("x", person="Practitioner/d1", roles=frozenset({role.code})), facts)
        for node in {one for type in TYPES for one in questions(by.where(type, "read"))}:
            for patient in EVERYBODY:
                less = rows(consenting, "Patient", patient, surely(node))
                assert less <= rows(consenting, "Patient", patient, node)


SHARED = sql.SQL(
    "SELECT r.id FROM resource r WHERE r.type = 'Appointment' AND NOT r.deleted"
    " AND r.content::text LIKE {} AND {}"
)


def test_of_an_appointment_of_several_patients_it_is_enough_that_one_may_be_seen(
    consenting: Ward,
) -> None:
    pairs = [("here", "there"), ("there", "mine"), ("mine", "here"), ("there", "free")]
    consenting.admit(
        *(
            {
                "resourceType": "Appointment",
                "id": f"both-{one}-{other}",
                "status": "booked",
                "participant": [
                    {"actor": ref(f"Patient/{id}"), "status": "accepted"} for id in (one, other)
                ],
            }
            for one, other in pairs
        )
    )
    context: Any = SimpleNamespace(registry=consenting.registry, terminology=Codes())
    seen = 0
    for role in shipped().values():
        facts = Facts((role,), frozenset({"oa"}), frozenset({"la"}), now=NOW)
        by = policy(Principal("x", person="Practitioner/d1", roles=frozenset({role.code})), facts)
        whole = by.where("Appointment", "search")
        with consenting.database.connection() as conn:
            for patient in EVERYBODY:
                asked = ("Appointment", "search", patient)
                decided = Decisions().rule(context, conn, asked, whole)
                expected, found = (shared(consenting, patient, node) for node in (whole, decided))
                assert found == expected, (role.code, patient)
                seen += len(found)
    assert seen, "nobody saw an appointment, so nothing was compared"


def shared(ward: Ward, patient: str, node: Node) -> set[str]:
    test = sql_of.condition(node, "Appointment", "r", None, registry=ward.registry)
    names = sql.Literal(f'%"Patient/{patient}"%')
    return {row[0] for row in ward.run(SHARED.format(names, test))}
