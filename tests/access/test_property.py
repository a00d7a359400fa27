"""For random roles and random searches, no row outside the policy: against the rules read naively in Python."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osler.access import Facts, Grant, Principal, Role, policy
from tests.access.world import (
    CAST,
    LABELS,
    PATIENTS,
    TREATED_BY_D1,
    Json,
    Ward,
    labels_of,
    ref,
    subject_of,
    wrote,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TYPES = sorted({one["resourceType"] for one in CAST})
D1 = Principal("account-1", person="Practitioner/d1", roles=frozenset({"x"}))

# ---- whose: name of a reach -> patients, as the cast has been made

REACH: dict[str, set[str]] = {
    "": set(PATIENTS),
    "@care-team": TREATED_BY_D1,
    "@organization": {"here", "free", "visited", "located", "vip"} | TREATED_BY_D1,
    "@location": {"located"},
    "gender=female": {"here", "free"},
    "gender=female&organization:missing=true": {"free"},
    "_has:Encounter:patient:practitioner=Practitioner/d2": {"there"},
    "_has:Observation:patient:code=29463-7": set(PATIENTS),
    "general-practitioner.gender:missing=false": set(),
    "_filter=gender eq male or general-practitioner eq Practitioner/{me}": {"there", "mine"},
}
WHERE: dict[str, dict[str, str]] = {
    "Observation": {"": "", "status=final": "all", "status=preliminary": "none",
                    "_id=plain-here,hiv-there,plain-vip": "ids"},
    "DocumentReference": {"": "", "author=Practitioner/{me}": "mine"},
}  # fmt: skip


def holds(where: str, resource: Json) -> bool:
    match where:
        case "" | "status=final":
            return True
        case "status=preliminary":
            return False
        case "author=Practitioner/{me}":
            return wrote(resource, "d1")
        case _:
            return resource["id"] in where.partition("=")[2].split(",")


grants = st.builds(
    lambda types, reach, labels: [
        Grant((type,), where=where, patients=reach, labels=labels) for type, where in types
    ],
    st.lists(
        st.sampled_from(TYPES).flatmap(
            lambda kind: st.tuples(
                st.just(kind), st.sampled_from(sorted(WHERE.get(kind, {"": ""})))
            )
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(sorted(REACH)),
    st.frozensets(st.sampled_from([*sorted(set(LABELS) - {"psychotherapy"}), "vip"]), max_size=4),
)
roles = st.builds(
    lambda parts, glass: Role(
        "x", "X", grants=tuple(grant for part in parts for grant in part), break_glass=glass
    ),
    st.lists(grants, min_size=1, max_size=3),
    st.booleans(),
)
some_patients = st.frozensets(st.sampled_from(sorted(PATIENTS)), max_size=2)

SEARCHES = st.sampled_from(
    [
        "Patient?gender:not=male",
        "Patient?_has:Observation:patient:status=final",
        "Patient?_has:Encounter:patient:service-provider=Organization/oa",
        "Patient?_has:Observation:patient:_security=HIV",
        "Patient?organization.name=practice",
        "Patient?_filter=not (gender eq male)",
        "Patient?_has:Appointment:patient:location.organization=Organization/ob",
        "Observation?patient.gender=female",
        "Observation?subject:Patient.organization.name=Practice",
        "Observation?_security=HIV,MH",
        "Observation?_security:not=HIV",
        "Observation?code:missing=true",
        "Observation?patient._has:Encounter:patient:practitioner=Practitioner/d1",
        "DocumentReference?_security:not=R",
        "DocumentReference?patient:Patient._id=here,there",
        "Encounter?patient.general-practitioner=Practitioner/d1",
        "Appointment?actor:Patient.gender:missing=true",
        "Organization?_has:Patient:organization:gender=female",
        "Practitioner?_has:DocumentReference:author:patient.gender=male",
        "?_id=here,there,plain-here,letter-vip",
        "?_type=Observation,Patient,DocumentReference&_lastUpdated=ge2000",
        "?_lastUpdated=ge2000",
    ]
)
INCLUDES = st.sampled_from(
    [
        "Observation?_include=Observation:patient",
        "Observation?_include=*&_include:iterate=Patient:organization",
        "Patient?_revinclude=Observation:patient&_revinclude=DocumentReference:patient",
        "Patient?_revinclude=*",
        "Encounter?_include=Encounter:patient&_revinclude:iterate=Observation:patient",
        "Organization?_revinclude=Patient:organization&_revinclude:iterate=Encounter:patient",
    ]
)


def reads(role: Role, resource: Json, facts: Facts) -> bool:
    """Whether any grant lets d1 see the resource, by the words of docs/explanation/access.md."""
    return any(_by(grant, role, resource, facts) for grant in role.grants)


def _by(grant: Grant, role: Role, resource: Json, facts: Facts) -> bool:
    if resource["resourceType"] not in grant.types or not holds(grant.where, resource):
        return False
    about = subject_of(resource)
    if not about:
        return grant.patients == ""
    glass = facts.glass if role.break_glass else frozenset()
    if about & (facts.guarded - glass):
        return False
    vips = {"vip", "my-vip"} - (set(PATIENTS) if "vip" in grant.labels else TREATED_BY_D1)
    if not about & ((REACH[grant.patients] - vips) | glass):
        return False
    if resource["resourceType"] == "Patient":
        return True
    labels = labels_of(resource)
    if "psychotherapy" in labels and not wrote(resource, "d1"):
        return False
    return not (labels - {"psychotherapy"} - grant.labels) or bool(about & glass)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(role=roles, guarded=some_patients, glass=some_patients, search=SEARCHES, include=INCLUDES)
def test_nothing_but_what_the_rules_say(
    ward: Ward,
    role: Role,
    guarded: frozenset[str],
    glass: frozenset[str],
    search: str,
    include: str,
) -> None:
    facts = Facts((role,), frozenset({"oa"}), frozenset({"la"}), glass, guarded, NOW)
    by = policy(D1, facts)
    allowed = {f"{one['resourceType']}/{one['id']}" for one in CAST if reads(role, one, facts)}
    for type in TYPES:
        found = {f"{type}/{id}" for id in ward.find(type, by)}
        assert found == {one for one in allowed if one.startswith(type + "/")}, type
    found = {f"{row[1]}/{row[2]}" for row in ward.rows(ward.parse(search), by)}
    assert found <= allowed, search
    included, _ = ward.included(include, by, at_most=1000)
    assert included <= allowed, include


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(role=roles, scopes=st.sets(st.sampled_from(
    ["user/Patient.rs", "user/*.s?_id=here,plain-here", "patient/*.rs", "openid", "system/Observation.s"]),
    min_size=1))  # fmt: skip
def test_scopes_never_add(ward: Ward, role: Role, scopes: set[str]) -> None:
    facts = Facts((role,), frozenset({"oa"}), frozenset({"la"}), now=NOW)
    whole = policy(D1, facts)
    narrowed = policy(replace(D1, scopes=frozenset(scopes), patient="mine"), facts)
    for type in TYPES:
        assert set(ward.find(type, narrowed)) <= set(ward.find(type, whole))


def test_the_oracle_knows_the_cast() -> None:
    assert {
        one["id"] for one in CAST if ref("Practitioner/d1") in one.get("generalPractitioner", ())
    } == {"mine"}
