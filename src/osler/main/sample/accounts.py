"""The demo's accounts: one of every role, a patient, and a mother; with a password that everybody knows."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from osler.access import LOCAL
from osler.clinic import relations
from osler.main.sample import practice
from osler.main.sample.cast import PATIENTS
from osler.main.sample.make import identity
from osler.main.sample.roster import STAFF, SUPPORT
from osler.record import Record

if TYPE_CHECKING:
    from osler.identity.models import Account

_DOMAIN = "demo.osler.example"
_PATIENT = 0
_CHILD = 7
_ROLES = {"MD": "physician", "NP": "physician", "RN": "nurse"}


@dataclass(frozen=True, slots=True)
class Member:
    """One account of the practice's staff."""

    username: str
    name: str
    role: str
    person: str


def members() -> list[Member]:
    """Those who treat patients, then those who work with them."""
    treating = [
        Member(
            _username(one.family),
            f"{one.given} {one.family}",
            _ROLES[one.suffix],
            f"Practitioner/{identity('practitioner', number)}",
        )
        for number, one in enumerate(STAFF)
    ]
    others = [
        Member(
            _username(one.family),
            f"{one.given} {one.family}",
            one.role,
            f"Practitioner/{practice.support_id(number)}",
        )
        for number, one in enumerate(SUPPORT)
    ]
    return treating + others


def _username(family: str) -> str:
    """The family name as it is typed without accents."""
    letters = unicodedata.normalize("NFKD", family.lower())
    return "".join(letter for letter in letters if letter.isascii())


def make(record: Record) -> None:
    """Mark the database as the demo's, and make what is missing of its accounts."""
    # Models can be imported once Django is set up.
    from django.contrib.auth.hashers import make_password

    from osler.identity import installing
    from osler.identity.models import Account
    from osler.staff.people.first import DEMO_PASSWORD

    installing.mark_demo()
    if Account.objects.exists():
        return
    # Hashed once: the hash is slow by intention, and this password no secret.
    password = make_password(DEMO_PASSWORD)
    for one in members():
        _account(one.username, password, name=one.name, roles=[one.role], person=one.person)
    patient = identity("patient", _PATIENT)
    person = PATIENTS[_PATIENT]
    _account(
        "jose",
        password,
        name=person.name,
        kind=Account.Kind.PATIENT,
        roles=["patient"],
        person=f"Patient/{patient}",
        patient=patient,
    )
    _mother(record, password)


def _mother(record: Record, password: str) -> None:
    from osler.identity import proxies
    from osler.identity.models import Account

    child = relations.read_patient(record, LOCAL, identity("patient", _CHILD))
    about = proxies.Patient(
        child.id or "", relations.patient_name(child), relations.birth_date(child) or date.min
    )
    name = f"Denise {PATIENTS[_CHILD].family}"
    person = relations.relate(record, LOCAL, about.id, name, "parent", None)
    account = _account(
        "denise",
        password,
        name=name,
        kind=Account.Kind.PROXY,
        roles=["proxy"],
        person=person,
    )
    proxies.grant(
        LOCAL,
        about,
        account=account,
        name=name,
        email=account.email,
        person=person,
        kind="parent",
        categories=proxies.CATEGORIES,
        basis="Made up, like everybody in the demo",
        ages=proxies.Ages(),
    )


def _account(username: str, password: str, **more: Any) -> Account:
    from osler.identity.models import Account

    account = Account(username=username, email=f"{username}@{_DOMAIN}", password=password, **more)
    account.full_clean(exclude=["password"])
    account.save()
    return account
