"""Consents of patients: permit and deny with exceptions, period, actor, purpose, category; denial wins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osler.access import Facts, Grant, Principal, Role, policy, shipped
from osler.access.consent import ConsentRule, rules_of
from osler.access.policy import Rights
from osler.fhir.codec import decode
from osler.fhir.r4.consent import Consent
from osler.search.persons import label_keys
from tests.access.world import ACT, LABELS, Json, Ward, actor, consent

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TYPES = "http://hl7.org/fhir/resource-types"
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
D1 = Principal("account-1", person="Practitioner/d1", roles=frozenset({"physician"}))


@pytest.fixture
def clean(ward: Ward) -> Iterator[Ward]:
    """The ward without the consents of another test."""
    ward.forget_consents()
    yield ward
    ward.forget_consents()


def rules(content: Json) -> list[ConsentRule]:
    resource = decode(json.dumps(content).encode())
    assert isinstance(resource, Consent)
    return rules_of(resource)


def rights(principal: Principal = D1, code: str = "physician", **facts: Any) -> Rights:
    known = Facts((shipped()[code],), organizations=frozenset({"oa"}), now=NOW)
    return policy(replace(principal, roles=frozenset({code})), replace(known, **facts))


def seen(ward: Ward, by: Rights, of: str = "here") -> set[str]:
    found = ward.find(f"Observation?patient=Patient/{of}", by)
    return {id.removesuffix(f"-{of}") for id in found}


# ---- what a Consent says


def test_a_consent_of_another_kind_has_no_rules() -> None:
    deny = {"type": "deny"}
    assert len(rules(consent("c", "here", deny))) == 1
    assert rules(consent("c", "here", deny, status="draft")) == []
    assert rules(consent("c", "here", deny, status="inactive")) == []
    assert rules(consent("c", "here", deny, scope={"coding": [{"code": "research"}]})) == []
    assert rules({**consent("c", "here", deny), "patient": {"display": "Ana"}}) == []
    assert (
        rules(consent("c", "here", {**deny, "action": [{"coding": [{"code": "correct"}]}]})) == []
    )


def test_the_policy_rule_is_the_base() -> None:
    for code, effect in (
        ("OPTIN", "permit"),
        ("OPTOUT", "deny"),
        ("OPTOUTE", "deny"),
        ("x", "permit"),
    ):
        rule = {"coding": [{"system": ACT, "code": code}]}
        made = rules(consent("c", "here", {"provision": [{"actor": [actor("Practitioner/d1")]}]},
                             policyRule=rule))  # fmt: skip
        other = "deny" if effect == "permit" else "permit"
        assert [(one.node, one.parent, one.effect) for one in made] == [
            (0, None, effect),
            (1, 0, other),
        ]


def test_every_limit_becomes_a_column() -> None:
    provision = {
        "type": "deny",
        "period": {"start": "2026-01", "end": "2026-03-31"},
        "actor": [actor("Practitioner/d1"), {"role": {"coding": [
            {"system": "urn:osler:role", "code": "nurse"}]}, "reference": {"display": "Nurses"}}],
        "purpose": [{"system": REASON, "code": "HPAYMT"}],
        "securityLabel": [{"system": ACT, "code": "HIV"}],
        "class": [{"system": TYPES, "code": "Observation"}],
        "dataPeriod": {"start": "2020"},
        "data": [{"meaning": "instance", "reference": {"reference": "Observation/1"}}],
    }  # fmt: skip
    (rule,) = rules(consent("c", "here", provision))
    assert rule.actors == ("Practitioner/d1", "role:nurse")
    assert (rule.purposes, rule.types) == (("HPAYMT",), ("Observation",))
    assert rule.labels == label_keys(((ACT, "HIV"),))
    assert (rule.low, rule.high) == ("2026-01-01 00:00:00+00:00", "2026-04-01 00:00:00+00:00")
    assert (rule.data_low, rule.data_high) == ("2020-01-01 00:00:00+00:00", "infinity")
    assert rule.resources == ("Observation/1",)


def test_what_is_not_understood_counts_against_access() -> None:
    strange: Json = {"class": [{"system": "urn:elsewhere", "code": "x"}]}
    (denied,) = rules(consent("c", "here", {"type": "deny", **strange}))
    assert denied.types == ()
    assert rules(consent("c", "here", {"type": "permit", **strange})) == []
    inner = {"type": "deny", "actor": [actor("Practitioner/d1")]}
    (still,) = rules(consent("c", "here", {"type": "permit", **strange, "provision": [inner]}))
    assert (still.effect, still.parent, still.actors) == ("deny", None, ("Practitioner/d1",))
    (known,) = rules(consent("c", "here", {"type": "permit", "class": [
        {"system": "urn:elsewhere", "code": "x"}, {"system": TYPES, "code": "Observation"}]}))  # fmt: skip
    assert known.types == ("Observation",)


def test_an_exception_holds_within_what_is_around_it() -> None:
    inner = {"class": [{"system": TYPES, "code": "Condition"}]}
    outer = {"class": [{"system": TYPES, "code": "Observation"}]}
    made = rules(
        consent("c", "here", {"type": "deny", **outer, "provision": [{"type": "permit", **inner}]})
    )
    assert [one.effect for one in made] == ["deny"]
    period = {"period": {"start": "2026", "end": "2026"}}
    made = rules(consent("c", "here", {"type": "deny", **period, "provision": [
        {"type": "permit", "purpose": [{"code": "ETREAT"}]}]}))  # fmt: skip
    assert made[1].low == made[0].low == "2026-01-01 00:00:00+00:00"


# ---- what it does


def test_a_denied_practitioner_sees_who_the_patient_is_and_nothing_else(clean: Ward) -> None:
    assert "plain" in seen(clean, rights())
    clean.admit(consent("c", "here", {"type": "deny", "actor": [actor("Practitioner/d1")]}))
    assert seen(clean, rights()) == set()
    assert "here" in clean.find("Patient", rights())
    assert clean.find("Consent", rights()) == ["c"]
    colleague = replace(D1, person="Practitioner/d9")
    assert "plain" in seen(clean, rights(colleague))
    assert "plain" in seen(clean, rights(), of="free")


def test_a_denial_that_names_the_patient_resource_hides_it(clean: Ward) -> None:
    provision = {"type": "deny", "class": [{"system": TYPES, "code": "Patient"}]}
    clean.admit(consent("c", "here", provision))
    assert "here" not in clean.find("Patient", rights())
    assert "plain" in seen(clean, rights())


def test_exceptions_and_exceptions_of_exceptions(clean: Ward) -> None:
    clean.admit(consent("c", "here", {
        "type": "deny", "actor": [actor("Organization/oa")],
        "provision": [{
            "type": "permit", "actor": [actor("Practitioner/d1")],
            "provision": [{"type": "deny", "securityLabel": [{"system": ACT, "code": "HIV"}]}],
        }],
    }))  # fmt: skip
    assert seen(clean, rights()) >= {"plain", "reproductive"}
    assert "hiv" not in seen(clean, rights())
    assert seen(clean, rights(replace(D1, person="Practitioner/d9"))) == set()


def test_the_exception_of_one_consent_is_none_of_another(clean: Ward) -> None:
    one = {"type": "deny", "provision": [{"type": "permit", "actor": [actor("Practitioner/d1")]}]}
    clean.admit(consent("a", "here", one))
    assert "plain" in seen(clean, rights())
    clean.admit(consent("b", "here", {"type": "permit"}))
    assert "plain" in seen(clean, rights())
    clean.admit(consent("c", "here", {"type": "deny", "actor": [actor("Organization/oa")]}))
    assert seen(clean, rights()) == set()


@pytest.mark.parametrize(
    ("period", "denied"),
    [
        ({"end": "2026-03"}, True),
        ({"end": "2026-03-01"}, True),
        ({"end": "2026-02-28"}, False),
        ({"start": "2026-03-02"}, False),
        ({"start": "2026-03-01T12:00:00Z"}, True),
        ({"start": "2026-03-01T12:00:01Z"}, False),
    ],
)
def test_a_period(clean: Ward, period: Json, denied: bool) -> None:
    clean.admit(consent("c", "here", {"type": "deny", "period": period}))
    assert (seen(clean, rights()) == set()) is denied


def test_a_purpose_and_its_kinds(clean: Ward) -> None:
    provision = {"type": "deny", "purpose": [{"system": REASON, "code": "HOPERAT"}]}
    clean.admit(consent("c", "here", provision))
    assert "plain" in seen(clean, rights())
    assert seen(clean, rights(replace(D1, purpose="HOPERAT"))) == set()
    desk = rights(replace(D1, person=None), "front-desk")  # patient administration is operations
    assert "here" in clean.find("Patient", desk)
    clean.admit({"resourceType": "Account", "id": "acc", "status": "active",
                 "subject": [{"reference": "Patient/here"}]})  # fmt: skip
    assert clean.find("Account", desk) == []
    assert clean.find("Account", rights()) == ["acc"]


def test_by_type_code_and_date(clean: Ward) -> None:
    by_type = {"type": "deny", "class": [{"system": TYPES, "code": "DocumentReference"}]}
    clean.admit(consent("a", "here", by_type))
    assert "plain" in seen(clean, rights())
    assert clean.find("DocumentReference?patient=Patient/here", rights()) == []
    weight = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    other = {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]}
    clean.admit(consent("b", "here", {"type": "deny", "code": [other]}))
    assert "plain" in seen(clean, rights())
    clean.admit(
        consent("c", "here", {"type": "deny", "code": [weight], "dataPeriod": {"end": "2023"}})
    )
    assert "plain" in seen(clean, rights())
    clean.admit(
        consent("d", "here", {"type": "deny", "code": [weight], "dataPeriod": {"end": "2024"}})
    )
    assert seen(clean, rights()) == set()


def test_broken_glass_and_the_patients_own_eyes(clean: Ward) -> None:
    clean.admit(consent("c", "here", {"type": "deny"}))
    assert seen(clean, rights()) == set()
    assert "plain" in seen(clean, rights(glass=frozenset({"here"})))
    ana = Principal("ana", patient="here", person="Patient/here")
    assert "plain" in seen(clean, rights(ana, "patient"))


def test_a_consent_against_a_proxy(clean: Ward) -> None:
    from osler.access import ProxyScope

    mum = Principal("mum", patient="here", person="RelatedPerson/mum",
                    proxy=ProxyScope(frozenset({"clinical"})))  # fmt: skip
    assert seen(clean, rights(mum, "proxy")) == {"plain"}
    clean.admit(consent("c", "here", {"type": "deny", "actor": [actor("RelatedPerson/mum")]}))
    assert seen(clean, rights(mum, "proxy")) == set()
    assert "plain" in seen(clean, rights())


def test_a_permission_that_names_a_label_opens_it(clean: Ward) -> None:
    assistant = replace(D1, person="Practitioner/m1")
    assert "substance-use" not in seen(clean, rights(assistant, "medical-assistant"))
    clean.admit(consent("a", "here", {"type": "permit"}))  # names no label
    assert "substance-use" not in seen(clean, rights(assistant, "medical-assistant"))
    label = {"securityLabel": [dict(zip(("system", "code"), LABELS["substance-use"], strict=True))]}
    clean.admit(
        consent("b", "here", {"type": "permit", "actor": [actor("Practitioner/m1")], **label})
    )
    found = seen(clean, rights(assistant, "medical-assistant"))
    assert "substance-use" in found and "mental-health" not in found
    assert "substance-use" not in seen(clean, rights(D1, "medical-assistant"))


# ---- any consent against a naive reading of it


ACTORS = ("Practitioner/d1", "Organization/oa", "Practitioner/d9", "role:tester")
LABELLED = ("hiv", "adolescent", "substance-use")
ABOUT = ("Observation", "DocumentReference")


def limits() -> st.SearchStrategy[Json]:
    def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
        return st.lists(st.sampled_from(values), max_size=2, unique=True)

    return st.fixed_dictionaries(
        {"actors": some(ACTORS), "labels": some(LABELLED), "types": some(ABOUT),
         "purposes": some(("TREAT", "ETREAT", "HPAYMT"))}
    )  # fmt: skip


def provisions(depth: int) -> st.SearchStrategy[Json]:
    inner = st.lists(provisions(depth - 1), max_size=2) if depth else st.just([])
    return st.builds(
        lambda effect, own, inside: {"type": effect, "limits": own, "inside": inside},
        st.sampled_from(("permit", "deny")), limits(), inner,
    )  # fmt: skip


def written(provision: Json) -> Json:
    """The provision as FHIR has it."""
    own = provision["limits"]
    made: Json = {"type": provision["type"]}
    if own["actors"]:
        made["actor"] = [
            actor(one) if "/" in one else {"role": {"coding": [{"system": "urn:osler:role",
            "code": "tester"}]}, "reference": {"display": "testers"}} for one in own["actors"]
        ]  # fmt: skip
    if own["labels"]:
        made["securityLabel"] = [
            {"system": LABELS[one][0], "code": LABELS[one][1]} for one in own["labels"]
        ]
    if own["types"]:
        made["class"] = [{"system": TYPES, "code": one} for one in own["types"]]
    if own["purposes"]:
        made["purpose"] = [{"code": one} for one in own["purposes"]]
    if provision["inside"]:
        made["provision"] = [written(one) for one in provision["inside"]]
    return made


def fits(
    provision: Json, caller: set[str], purposes: set[str], type: str, labels: set[str]
) -> bool:
    own = provision["limits"]
    return all(
        not own[name] or set(own[name]) & have
        for name, have in (("actors", caller), ("labels", labels), ("types", {type}), ("purposes", purposes))
    )  # fmt: skip


def denied(provision: Json, *asked: Any) -> bool:
    """Whether the provision, or an exception inside it, denies; each only within what is around it."""
    if not fits(provision, *asked):
        return False
    excepted = any(
        one["type"] != provision["type"] and fits(one, *asked) for one in provision["inside"]
    )
    here = provision["type"] == "deny" and not excepted
    return here or any(denied(one, *asked) for one in provision["inside"])


def deep(provision: Json) -> int:
    return 1 + max((deep(one) for one in provision["inside"]), default=-1)


TESTER = Role(
    "tester", "T", purposes=("TREAT", "HPAYMT", "ETREAT"),
    grants=(Grant(("Observation", "DocumentReference"), labels=frozenset(set(LABELS) - {"psychotherapy"})),),
)  # fmt: skip


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    found=st.lists(provisions(2), min_size=1, max_size=2),
    organization=st.booleans(),
    purpose=st.sampled_from(("TREAT", "HPAYMT", "ETREAT")),
)
def test_any_consent_denies_what_it_says(
    ward: Ward, found: list[Json], organization: bool, purpose: str
) -> None:
    ward.forget_consents()
    for at, provision in enumerate(found):
        ward.admit(consent(f"c{at}", "here", written(provision)))
    organizations = frozenset({"oa"} if organization else ())
    by = policy(replace(D1, roles=frozenset({"tester"}), purpose=purpose),
                Facts((TESTER,), organizations=organizations, now=NOW))  # fmt: skip
    caller = {"Practitioner/d1", "role:tester"} | ({"Organization/oa"} if organization else set())
    purposes = {"TREAT", "ETREAT"} if purpose == "ETREAT" else {purpose}
    observed = seen(ward, by)
    letters = set(ward.find("DocumentReference?patient=Patient/here", by))
    exact = all(deep(one) <= 1 for one in found)
    for label in (*LABELLED, "plain"):
        labels = {label} - {"plain"}
        expected = any(denied(one, caller, purposes, "Observation", labels) for one in found)
        assert label not in observed or not expected, (label, found)
        assert not exact or expected is (label not in observed), (label, found)
    hidden = any(denied(one, caller, purposes, "DocumentReference", set()) for one in found)
    assert "letter-here" not in letters or not hidden
    assert not exact or hidden is ("letter-here" not in letters)
    assert "plain" in seen(ward, by, of="free")
    ward.forget_consents()
