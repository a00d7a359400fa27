"""The first run: one practice, one administrator, and a code that only the terminal shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Conflict, Invalid, NotAllowed
from osler.record import Record

PASSWORD = "velvet canyon orbit teapot"
FORM = {
    "practice": "Elm Practice",
    "name": "Ada Osei",
    "email": "ada@example.org",
    "clinician": "physician",
    "username": "Ada",
    "password": PASSWORD,
}


@pytest.fixture
def record(pages: None) -> Iterator[Record]:
    from osler.identity.models import Installation
    from osler.ui import door

    Installation.objects.all().delete()
    yield door.record()
    Installation.objects.all().delete()


def administrator(**more: Any) -> Any:
    from osler.identity.installing import Administrator

    return Administrator(**({"name": "Ada Osei", "username": "ada", "password": PASSWORD} | more))


def test_it_makes_the_practice_and_who_manages_it(record: Record) -> None:
    from osler.clinic.practice import NewPractice, practice_name
    from osler.staff.founding import set_up

    new = NewPractice("Elm Practice", "(555) 555-0100", "1 Elm Street", "Fairhaven")
    account = set_up(record, LOCAL, new, administrator(clinician="physician"))
    assert account.roles == ["physician", "practice-admin", "privacy-officer", "system-admin"]
    type, _, id = account.person.partition("/")
    person = decode(record.read(LOCAL, type, id).content)
    assert isinstance(person, r4.Practitioner) and person.name is not None
    assert person.name[0].family == "Osei"
    (role,) = record.find(LOCAL, "PractitionerRole", f"practitioner={account.person}")
    made = decode(record.read(LOCAL, "PractitionerRole", role).content)
    assert isinstance(made, r4.PractitionerRole) and made.organization is not None
    reference = (made.organization.reference or "").split("/")
    home = decode(record.read(LOCAL, *reference).content)
    assert isinstance(home, r4.Organization) and home.name == "Elm Practice"
    assert practice_name(record, LOCAL) == "Elm Practice"


def test_it_happens_once(record: Record) -> None:
    from osler.clinic.practice import NewPractice
    from osler.staff.founding import set_up

    set_up(record, LOCAL, NewPractice("Elm"), administrator())
    with pytest.raises(Conflict):
        set_up(record, LOCAL, NewPractice("Elm"), administrator(username="eve"))


@pytest.mark.parametrize(
    "wrong", [{"password": "short"}, {"password": "password12345"}, {"clinician": "local"}]
)
def test_what_will_not_do_makes_nothing(record: Record, wrong: dict[str, str]) -> None:
    from osler.clinic.practice import NewPractice
    from osler.identity import installing
    from osler.staff.founding import set_up

    with pytest.raises(Invalid):
        set_up(record, LOCAL, NewPractice("Elm"), administrator(**wrong))
    assert installing.needed()


def test_the_first_page_needs_the_code_of_the_terminal(record: Record) -> None:
    from osler.identity import installing
    from osler.identity.models import Account
    from tests.identity.people import browser

    client = browser()
    assert client.get("/")["Location"] == "/setup/"
    code = installing.new_code()
    assert client.get("/setup/").status_code == 200
    for wrong in ("", "x", code[:-1], f"{code}x"):
        answer = client.post("/setup/", FORM | {"code": wrong})
        assert answer.status_code == 200 and b"errorlist" in answer.content
    assert not Account.objects.exists()
    answer = client.post("/setup/", FORM | {"code": f" {code} "})
    assert answer.status_code == 302, answer.content
    assert Account.objects.get().username == "ada"
    # Afterwards there is no such page, and the code opens nothing.
    assert browser().get("/setup/")["Location"] == "/account/login/"
    assert browser().post("/setup/", FORM | {"code": code})["Location"] == "/account/login/"
    with pytest.raises(NotAllowed):
        installing.check_code(code)


def test_ten_wrong_codes_end_it(record: Record) -> None:
    from osler.identity import installing

    code = installing.new_code()
    for number in range(10):
        with pytest.raises(NotAllowed):
            installing.check_code(f"wrong{number}")
    with pytest.raises(NotAllowed):
        installing.check_code(code)
    installing.check_code(installing.new_code())


def test_a_new_start_makes_the_earlier_code_worthless(record: Record) -> None:
    from osler.identity import installing

    first = installing.new_code()
    installing.new_code()
    with pytest.raises(NotAllowed):
        installing.check_code(first)


def test_the_demo_page_is_the_demos_alone(record: Record) -> None:
    from osler.identity import installing
    from tests.identity.people import browser, nurse

    nurse("ana")
    assert browser().get("/demo/").status_code == 404
    assert b"banner demo" not in browser().get("/account/login/").content
    installing.mark_demo()
    page = browser().get("/demo/").content
    assert b"banner demo" in page and b"ana" not in page  # Whoever was added later is not shown.
    assert b"banner demo" in browser().get("/account/login/").content


def test_the_demo_is_never_served_to_others(record: Record) -> None:
    import click

    from osler.identity import installing
    from osler.kit.settings import Settings
    from osler.main.serve import check_people
    from tests.identity.people import nurse

    with pytest.raises(click.UsageError):
        check_people(Settings(host="0.0.0.0"))  # No account yet.
    assert check_people(Settings()) is not None
    nurse("ana")
    assert check_people(Settings(host="0.0.0.0")) is None
    installing.mark_demo()
    for open_to_others in (
        Settings(host="0.0.0.0"),
        Settings(host="192.0.2.1"),
        Settings(trusted_proxies=frozenset({"127.0.0.1"})),
        Settings(base_url="https://ehr.example.org/fhir"),
    ):
        with pytest.raises(click.UsageError):
            check_people(open_to_others)
    assert check_people(Settings()) is None
