"""The pages about people, for every role: who gets in, and what a stranger's id opens."""

from __future__ import annotations

import re
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Record, Update

_NOBODY = "01900000-0000-7000-8000-000000000009"
_ALL = (
    "biller", "front-desk", "lab", "medical-assistant", "nurse", "pharmacist", "physician",
    "practice-admin", "privacy-officer", "system-admin",
)  # fmt: skip
_MANAGE = {"practice-admin", "system-admin"}
_DESK = {"front-desk", "practice-admin"}
PAGES = {
    "/staff/people/": _MANAGE,
    "/staff/people/invite/": {"practice-admin"},
    "/staff/outbox/": _MANAGE,
    "/staff/patients/": _DESK,
    "/staff/tokens/": {"practice-admin"},
    "/staff/tokens/new/": {"practice-admin"},
}


@pytest.fixture
def record(pages: None) -> Record:
    from osler.ui import door

    record = door.record()
    kid = b'{"resourceType":"Patient","id":"kid","birthDate":"2016-06-15","name":[{"family":"Roe","given":["Kid"]}]}'
    record.commit(LOCAL, [Update(decode(kid))])
    return record


def staff(role: str, name: str = "") -> Any:
    """A browser in which somebody with this role has signed in."""
    from tests.identity import people

    account = people.nurse(name or role.replace("-", ""), person="")
    account.roles = [role]
    account.save()
    return people.signed_in(people.with_app(account))


@pytest.mark.parametrize("role", _ALL)
def test_who_gets_in(pages: None, role: str) -> None:
    client = staff(role)
    found = {path for path in PAGES if client.get(path).status_code == 200}
    assert found == {path for path, roles in PAGES.items() if role in roles}
    refused = {client.get(path).status_code for path in PAGES.keys() - found}
    assert refused <= {403}


def test_who_sees_no_patients_sees_no_accounts_of_patients(pages: None) -> None:
    from tests.identity.people import nurse, patient

    ana = patient("ana", patient="kid", person="Patient/kid")
    nurse("colleague", person="")
    machine, practice = staff("system-admin"), staff("practice-admin")
    everybody = {"q": "", "kind": "", "closed": "1"}
    seen = machine.post("/staff/people/", everybody).content.decode()
    assert "colleague" in seen and str(ana.pk) not in seen
    assert 'value="patient"' not in seen and 'value="proxy"' not in seen
    assert str(ana.pk) in practice.post("/staff/people/", everybody).content.decode()
    here = f"/staff/people/{ana.pk}/"
    assert practice.get(here).status_code == 200
    assert machine.get(here).status_code == 404
    for act in ("disable", "reset-mfa", "enable", "link", "roles"):
        assert machine.post(f"{here}{act}/", {"why": "x"}).status_code in (404, 403), act
    ana.refresh_from_db()
    assert ana.is_active


def test_names_are_looked_for_by_post(pages: None) -> None:
    from tests.identity.people import nurse

    nurse("needle", person="")
    client = staff("practice-admin")
    form = client.get("/staff/people/").content.decode()
    assert '<form method="post" action="/staff/people/"' in form
    assert "needle" not in client.post("/staff/people/", {"q": "nobody"}).content.decode()
    assert "needle" in client.post("/staff/people/", {"q": "need"}).content.decode()


def test_who_cannot_give_roles_is_offered_no_invitation(pages: None) -> None:
    assert b"/staff/people/invite/" not in staff("system-admin").get("/staff/people/").content
    assert b"/staff/people/invite/" in staff("practice-admin").get("/staff/people/").content


def test_ones_own_chart_is_a_patients(record: Record) -> None:
    from tests.identity.people import nurse

    other, client = nurse("other", person=""), staff("practice-admin")
    record.commit(LOCAL, [Update(decode(b'{"resourceType":"Practitioner","id":"doc"}'))])
    form = {"person": "Practitioner/doc", "own_patient": "Practitioner/doc"}
    client.post(f"/staff/people/{other.pk}/link/", form)
    other.refresh_from_db()
    assert (other.person, other.own_patient) == ("", "")
    client.post(f"/staff/people/{other.pk}/link/", form | {"own_patient": "Patient/kid"})
    other.refresh_from_db()
    assert (other.person, other.own_patient) == ("Practitioner/doc", "kid")


def test_the_desk_finds_a_patient_by_names_in_any_order_and_a_date(record: Record) -> None:
    client = staff("front-desk")
    for wanted in ("Kid Roe", "roe kid", "Roe 6/15/2016"):
        page = client.post("/staff/patients/", {"q": wanted}).content.decode()
        assert 'href="/staff/patients/kid/"' in page, wanted
    assert "No patient fits" in client.post("/staff/patients/", {"q": "Roe 2011"}).content.decode()


def test_patients_and_strangers_stay_out(pages: None) -> None:
    from tests.identity.people import browser, patient, signed_in

    client = signed_in(patient("pat"))
    for path in PAGES:
        assert client.get(path).status_code == 403
        assert browser().get(path).status_code == 302


