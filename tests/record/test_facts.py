"""What the record knows of a caller at each request, and how policies change with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from osler.access import LOCAL, Facts
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import NotFound, OslerError
from osler.record import Delete, Record
from tests.record.cast import made, observation
from tests.record.staff import ANA, DESK, DOCTOR, OWN, STRANGER, person, practice, proxy, put, works

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def record(fresh_database: Database) -> Record:
    return practice(Record(fresh_database, base_url="http://localhost/fhir"))


def facts(record: Record, principal: object) -> Facts:
    granted = record._granted(principal)  # type: ignore[arg-type]
    assert granted.facts is not None
    return granted.facts


def sees(record: Record, principal: object, type: str, id: str) -> bool:
    try:
        record.read(principal, type, id)  # type: ignore[arg-type]
    except NotFound:
        return False
    return True


def test_local_needs_no_facts(record: Record) -> None:
    assert record._granted(LOCAL).facts is None


def test_organizations_are_those_of_active_roles_with_their_parts(record: Record) -> None:
    put(
        record,
        made(
            resourceType="Organization",
            id="ward",
            name="w",
            partOf={"reference": "Organization/clinic"},
        ),
        made(
            resourceType="Organization",
            id="bay",
            name="b",
            partOf={"reference": "Organization/ward"},
        ),
        made(resourceType="Location", id="room", name="r"),
        made(resourceType="Location", id="corner", name="c", partOf={"reference": "Location/room"}),
        works("dr", "other", active=False),
        works("house", "other", period={"start": "2026-01-01", "end": "2026-02-28"}),
        works("dr", "clinic", location=[{"reference": "Location/room"}]),
    )
    with clock.frozen(NOW):
        known = facts(record, OWN)
        assert known.organizations == {"clinic", "ward", "bay"}
        assert known.locations == {"room", "corner"}
        assert known.actors == {"PractitionerRole/dr-at-clinic"}
        assert facts(record, DOCTOR).organizations == {"clinic", "ward", "bay"}
    with clock.frozen(NOW - timedelta(days=30)):
        assert facts(record, DOCTOR).organizations == {"clinic", "ward", "bay", "other"}


def test_a_deleted_practitioner_role_is_no_fact(record: Record) -> None:
    record.commit(LOCAL, [Delete("PractitionerRole", "dr-at-clinic")])
    assert facts(record, OWN).organizations == frozenset()


def test_a_care_team_counts_where_a_consent_names_it(record: Record) -> None:
    team = {"resourceType": "CareTeam", "status": "active", "subject": {"reference": "Patient/ana"},
            "participant": [{"member": {"reference": "Practitioner/dr"}}]}  # fmt: skip
    put(record, made(id="team", **team), made(id="unnamed", **team))
    assert "CareTeam/team" not in facts(record, OWN).actors
    with record.database.connection() as conn:
        conn.execute(
            "INSERT INTO consent_rule VALUES ('c', 'ana', 0, NULL, 'permit', '{CareTeam/team}', '{}', '{}',"
            " '{}', '{}', '{}', '-infinity', 'infinity', '-infinity', 'infinity', '{CareTeam/team}')"
        )
    with clock.frozen(clock.now() + timedelta(seconds=1)):  # what is known is known for a second
        assert "CareTeam/team" in facts(record, OWN).actors
        assert "CareTeam/team" not in facts(record, DOCTOR).actors


def test_who_left_sees_nothing_more(record: Record) -> None:
    put(record, person("eve", generalPractitioner=[{"reference": "Organization/clinic"}]))
    assert sees(record, DOCTOR, "Patient", "eve")
    put(record, works("house", active=False))
    assert not sees(record, DOCTOR, "Patient", "eve")
    assert not sees(record, replace(DOCTOR, roles=frozenset()), "Patient", "eve")


def test_the_stranger_sees_nothing(record: Record) -> None:
    for type, id in (("Patient", "ana"), ("Observation", "ana-weight"), ("Organization", "clinic")):
        assert not sees(record, STRANGER, type, id)


def test_a_patient_sees_only_the_own_record(record: Record) -> None:
    assert sees(record, ANA, "Observation", "ana-weight")
    assert not sees(record, ANA, "Observation", "bob-weight")
    assert not sees(record, ANA, "Patient", "bob")


def test_a_proxy_ends_at_its_time_and_in_its_scope(record: Record) -> None:
    clinical = proxy(NOW, "clinical")
    with clock.frozen(NOW - timedelta(seconds=1)):
        assert sees(record, clinical, "Observation", "ana-weight")
        assert not sees(record, proxy(NOW, "scheduling"), "Observation", "ana-weight")
        assert not sees(record, clinical, "Observation", "bob-weight")
    with clock.frozen(NOW):
        assert not sees(record, clinical, "Observation", "ana-weight")
        assert not sees(record, clinical, "Patient", "ana")


# ---- own chart and family


GUARDED = replace(DOCTOR, own_patient="bob")


def test_the_own_chart_is_guarded(record: Record) -> None:
    assert sees(record, DOCTOR, "Observation", "bob-weight")
    assert not sees(record, GUARDED, "Observation", "bob-weight")
    assert sees(record, GUARDED, "Observation", "ana-weight")


def links(*targets: str) -> object:
    return made(
        resourceType="Person", id="link", link=[{"target": {"reference": one}} for one in targets]
    )


def test_family_is_who_shares_an_account_a_payer_or_a_relation(record: Record) -> None:
    put(record, *(person(id) for id in ("wife", "child", "uncle", "aunt", "twin", "friend")))
    patient = [{"reference": f"Patient/{id}"} for id in ("bob", "wife")]
    put(
        record,
        made(resourceType="Account", id="household", status="active", subject=patient),
        made(
            resourceType="Coverage", id="plan", status="active",
            subscriber={"reference": "Patient/bob"}, beneficiary={"reference": "Patient/child"},
            payor=[{"reference": "Organization/other"}],
        ),
        made(resourceType="RelatedPerson", id="bob-for-uncle", patient={"reference": "Patient/uncle"}),
        made(resourceType="RelatedPerson", id="aunt-of-bob", patient={"reference": "Patient/bob"}),
        person("twin", link=[{"other": {"reference": "Patient/bob"}, "type": "seealso"}]),
    )  # fmt: skip
    put(record, links("Patient/bob", "RelatedPerson/bob-for-uncle"))
    aunt = made(
        resourceType="Person",
        id="aunt",
        link=[{"target": {"reference": t}} for t in ("Patient/aunt", "RelatedPerson/aunt-of-bob")],
    )
    put(record, aunt)
    assert facts(record, GUARDED).guarded == {"bob", "wife", "child", "uncle", "aunt", "twin"}
    assert facts(record, DOCTOR).guarded == frozenset()
    assert not sees(record, GUARDED, "Patient", "wife")


def test_a_person_links_a_practitioner_to_the_own_chart(record: Record) -> None:
    put(record, links("Practitioner/house", "Patient/bob"))
    assert facts(record, DOCTOR).guarded == {"bob"}
    assert not sees(record, DOCTOR, "Patient", "bob")


def test_who_shares_a_guarantor_is_family(record: Record) -> None:
    put(record, person("cousin"), person("friend"))
    put(
        record,
        made(resourceType="RelatedPerson", id="payer", patient={"reference": "Patient/bob"}),
        *(
            made(
                resourceType="Account", id=f"of-{id}", status="active",
                subject=[{"reference": f"Patient/{id}"}],
                guarantor=[{"party": {"reference": "RelatedPerson/payer"}}],
            )
            for id in ("bob", "cousin")
        ),
    )  # fmt: skip
    assert facts(record, GUARDED).guarded == {"bob", "cousin"}


def test_a_deleted_link_guards_nobody(record: Record) -> None:
    put(record, links("Practitioner/house", "Patient/bob"))
    record.commit(LOCAL, [Delete("Person", "link")])
    assert facts(record, DOCTOR).guarded == frozenset()


# ---- the audit


def test_the_audit_names_the_usual_purpose(record: Record) -> None:
    record.read(DESK, "Patient", "ana")
    with record.database.connection() as conn:
        row = conn.execute("SELECT purpose FROM audit WHERE actor = 'desk'").fetchone()
    assert row == ("PATADMIN",)


def test_facts_and_reads_need_one_connection_at_a_time(fresh_database_url: str) -> None:
    single = Database(fresh_database_url, min_size=1, max_size=1, acquire_timeout_s=2.0)
    try:
        record = practice(Record(single))
        concept = {"system": "http://loinc.org", "concept": [{"code": "29463-7"}]}
        value_set = made(
            resourceType="ValueSet", id="vs", status="active", url="http://own.example/vs",
            compose={"include": [concept]},
        )  # fmt: skip
        put(record, value_set)
        from osler.access import Rule, RulePolicy
        from osler.search.parse import parse_where

        node = parse_where("Observation", "code:in=http://own.example/vs", record.registry)
        other = Record(single, policy_of=lambda _: RulePolicy([Rule("Observation", node)]))
        assert other.read(ANA, "Observation", "ana-weight").id == "ana-weight"
        assert other.history(ANA, "Observation", "ana-weight").total == 1
        put(record, observation("ana", "second"))
        assert sees(record, ANA, "Observation", "second")
        with pytest.raises(OslerError):
            record.break_glass(OWN, "bob", "too short"[:5])
    finally:
        single.close()
