"""Codes from the front desk, with which patients make accounts of their own.

Short enough to type from paper: so each is good for three days, five wrong birth dates, one account.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F

from osler.access import Principal
from osler.identity import people, rights
from osler.identity.events import Event, tell
from osler.identity.models import Account, EnrolmentCode
from osler.identity.people import NO_ID
from osler.identity.principals import principal
from osler.identity.sealing import keyed_hash
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound

HOURS = 72
TRIES = 5
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # Nothing that reads like something else.
_LENGTH = 10  # 49 bits; the tables keep a hash that needs our key.
_WRONG = (
    "This code and birth date do not belong together, or the code is no longer good."
    " Ask the front desk for another."
)


def _digest(code: str) -> str:
    return keyed_hash(plain(code), "enrolment")


def _birth_digest(code: str, born: date) -> str:
    return keyed_hash(f"{plain(code)} {born.isoformat()}", "enrolment birth date")


def plain(code: str) -> str:
    """A code as it is compared: however it was typed."""
    return "".join(ch for ch in code.upper() if ch in _ALPHABET)


@transaction.atomic
def issue(actor: Principal, patient: str, name: str, born: date) -> tuple[EnrolmentCode, str]:
    """A code for this patient, in place of any earlier one; answers it as it is to be printed.

    Raises:
        NotAllowed: the actor may issue none. Conflict: the patient has an account already.
    """
    rights.require(actor, "enrolment.issue")
    if _account_of(patient) is not None:
        raise Conflict("This patient has an account already.")
    EnrolmentCode.objects.filter(patient=patient, used=None, revoked=None).update(
        revoked=clock.now()
    )
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    made = EnrolmentCode(
        digest=_digest(code),
        birth_digest=_birth_digest(code, born),
        patient=patient,
        name=name,
        issued_by=actor.id,
        expires=clock.now() + timedelta(hours=HOURS),
    )
    made.save()
    tell(Event("enrol-code", actor, patient=patient))
    return made, f"{code[:5]}-{code[5:]}"


def check(code: str, born: date) -> EnrolmentCode:
    """The code, if it is good for who was born on this day. The caller limits how often this is asked.

    Raises:
        Invalid: it is not; what is wrong is not said.
    """
    found = EnrolmentCode.objects.filter(digest=_digest(code), used=None, revoked=None).first()
    if found is None or found.expires <= clock.now() or found.failures >= TRIES:
        raise Invalid(_WRONG)
    if not secrets.compare_digest(found.birth_digest, _birth_digest(code, born)):
        EnrolmentCode.objects.filter(pk=found.pk).update(failures=F("failures") + 1)
        raise Invalid(_WRONG)
    return found


def enrol(code: str, born: date, username: str, password: str, email: str = "") -> Account:
    """Make the patient's account. The password has been checked. Raises as `check`, and Conflict."""
    good = check(code, born)  # Before the transaction: a failure is counted although it fails.
    return _enrol(good, username, password, email)


@transaction.atomic
def _enrol(good: EnrolmentCode, username: str, password: str, email: str) -> Account:
    found = EnrolmentCode.objects.select_for_update().get(pk=good.pk)
    if found.used is not None or _account_of(found.patient) is not None:
        raise Conflict("This code has been used already.")
    if found.revoked is not None or found.failures >= TRIES:  # Since it was checked.
        raise Invalid(_WRONG)
    actor = Principal(id=f"enrolment:{found.pk}", name=found.name)
    account = people.create(
        actor,
        username,
        password,
        name=found.name,
        kind=Account.Kind.PATIENT,
        roles=["patient"],
        email=email,
        person=f"Patient/{found.patient}",
        patient=found.patient,
    )
    found.account, found.used = account, clock.now()
    found.save(update_fields=["account", "used"])
    words = f"with the code of {found.issued_by}"
    tell(Event("enrol", principal(account), detail=words, patient=found.patient))
    return account


@transaction.atomic
def withdraw(actor: Principal, code_id: str) -> None:
    """Make a code worth nothing. Raises NotFound."""
    rights.require(actor, "enrolment.issue")
    found = EnrolmentCode.objects.filter(
        pk=people.uuid_of(code_id) or NO_ID, used=None, revoked=None
    )
    one = found.first()
    if one is None:
        raise NotFound("There is no such code that is still good.")
    found.update(revoked=clock.now())
    tell(Event("enrol-withdraw", actor, patient=one.patient))


def _account_of(patient: str) -> Account | None:
    """The account of a patient that is open."""
    active = Account.objects.filter(kind=Account.Kind.PATIENT, is_active=True)
    return active.filter(patient=patient).first()