def test_forms_of_others_change_nothing(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    ana = nurse("ana")
    client = staff("nurse", "eve")
    for action in ("roles", "link", "disable", "enable", "reset-mfa"):
        answer = client.post(f"/staff/people/{ana.pk}/{action}/", {"roles": ["physician"]})
        assert answer.status_code == 403
    assert people.found("ana").roles == ["nurse"] and people.found("ana").is_active


def test_an_administrator_changes_roles_and_cannot_their_own(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    ana = nurse("ana")
    client = staff("practice-admin", "eve")
    eve = people.found("eve")
    client.post(f"/staff/people/{ana.pk}/roles/", {"roles": ["biller", "front-desk"]})
    assert people.found("ana").roles == ["biller", "front-desk"]
    answer = client.post(f"/staff/people/{ana.pk}/roles/", {"roles": ["system-admin"]}, follow=True)
    assert b"cannot give a role" in answer.content
    client.post(f"/staff/people/{eve.pk}/roles/", {"roles": ["physician", "practice-admin"]})
    assert people.found("eve").roles == ["practice-admin"]
    assert client.get(f"/staff/people/{_NOBODY}/").status_code == 404


def test_changes_ask_who_one_is_when_that_is_long_ago(pages: None) -> None:
    from datetime import timedelta

    from osler.identity import people
    from osler.identity.models import Session
    from osler.kit import clock
    from tests.identity.people import nurse

    ana = nurse("ana")
    client = staff("practice-admin", "eve")
    Session.objects.update(authenticated=clock.now() - timedelta(minutes=6))
    answer = client.post(f"/staff/people/{ana.pk}/roles/", {"roles": ["biller"]})
    assert people.found("ana").roles == ["nurse"]
    assert answer.status_code in {302, 403} or b"confirm" in answer.content.lower()


def test_a_token_is_on_one_page_only(pages: None) -> None:
    from osler.identity.models import Token

    form = {"name": "lab-feed", "scopes": "system/Patient.rs", "days": "30"}
    # Whoever runs the machine and sees no patient makes no token that sees them.
    assert staff("system-admin").post("/staff/tokens/new/", form).status_code == 403
    client = staff("practice-admin")
    page = client.post("/staff/tokens/new/", form).content.decode()
    assert "osler_" in page
    listed = client.get("/staff/tokens/").content.decode()
    assert "lab-feed" in listed and "osler_" not in listed
    token = Token.objects.get()
    client.post(f"/staff/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.ended


def test_the_desk_prints_a_code_and_lets_a_mother_act(record: Record) -> None:
    from osler.identity import proxies
    from osler.identity.models import EnrolmentCode, Mail
    from tests.identity.people import patient, signed_in

    desk = staff("practice-admin")
    page = desk.post("/staff/patients/kid/code/").content.decode()
    assert "<svg" in page and "/account/enrol/" in page and EnrolmentCode.objects.count() == 1
    dee = patient("dee", patient="", person="")
    form = {
        "name": "Dee Roe",
        "kind": "parent",
        "email": "DEE@example.org",
        "categories": ["clinical", "billing"],
        "basis": "birth certificate seen",
    }
    answer = desk.post("/staff/patients/kid/proxy/", form)
    assert answer.status_code == 302, answer.content
    # That the address is hers she has only said: she shows it by opening the mail.
    assert proxies.current(dee) == []
    link = re.search(r"http://\S+", Mail.objects.get().body)
    assert link is not None
    hers = signed_in(dee)
    offered = hers.get(link[0].replace("http://testserver", ""), follow=True)
    assert b"Use this account for it" in offered.content
    hers.post("/account/join/")
    (grant,) = proxies.current(dee)
    type, _, id = grant.person.partition("/")
    assert type == "RelatedPerson"
    assert hers.post("/account/join/").status_code == 410
    # The child's page ends it; the record says so too.
    kid = signed_in(patient("kid", patient="kid", person="Patient/kid"))
    assert b"Dee Roe" in kid.get("/my/proxies/").content
    assert kid.post(f"/my/proxies/{_NOBODY}/end/").status_code == 404
    kid.post(f"/my/proxies/{grant.pk}/end/")
    assert proxies.current(dee) == []
    ended = record.read(LOCAL, type, id).content
    assert b'"active":false' in ended.replace(b" ", b"")


def test_acting_is_chosen_seen_and_left(record: Record) -> None:
    from datetime import date

    from osler.identity import proxies
    from tests.identity.people import patient, signed_in

    dee = patient("dee", patient="mum", person="Patient/mum")
    about = proxies.Patient("kid", "Kid Roe", date(2016, 6, 15))
    made = proxies.grant(
        LOCAL, about, account=dee, name="Dee Roe", person="RelatedPerson/r1", kind="parent",
        categories=["clinical"], basis="seen", ages=proxies.Ages(),
    )  # fmt: skip
    client = signed_in(dee)
    assert client.post("/my/proxies/act/", {"patient": "stranger"}).status_code == 403
    assert b"You act for" not in client.get("/my/proxies/").content
    client.post("/my/proxies/act/", {"patient": "kid"})
    assert b"You act for <strong>Kid Roe" in client.get("/my/proxies/").content
    # A form that was opened for somebody else is refused.
    for opened_for in ({}, {"acting_for": ""}, {"acting_for": "other"}):
        answer = client.post("/my/proxies/act/", {"patient": "", **opened_for})
        assert answer.status_code == 403
    client.post("/my/proxies/act/", {"patient": "", "acting_for": "kid"})
    assert b"You act for <strong>" not in client.get("/my/proxies/").content
    client.post("/my/proxies/act/", {"patient": "kid"})
    proxies.end(LOCAL, str(made.pk))
    assert client.get("/my/looked").status_code == 403  # Over at once, whatever the session says.
    assert client.get("/my/proxies/").status_code == 200  # From then on as oneself.
