"""What a variable of a rule stands for never changes what is asked."""

from __future__ import annotations

import pytest

from osler.access import Facts, Grant, Principal, Role, policy
from osler.access.variables import ids, rule
from osler.search.registry import Registry
from osler.search.tree import Nothing, OfPatients
from tests.access.world import Ward

REGISTRY = Registry.builtin()
EVIL = [
    "here,there",
    "here|there",
    "here&_id=there",
    "here%2Cthere",
    "here%",
    "*",
    "",
    " here",
    "here\n",
    "here'; DROP TABLE resource; --",
    "{organizations}",
    "../there",
    "ünicode",
    "x" * 65,
    "here\x00",
]


@pytest.mark.parametrize("evil", EVIL)
def test_what_is_no_id_is_no_value(ward: Ward, evil: str) -> None:
    role = Role("x", "X", grants=(Grant(("@demographics", "@clinical"), patients="@own"),))
    by = policy(Principal("x", roles=frozenset({"x"}), patient=evil), Facts((role,)))
    assert isinstance(by.where("Patient", "search"), Nothing)
    assert ward.find("Patient", by) == []


def test_bad_ids_are_left_out_beside_good_ones(ward: Ward) -> None:
    role = Role(
        "x",
        "X",
        grants=(
            Grant(
                ("Patient",), where="organization=Organization/{organizations}", labels=frozenset({"vip"})
            ),
        ),
    )  # fmt: skip
    known = Facts((role,), organizations=frozenset({"ob,oa", "oa|", "ob"}))
    by = policy(Principal("x", roles=frozenset({"x"})), known)
    assert set(ward.find("Patient", by)) == {
        "there", "visited", "mine", "team", "booked", "located"
    }  # fmt: skip


def test_an_id_that_looks_like_a_mark_is_only_an_id(ward: Ward) -> None:
    role = Role("x", "X", grants=(Grant(("Patient",), patients="@own"),))
    principal = Principal("x", roles=frozenset({"x"}), patient="osler.variable.organizations")
    by = policy(principal, Facts((role,), organizations=frozenset({"here"})))
    assert isinstance(by.where("Patient", "search"), OfPatients)
    assert ward.find("Patient", by) == []


def test_a_variable_without_a_value_makes_nothing_even_below_a_not() -> None:
    for text in (
        "general-practitioner=Practitioner/{me}",
        "_filter=not (general-practitioner eq Practitioner/{me})",
        "_id:not={patient}",
        "gender=male&_id={patient}",
        "_has:Encounter:patient:practitioner=Practitioner/{me}",
        "general-practitioner:Practitioner._id={me}",
    ):
        assert isinstance(rule("Patient", text, REGISTRY, ()), Nothing), text
        bound = rule("Patient", text, REGISTRY, (("me", ("d1",)), ("patient", ("p",))))
        assert not isinstance(bound, Nothing)
        assert "osler.variable" not in repr(bound)


def test_several_values_are_alternatives() -> None:
    node = rule(
        "Patient",
        "organization=Organization/{organizations},Organization/x",
        REGISTRY,
        (("organizations", ("a", "b")),),
    )
    assert [value.id for value in node.values] == ["a", "b", "x"]  # type: ignore[union-attr] # a Match


def test_who_is_another_kind_of_person_is_not_me() -> None:
    assert ids("a", "b,c", None, "b") == ("a", "b")
    role = Role(
        "x", "X", grants=(Grant(("Patient",), where="general-practitioner=Practitioner/{me}"),)
    )
    for person in ("Patient/d1", "RelatedPerson/d1", "d1", "Practitioner/", None):
        by = policy(Principal("x", roles=frozenset({"x"}), person=person), Facts((role,)))
        assert isinstance(by.where("Patient", "search"), Nothing), person
