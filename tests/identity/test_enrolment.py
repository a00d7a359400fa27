"""Codes of the front desk: short, so they wait, end, and need the birth date."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest

from osler.access import LOCAL, Principal
from osler.identity.events import Event
from osler.kit.errors import Conflict, Invalid, NotAllowed

Later = Callable[..., AbstractContextManager[None]]
BORN = date(1980, 2, 29)
PASSWORD = "seven heron under umber glass"
DESK = Principal(id="desk", roles=frozenset({"front-desk"}))


def issued(patient: str = "p1") -> str:
    from osler.identity import enrolment

    return enrolment.issue(DESK, patient, "Pat Roe", BORN)[1]


def form(code: str, **more: str) -> dict[str, str]:
    return {"code": code, "born": "1980-02-29", "username": "pat", "new_password": PASSWORD} | more


def test_the_whole_way_in_a_browser(told: list[Event]) -> None:
    from osler.identity.models import Account
    from tests.identity.people import browser

    client = browser()
    answer = client.post("/account/enrol/", form(issued().lower().replace("-", " ")))
    assert (answer.status_code, answer["Location"]) == (302, "/"), answer.content
    pat = Account.objects.get(username="pat")
    assert (pat.kind, pat.roles, pat.patient) == ("patient", ["patient"], "p1")
    assert pat.person == "Patient/p1"
    assert client.get("/account/").status_code == 200
    enrolled = [one for one in told if one.action in {"enrol-code", "enrol"}]
    assert [one.patient for one in enrolled] == ["p1", "p1"]


def test_a_code_is_good_once_and_for_one(pages: None) -> None:
    from osler.identity import enrolment

    code = issued()
    enrolment.enrol(code, BORN, "pat", PASSWORD)
    with pytest.raises(Invalid):
        enrolment.enrol(code, BORN, "pam", PASSWORD)
    with pytest.raises(Conflict):
        issued()


def test_a_code_ends_after_three_days_and_by_another(pages: None, later: Later) -> None:
    from osler.identity import enrolment

    first = issued()
    second = issued()
    with pytest.raises(Invalid):
        enrolment.check(first, BORN)
    with later(hours=71):
        enrolment.check(second, BORN)
    with later(hours=73), pytest.raises(Invalid):
        enrolment.check(second, BORN)
    made, third = enrolment.issue(DESK, "p2", "Q", BORN)
    enrolment.withdraw(DESK, str(made.pk))
    with pytest.raises(Invalid):
        enrolment.check(third, BORN)


def test_five_wrong_birth_dates_end_it(pages: None) -> None:
    from osler.identity import enrolment

    code = issued()
    for day in range(1, 6):
        with pytest.raises(Invalid):
            enrolment.enrol(code, date(1981, 1, day), "pat", PASSWORD)
    with pytest.raises(Invalid):
        enrolment.enrol(code, BORN, "pat", PASSWORD)


def test_guessing_has_to_wait(pages: None) -> None:
    from tests.identity.people import browser

    client = browser()
    answers = [
        client.post("/account/enrol/", form(f"AAAAA-AAA{n:02}", username=f"pat{n}"))
        for n in range(40)
    ]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429 and int(answers[-1]["Retry-After"]) >= 1


def test_what_is_wrong_is_not_said(pages: None) -> None:
    from tests.identity.people import browser, errors

    code = issued()
    wrong_date = browser().post("/account/enrol/", form(code, born="1999-01-01"))
    wrong_code = browser().post("/account/enrol/", form("ZZZZZ-ZZZZZ"))
    assert errors(wrong_date) == errors(wrong_code) != ""


def test_the_table_has_neither_code_nor_birth_date(pages: None) -> None:
    from osler.identity.models import EnrolmentCode

    code = issued()
    row = str(EnrolmentCode.objects.values().get())
    assert code not in row and code.replace("-", "") not in row and "1980" not in row


def test_only_some_issue_codes(pages: None) -> None:
    from osler.identity import enrolment

    for role in ("nurse", "physician", "patient", "system-admin", "integration"):
        actor = Principal(id="x", roles=frozenset({role}))
        with pytest.raises(NotAllowed):
            enrolment.issue(actor, "p1", "Pat", BORN)
    enrolment.issue(LOCAL, "p1", "Pat", BORN)
