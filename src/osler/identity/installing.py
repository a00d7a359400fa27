"""The first run: no account yet, and a code on the terminal that lets a browser make the first one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F

from osler.access import Principal
from osler.identity import people
from osler.identity.models import Account, Installation
from osler.kit.errors import Conflict, NotAllowed

ADMINISTRATOR = ("practice-admin", "privacy-officer", "system-admin")
"""Together these can give every role, which the first administrator of a practice has to."""
TRIES = 10
_demo: dict[str, bool] = {}
"""By database: whether it is the demo's, as this process found it first."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who is to manage accounts first. `clinician`: a role of clinical work beside it, or none."""

    name: str
    username: str
    password: str
    email: str = ""
    clinician: str | None = None


def needed() -> bool:
    """Whether nobody can sign in yet."""
    return not Account.objects.exclude(kind=Account.Kind.SERVICE).exists()


def is_demo() -> bool:
    """Whether this is the demo, whose passwords everybody knows."""
    return Installation.objects.filter(demo=True).exists()


def kept_demo() -> bool:
    """The same as it was when this process first asked: for what every page says."""
    name = str(connection.settings_dict["NAME"])
    if name not in _demo:
        _demo[name] = is_demo()
    return _demo[name]


def mark_demo() -> None:
    """This is the demo from now on, and for good."""
    _demo.clear()
    Installation.objects.update_or_create(pk=True, defaults={"demo": True})


def new_code() -> str:
    """A code for the first page, in place of any earlier one; only a digest is kept."""
    code = secrets.token_urlsafe(12)
    changed = {"setup_digest": _digest(code), "setup_failures": 0}
    Installation.objects.update_or_create(pk=True, defaults=changed)
    return code


def check_code(code: str) -> None:
    """Raise NotAllowed unless this is the code on the terminal; ten wrong ones make it worth nothing."""
    row = Installation.objects.filter(pk=True).first()
    if row is None or not row.setup_digest or row.setup_failures >= TRIES:
        raise NotAllowed("There is no setup code any more; start Osler again for another.")
    if not secrets.compare_digest(row.setup_digest, _digest(code.strip())):
        Installation.objects.filter(pk=True).update(setup_failures=F("setup_failures") + 1)
        raise NotAllowed("That is not the code that Osler printed where it was started.")


@transaction.atomic
def first(actor: Principal, administrator: Administrator, person: str) -> Account:
    """Make the first administrator. Raises Conflict where there are people already."""
    Installation.objects.get_or_create(pk=True)
    Installation.objects.select_for_update().get(pk=True)  # Two at once: one waits, then sees it.
    if not needed():
        raise Conflict("There are accounts already; an administrator invites others.")
    extra = [administrator.clinician] if administrator.clinician else []
    account = people.create(
        actor,
        administrator.username,
        administrator.password,
        name=administrator.name,
        email=administrator.email,
        roles=[*ADMINISTRATOR, *extra],
        person=person,
    )
    Installation.objects.filter(pk=True).update(setup_digest="")
    return account


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
