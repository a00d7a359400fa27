"""What shipped roles see of a record that two organizations share: reach, labels, VIPs, guards, broken glass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql

from osler.access import Facts, Grant, Principal, ProxyScope, Role, policy, shipped
from osler.access.policy import Rights
from osler.search import compile as compiler
from osler.search.tree import Everything, Nothing
from tests.access.world import PATIENTS, SEEN_BY_D1, TREATED_BY_D1, Ward, appointment, encounter

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
D1 = Principal("account-1", person="Practitioner/d1", roles=frozenset({"physician"}))
ALL = set(PATIENTS)


def rights(code: str = "physician", principal: Principal = D1, **facts: object) -> Rights:
    """The policy of a principal in one shipped role at organization oa."""
    known = Facts((shipped()[code],), organizations=frozenset({"oa"}), now=NOW)
    return policy(
        replace(principal, roles=frozenset({code})),
        replace(known, **facts),  # type: ignore[arg-type] # the fields of Facts
    )


def patients(ward: Ward, by: Rights) -> set[str]:
    return set(ward.find("Patient", by))


def observations(ward: Ward, by: Rights, of: str) -> set[str]:
    found = ward.find(f"Observation?patient=Patient/{of}", by)
    return {id.removesuffix(f"-{of}") for id in found}


# ---- whose


def test_a_physician_sees_the_patients_of_the_organization(ward: Ward) -> None:
    assert patients(ward, rights()) == SEEN_BY_D1


def test_each_of_two_organizations_sees_its_own(ward: Ward) -> None:
    elsewhere = rights(principal=replace(D1, person="Practitioner/d2"),
                       organizations=frozenset({"ob"}))  # fmt: skip
    assert patients(ward, elsewhere) == {
        "there", "free", "visited", "mine", "team", "booked", "located"
    }  # fmt: skip


def test_by_own_patients_only(ward: Ward) -> None:
    own = rights("physician-own-patients")
    for type in ("Observation", "DocumentReference"):
        found = {
            one.split("-", 1)[1]
            for one in ward.find(type, own)
            if one.startswith(("plain", "letter"))
        }
        assert found == TREATED_BY_D1, type
    assert patients(ward, own) == SEEN_BY_D1  # whom the practice has, to take one on


def test_without_an_organization_only_patients_of_none(ward: Ward) -> None:
    stranger = replace(D1, person="Practitioner/d3")
    assert patients(ward, rights(principal=stranger, organizations=frozenset())) == {"free"}


def test_who_is_no_practitioner_is_scoped_by_organization(ward: Ward) -> None:
    nobody = replace(D1, person=None)
    expected = {"here", "free", "visited", "located"}
    assert patients(ward, rights("front-desk", nobody)) == expected


def test_by_location(ward: Ward) -> None:
    role = Role("x", "X", grants=(Grant(("Patient", "Observation"), patients="@location"),))
    by = policy(
        replace(D1, roles=frozenset({"x"})), Facts((role,), locations=frozenset({"la"}), now=NOW)
    )
    assert patients(ward, by) == {"located"}
    assert observations(ward, by, "located") == {"plain"}


def test_by_a_search_of_patients(ward: Ward) -> None:
    role = Role("x", "X", grants=(Grant(("@demographics", "@clinical"), patients="gender=female"),))
    by = policy(replace(D1, roles=frozenset({"x"})), Facts((role,), now=NOW))
    assert patients(ward, by) == {"here", "free"}
    assert observations(ward, by, "here") == {"plain"}
    assert observations(ward, by, "there") == set()


def test_an_unknown_role_and_an_unknown_rule_allow_nothing(ward: Ward) -> None:
    assert patients(ward, policy(replace(D1, roles=frozenset({"emperor"})))) == set()
    for grant in (
        Grant(("Patient",), where="nonsense=1"),
        Grant(("Patient",), patients="@moon"),
        Grant(("Patient",), where="_id={whoever}"),
        Grant(("Patient",), needs="luck"),
    ):
        role = Role("x", "X", grants=(grant,))
        by = policy(replace(D1, roles=frozenset({"x"})), Facts((role,), now=NOW))
        assert isinstance(by.where("Patient", "search"), Nothing), grant


def test_the_operator_sees_everything() -> None:
    local = policy(Principal("local", roles=frozenset({"local"})))
    assert isinstance(local.where("Observation", "delete"), Everything)


# ---- labels


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("physician", {"plain", "substance-use", "hiv", "reproductive", "adolescent", "mental-health", "restricted"}),
        ("nurse", {"plain", "substance-use", "hiv", "reproductive", "adolescent", "mental-health", "restricted"}),
        ("medical-assistant", {"plain", "hiv", "reproductive", "adolescent"}),
        ("front-desk", set()),
        ("biller", set()),
        ("practice-admin", set()),
        ("privacy-officer", set()),
        ("system-admin", set()),
    ],
)  # fmt: skip
def test_sensitive_categories_by_role(ward: Ward, role: str, expected: set[str]) -> None:
    assert observations(ward, rights(role), "here") == expected


def test_psychotherapy_notes_are_their_authors(ward: Ward) -> None:
    for code in ("physician", "nurse"):
        found = ward.find("DocumentReference?patient=Patient/here", rights(code))
        assert set(found) == {"letter-here", "therapy-1-here"}
    glass = rights(glass=frozenset({"here"}))
    assert "therapy-2-here" not in ward.find("DocumentReference?patient=Patient/here", glass)
    ana = Principal("ana", patient="here", person="Patient/here")
    own = ward.find("DocumentReference", rights("patient", ana, organizations=frozenset()))
    assert own == ["letter-here"]


# ---- VIPs, own record, family, broken glass


def test_a_vip_is_seen_by_those_who_treat_them(ward: Ward) -> None:
    assert observations(ward, rights(), "vip") == set()
    assert "plain" in observations(ward, rights(), "my-vip")
    assert patients(ward, rights("front-desk")) & {"vip", "my-vip"} == {"my-vip"}


def test_a_grant_for_every_patient_leaves_out_vips_too(ward: Ward) -> None:
    role = Role(
        "x",
        "X",
        grants=(
            Grant(
                ("Patient", "Observation", "Appointment"),
            ),
        ),
    )
    by = policy(replace(D1, roles=frozenset({"x"})), Facts((role,), now=NOW))
    assert patients(ward, by) == ALL - {"vip"}
    assert observations(ward, by, "vip") == set()
    assert len(ward.find("Appointment", by)) == 3
    opened = replace(role, grants=(replace(role.grants[0], labels=frozenset({"vip"})),))
    by = policy(replace(D1, roles=frozenset({"x"})), Facts((opened,), now=NOW))
    assert patients(ward, by) == ALL


def test_the_own_chart_and_the_familys_are_closed(ward: Ward) -> None:
    own = replace(D1, own_patient="here")
    by = rights(principal=own, guarded=frozenset({"mine"}))
    assert patients(ward, by) == SEEN_BY_D1 - {"here", "mine"}
    assert observations(ward, by, "here") == observations(ward, by, "mine") == set()


def test_broken_glass_opens_the_familys_chart_and_never_the_own(ward: Ward) -> None:
    own = replace(D1, own_patient="here")
    guarded, glass = frozenset({"here", "mine"}), frozenset({"here", "mine"})
    by = rights(principal=own, guarded=guarded, glass=glass)
    assert patients(ward, by) == SEEN_BY_D1 - {"here"}
    assert "plain" in observations(ward, by, "mine")


def test_broken_glass_opens_one_chart_for_reading(ward: Ward) -> None:
    by = rights(glass=frozenset({"there", "vip"}))
    assert patients(ward, by) == SEEN_BY_D1 | {"there", "vip"}
    assert "hiv" in observations(ward, by, "there")
    assert "plain" in observations(ward, by, "vip")
    writing = by.where("Observation", "update")
    assert writing == rights().where("Observation", "update")


def test_broken_glass_stays_within_the_role(ward: Ward) -> None:
    glass = frozenset({"there"})
    assert "there" not in patients(ward, rights("front-desk", glass=glass))
    assert isinstance(rights("nurse", glass=glass).where("Claim", "search"), Nothing)
    closed = rights("nurse", glass=frozenset({"there"}))
    assert "substance-use" in observations(ward, closed, "there")


# ---- patients and proxies


ANA = Principal("ana", patient="here", person="Patient/here")


def test_a_patient_sees_the_own_record_and_nothing_else(ward: Ward) -> None:
    by = rights("patient", ANA, organizations=frozenset())
    assert patients(ward, by) == {"here"}
    assert observations(ward, by, "here") == {
        "plain", "substance-use", "hiv", "reproductive", "adolescent", "mental-health", "restricted"
    }  # fmt: skip
    for type in ("Observation", "DocumentReference", "Encounter", "Appointment", "CareTeam"):
        assert all(id.endswith("-here") for id in ward.find(type, by)), type


def proxy(*categories: str, until: datetime | None = None) -> Principal:
    scope = ProxyScope(frozenset(categories), until)
    return Principal(
        "mum", patient="here", person="RelatedPerson/mum", on_behalf_of="Patient/here", proxy=scope
    )


def test_a_proxy_sees_what_was_agreed_and_nothing_sensitive(ward: Ward) -> None:
    by = rights("proxy", proxy("clinical"), organizations=frozenset())
    assert patients(ward, by) == {"here"}
    assert observations(ward, by, "here") == {"plain"}
    assert isinstance(by.where("Claim", "search"), Nothing)
    assert isinstance(by.where("Appointment", "search"), Nothing)
    by = rights("proxy", proxy("billing", "scheduling"), organizations=frozenset())
    assert isinstance(by.where("Observation", "search"), Nothing)
    assert not isinstance(by.where("Claim", "search"), Nothing)


def test_a_proxy_ends_on_the_day(ward: Ward) -> None:
    before = proxy("clinical", until=NOW + timedelta(seconds=1))
    assert patients(ward, rights("proxy", before)) == {"here"}
    for until in (NOW, NOW - timedelta(days=1)):
        ended = rights("proxy", proxy("clinical", until=until))
        assert all(
            isinstance(ended.where(t, "search"), Nothing) for t in ("Patient", "Observation")
        )


def test_a_proxy_with_the_role_of_a_patient_is_no_patient(ward: Ward) -> None:
    assert isinstance(rights("patient", proxy("clinical")).where("Observation", "search"), Nothing)
    without = rights("proxy", replace(ANA, person="RelatedPerson/mum"))
    assert isinstance(without.where("Observation", "search"), Nothing)


# ---- purposes and scopes


def test_a_purpose_must_be_one_of_the_roles() -> None:
    for purpose, allowed in (("TREAT", True), ("HMARKT", False), ("BTG", False), ("", False)):
        by = rights(principal=replace(D1, purpose=purpose))
        assert isinstance(by.where("Observation", "search"), Nothing) is not allowed
    broken = rights(principal=replace(D1, purpose="BTG"), glass=frozenset({"there"}))
    assert not isinstance(broken.where("Observation", "search"), Nothing)


def test_a_grant_for_a_purpose() -> None:
    role = Role(
        "x", "X", purposes=("HPAYMT", "ETREAT"), grants=(Grant(("Claim",), purposes=("TREAT",)),)
    )
    for purpose, allowed in ((None, False), ("HPAYMT", False), ("ETREAT", True)):
        by = policy(
            Principal("x", roles=frozenset({"x"}), purpose=purpose), Facts((role,), now=NOW)
        )
        assert isinstance(by.where("Claim", "search"), Everything | Nothing) is not allowed


def test_scopes_narrow(ward: Ward) -> None:
    def scoped(*scopes: str, code: str = "physician", who: Principal = D1) -> Rights:
        return rights(code, replace(who, scopes=frozenset(scopes)))

    assert patients(ward, scoped("user/Patient.rs")) == SEEN_BY_D1
    assert isinstance(scoped("user/Patient.rs").where("Observation", "search"), Nothing)
    assert isinstance(scoped("user/*.r").where("Patient", "search"), Nothing)
    assert isinstance(scoped("user/*.read").where("Patient", "create"), Nothing)
    assert isinstance(scoped("openid").where("Patient", "read"), Nothing)
    assert isinstance(scoped("user/Patient.sr").where("Patient", "read"), Nothing)  # wrong order
    assert patients(ward, scoped("user/Patient.s?gender=female")) == {"here", "free"}
    assert isinstance(scoped("user/Patient.s?gendre=x").where("Patient", "search"), Nothing)
    assert isinstance(scoped("user/Patient.s?_id={me}").where("Patient", "search"), Nothing)
    assert patients(ward, scoped("patient/*.rs", who=replace(D1, patient="mine"))) == {"mine"}
    assert patients(ward, scoped("patient/*.rs")) == set()


def test_an_integration_does_what_its_scopes_name(ward: Ward) -> None:
    program = Principal("lab-feed")
    assert isinstance(rights("integration", program).where("Observation", "search"), Nothing)
    by = rights("integration", replace(program, scopes=frozenset({"system/Observation.cs"})))
    assert observations(ward, by, "vip") == {"plain"}
    assert isinstance(by.where("Observation", "delete"), Nothing)
    assert isinstance(by.where("Patient", "search"), Nothing)


# ---- several roles


def test_an_element_is_hidden_unless_a_grant_shows_it_of_the_same() -> None:
    shown = Grant(("Patient",), patients="@organization")
    hidden = replace(shown, hidden=("Patient.photo",))
    narrow = replace(shown, patients="@care-team")

    def photo(*grants: Grant) -> frozenset[str]:
        role = Role("x", "X", grants=grants)
        known = Facts((role,), organizations=frozenset({"oa"}), now=NOW)
        return policy(replace(D1, roles=frozenset({"x"})), known).hidden("Patient")

    assert photo(shown) == frozenset()
    assert photo(hidden) == photo(hidden, hidden) == {"photo"}
    assert photo(hidden, shown) == photo(shown, hidden) == frozenset()
    assert photo(hidden, replace(shown, patients="")) == frozenset()
    assert photo(hidden, narrow) == {"photo"}  # others' patients would show it too
    assert photo(replace(hidden, labels=frozenset({"hiv"})), shown) == {"photo"}
    assert photo(hidden, replace(shown, interactions=frozenset({"create"}))) == {"photo"}


def test_readonly_elements() -> None:
    assert "birthDate" in rights("patient", ANA).readonly("Patient")
    assert rights("physician").readonly("Patient") == frozenset()


def test_rules_say_why(ward: Ward) -> None:
    rules = rights().rules("Observation", "read")
    assert len(rules) == 1
    assert rules[0].text.startswith("Physician: See, add and change demographic data")
    assert rights().rules("AuditEvent", "read") == ()


def test_no_relation_is_made_by_the_write_that_needs_it(ward: Ward) -> None:
    """A physician who may not see a patient cannot come to see one by writing an encounter."""
    by = rights()
    with ward.database.connection() as conn:
        for content in (
            encounter("claimed", "there", "oa", "d1"),
            appointment("grabbed", "Patient/vip", "Practitioner/d1"),
        ):
            with conn.transaction(force_rollback=True):
                ward._add(conn, content, deleted=False)
                type, id = content["resourceType"], content["id"]
                allowed = compiler.condition(by.where(type, "create"), type, "r", by)
                asked = sql.SQL(
                    "SELECT id FROM resource r WHERE type = {} AND id = {} AND {}"
                ).format(sql.Literal(type), sql.Literal(id), allowed)
                assert conn.execute(asked).fetchall() == []
    assert "there" not in patients(ward, by)


def test_two_roles_see_what_either_sees() -> None:
    both = Facts((shipped()["nurse"], shipped()["front-desk"]), frozenset({"oa"}), now=NOW)
    by = policy(replace(D1, roles=frozenset({"nurse", "front-desk"})), both)
    assert rights("front-desk").hidden("Appointment") >= {"reasonCode"}
    assert by.hidden("Appointment") == frozenset()
    assert len(by.rules("Appointment", "read")) == 3
