"""Tasks and Communications that others have written: whatever they look like, the desk's lists still stand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.privacy import desk, disclosures, requests, restrictions
from osler.clinic.privacy.codes import SYSTEM, Kind
from osler.clinic.privacy.disclosures import Disclosure
from osler.clinic.privacy.restrictions import Restriction
from osler.kit import clock
from osler.kit.errors import Invalid, NotFound
from osler.record import Create, Record
from tests.record.cast import made


def written(record: Record, **content: Any) -> str:
    outcome = record.commit(LOCAL, [Create(made(**content))])[0]
    assert outcome.version is not None
    return outcome.version.id


def task(record: Record, ana: str, *codes: str, **more: Any) -> str:
    coding = [{"system": SYSTEM, "code": code} for code in codes]
    about = {"resourceType": "Task", "status": "requested", "intent": "order"}
    return written(
        record, **about, code={"coding": coding}, **{"for": {"reference": f"Patient/{ana}"}}, **more
    )


@pytest.mark.parametrize(
    ("end", "due"),
    [
        ("2026", date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2026-05-04", date(2026, 5, 4)),
        ("2026-05-04T23:00:00-05:00", date(2026, 5, 4)),
        (None, None),
    ],
)
def test_a_day_that_is_none_breaks_no_list(
    record: Record, ana: str, end: str | None, due: date | None
) -> None:
    period = {"restriction": {"period": {"end": end}}} if end else {}
    id = task(record, ana, "access-request", **period)
    (found,) = [one for one in desk.cases(record, LOCAL, patient=ana) if one.id == id]
    assert found.due == due
    found.overdue(desk.today())


def test_a_second_code_is_not_taken_for_the_first(record: Record, ana: str) -> None:
    id = task(record, ana, "lunch", "complaint", "privacy-complaint")
    (found,) = desk.cases(record, LOCAL, patient=ana)
    assert (found.id, found.kind) == (id, Kind.COMPLAINT)
    assert desk.case(record, LOCAL, id).kind is Kind.COMPLAINT
    with pytest.raises(NotFound):
        desk.case(record, LOCAL, task(record, ana, "lunch"))


def test_all_that_is_open_is_in_the_list(
    record: Record, ana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "_MOST", 2)
    ids = [requests.receive(record, LOCAL, Kind.ACCESS, ana, f"copy {n}") for n in range(5)]
    assert {one.id for one in desk.cases(record, LOCAL, patient=ana)} == set(ids)


def test_a_disclosure_without_its_moment_stands_in_the_accounting(record: Record, ana: str) -> None:
    about = {
        "resourceType": "Communication",
        "subject": {"reference": f"Patient/{ana}"},
        "category": [{"coding": [{"system": SYSTEM, "code": "disclosure"}]}],
    }
    written(record, **about, status="completed")
    written(record, **about, status="completed", sent="2026-05")
    written(record, **about, status="entered-in-error")
    sent = Disclosure(clock.now(), "Court", "", "A letter", "COVERAGE", "", "Ana")
    disclosures.disclose(record, LOCAL, ana, sent)
    assert len(disclosures.accounting(record, LOCAL, ana)) == 3


def test_a_restriction_names_who_there_is_and_a_day_to_come(record: Record, ana: str) -> None:
    id = requests.receive(record, LOCAL, Kind.RESTRICTION, ana, "Not to my insurance")
    with pytest.raises(NotFound):
        restrictions.agree(record, LOCAL, id, Restriction(actors=("Organization/none",)), "agreed")
    past = Restriction(purposes=("HPAYMT",), until=date(2020, 1, 1))
    with pytest.raises(Invalid):
        restrictions.agree(record, LOCAL, id, past, "agreed")
    assert desk.case(record, LOCAL, id).is_open
