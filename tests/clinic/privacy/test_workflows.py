"""Amendments, restrictions, confidential communications, disclosures, reviews, breaches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.privacy import (
    amendments,
    breaches,
    confidential,
    desk,
    disclosures,
    requests,
    restrictions,
    reviews,
)
from osler.clinic.privacy.codes import Clock, Kind
from osler.clinic.privacy.disclosures import Disclosure
from osler.clinic.privacy.restrictions import Restriction
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid
from osler.record import Create, Record, Update
from tests.record.cast import observation, patient

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_nine() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def _ask(record: Record, kind: Kind, ana: str, focus: str | None = None) -> str:
    return requests.receive(record, LOCAL, kind, ana, "Please do", focus=focus)


# ---- amendments


def test_an_accepted_amendment_is_linked_and_the_original_stays(
    record: Record, ana: str, weight: str
) -> None:
    id = _ask(record, Kind.AMENDMENT, ana, weight)
    logical = weight.removeprefix("Observation/")
    changed = observation(ana, logical, status="corrected")
    record.commit(LOCAL, [Update(changed)])
    amendments.accept(record, LOCAL, id, "Weighed with shoes on", changed=f"{weight}/_history/2")
    found = desk.case(record, LOCAL, id)
    assert found.task.focus is not None
    assert found.task.focus.reference == f"{weight}/_history/1"
    assert b'"final"' in record.vread(LOCAL, "Observation", logical, 1).content
    (note,) = amendments.appended(record, LOCAL, weight)
    assert (note.payload or [])[0].contentString == "Weighed with shoes on"
    assert (note.basedOn or [])[0].reference == f"Task/{id}"


def test_a_denial_carries_the_disagreement_and_the_rebuttal(
    record: Record, ana: str, weight: str
) -> None:
    id = _ask(record, Kind.AMENDMENT, ana, weight)
    with pytest.raises(Conflict, match="denial"):
        amendments.disagree(record, LOCAL, id, "too early")
    requests.deny(record, LOCAL, id, "The entry is accurate and complete")
    with pytest.raises(Conflict, match="no statement"):
        amendments.rebut(record, LOCAL, id, "nothing to answer")
    amendments.disagree(record, LOCAL, id, "It is not: the scale was broken")
    with clock.frozen(NOW + timedelta(hours=1)):
        amendments.rebut(record, LOCAL, id, "The scale was checked that morning")
    notes = amendments.appended(record, LOCAL, weight)
    assert [
        (one.category or [])[0].coding[0].code for one in notes if (one.category or [])[0].coding
    ] == [
        "disagreement",
        "rebuttal",
    ]


def test_an_amendment_needs_what_it_amends(record: Record, ana: str) -> None:
    with pytest.raises(Exception, match="no Observation/nothing"):
        _ask(record, Kind.AMENDMENT, ana, "Observation/nothing")
    me = Principal(id="me", roles=frozenset({"patient"}), person=f"Patient/{ana}", patient=ana)
    with pytest.raises(Invalid, match="needs the part"):
        requests.receive(record, me, Kind.AMENDMENT, ana, "Something is wrong")


def test_an_amendment_is_not_granted_by_a_note_alone(record: Record, ana: str, weight: str) -> None:
    id = _ask(record, Kind.AMENDMENT, ana, weight)
    with pytest.raises(Conflict, match="own step"):
        requests.grant(record, LOCAL, id, "done")


# ---- restrictions, confidential communications


def test_an_agreed_restriction_is_a_consent_that_denies(record: Record, ana: str) -> None:
    id = _ask(record, Kind.RESTRICTION, ana)
    consent_id = restrictions.agree(
        record, LOCAL, id, Restriction(purposes=("HPAYMT",)), "Paid out of pocket on March 2"
    )
    consent = decode(record.read(LOCAL, "Consent", consent_id).content)
    assert isinstance(consent, r4.Consent)
    assert consent.provision is not None
    assert consent.provision.type == "deny"
    assert [one.code for one in consent.provision.purpose or []] == ["HPAYMT"]
    assert desk.case(record, LOCAL, id).task.status == "completed"


def test_a_restriction_of_everything_to_everybody_is_refused(record: Record, ana: str) -> None:
    id = _ask(record, Kind.RESTRICTION, ana)
    with pytest.raises(Invalid, match="Say what is restricted"):
        restrictions.agree(record, LOCAL, id, Restriction(), "all of it")
    assert desk.case(record, LOCAL, id).is_open


def test_confidential_communications_are_shown_while_they_last(record: Record, ana: str) -> None:
    id = _ask(record, Kind.CONFIDENTIAL, ana)
    flag_id = confidential.accommodate(record, LOCAL, id, "Letters to the office, no calls home")
    assert confidential.instructions(record, LOCAL, ana) == ["Letters to the office, no calls home"]
    flag = decode(record.read(LOCAL, "Flag", flag_id).content)
    assert isinstance(flag, r4.Flag)
    flag.status = "inactive"
    record.commit(LOCAL, [Update(flag)])
    assert confidential.instructions(record, LOCAL, ana) == []


# ---- disclosures


def _disclosure(days_ago: int = 1, purpose: str = "PUBHLTH", **more: object) -> Disclosure:
    return Disclosure(
        at=NOW - timedelta(days=days_ago),
        recipient="State registry",
        address="1 Capitol Square",
        what="Immunizations",
        purpose=purpose,
        why="Required by state law",
        by="Front desk",
        **more,  # type: ignore[arg-type]
    )


def test_an_accounting_has_what_the_rule_asks_for(record: Record, ana: str) -> None:
    disclosures.disclose(record, LOCAL, ana, _disclosure())
    (one,) = disclosures.accounting(record, LOCAL, ana)
    assert one == _disclosure()


def test_routine_disclosures_are_listed_only_when_asked_for(record: Record, ana: str) -> None:
    disclosures.disclose(record, LOCAL, ana, _disclosure(purpose="TREAT"))
    assert disclosures.accounting(record, LOCAL, ana) == []
    assert [one.purpose for one in disclosures.accounting(record, LOCAL, ana, routine=True)] == [
        "TREAT"
    ]


def test_six_years_back_newest_first(record: Record, ana: str) -> None:
    for days in (3, 1, 365 * 6, 365 * 7):
        disclosures.disclose(record, LOCAL, ana, _disclosure(days_ago=days))
    ages = [(NOW - one.at).days for one in disclosures.accounting(record, LOCAL, ana)]
    assert ages == [1, 3, 365 * 6]


def test_law_enforcement_may_suspend_the_accounting_for_a_time(record: Record, ana: str) -> None:
    disclosures.disclose(
        record, LOCAL, ana, _disclosure(suspended_until=date(2026, 4, 1), purpose="COVERAGE")
    )
    assert disclosures.accounting(record, LOCAL, ana) == []
    with clock.frozen(datetime(2026, 4, 2, tzinfo=UTC)):
        assert len(disclosures.accounting(record, LOCAL, ana)) == 1


def test_another_patients_disclosures_are_not_in_it(record: Record, ana: str) -> None:
    other = record.commit(LOCAL, [Create(patient(family="Other"))])[0].version
    assert other is not None
    disclosures.disclose(record, LOCAL, other.id, _disclosure())
    assert disclosures.accounting(record, LOCAL, ana) == []


def test_a_disclosure_without_recipient_or_purpose_is_refused(record: Record, ana: str) -> None:
    with pytest.raises(Invalid, match="purpose"):
        disclosures.disclose(record, LOCAL, ana, _disclosure(purpose=""))


# ---- breaches and reviews

FOUR = dict.fromkeys(breaches.FACTORS, "written down")


def _breach(record: Record) -> str:
    return breaches.discover(
        record, LOCAL, "A laptop was stolen", discovered=date(2026, 3, 1), law="us"
    )


def test_a_low_risk_closes_the_case(record: Record) -> None:
    id = _breach(record)
    assert breaches.assess(record, LOCAL, id, FOUR, "low") == []
    assert not desk.case(record, LOCAL, id).is_open


def test_a_breach_opens_its_notifications(record: Record, ana: str) -> None:
    id = _breach(record)
    assert breaches.affected(record, LOCAL, id, [ana, ana]) == 1
    duties = breaches.assess(record, LOCAL, id, FOUR, "breach")
    assert [one.due for one in duties] == [date(2026, 4, 30), date(2027, 3, 1)]
    opened = desk.cases(record, LOCAL, kinds=(Kind.NOTIFICATION,))
    mine = [one for one in opened if (one.task.partOf or [])[0].reference == f"Task/{id}"]
    assert sorted(one.due for one in mine if one.due) == [one.due for one in duties]
    with pytest.raises(Conflict, match="assessed already"):
        breaches.assess(record, LOCAL, id, FOUR, "low")


def test_five_hundred_people_mean_media_and_the_authority_now(record: Record) -> None:
    ids = []
    for batch in range(5):
        made = record.commit(LOCAL, [Create(patient(family=f"P{batch}-{i}")) for i in range(100)])
        ids += [one.version.id for one in made if one.version]
    id = _breach(record)
    assert breaches.affected(record, LOCAL, id, ids) == 500
    duties = breaches.duties_of(desk.case(record, LOCAL, id))
    assert [one.source for one in duties] == [
        "45 CFR 164.404",
        "45 CFR 164.406",
        "45 CFR 164.408(b)",
    ]


def test_the_european_clock_is_three_days(record: Record) -> None:
    id = breaches.discover(
        record, LOCAL, "Mail to the wrong person", discovered=NOW.date(), law="eu"
    )
    found = desk.case(record, LOCAL, id)
    assert found.due == date(2026, 3, 5)
    assert {one.source for one in breaches.duties_of(found, "eu")} == {
        "GDPR Art. 33",
        "GDPR Art. 34",
    }


def test_an_unanswered_factor_is_named(record: Record) -> None:
    id = _breach(record)
    with pytest.raises(Invalid, match="mitigated"):
        breaches.assess(record, LOCAL, id, FOUR | {"mitigated": " "}, "low")


def test_an_improper_access_opens_a_breach_case(record: Record, ana: str) -> None:
    task = desk.new_task(
        Kind.ANOMALY,
        LOCAL,
        "140 charts in an hour",
        patient=ana,
        received=NOW.date(),
        clock_of=Clock(14, 0, "test"),
    )
    id = desk.create(record, LOCAL, task)
    case = reviews.review(record, LOCAL, id, "improper", "No reason was given")
    assert case is not None
    assert breaches.affected_patients(desk.case(record, LOCAL, case, Kind.BREACH)) == [ana]
    assert not desk.case(record, LOCAL, id).is_open
