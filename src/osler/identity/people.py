"""What may be done to an account by others: made, given roles, linked, disabled, opened again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from osler.access import Principal
from osler.identity import mfa, rights, sessions
from osler.identity.events import Event, tell
from osler.identity.models import Account
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound

MANAGE = "accounts.manage"
NO_ID = UUID(int=0)
"""No row has it."""
_PERSON = re.compile(r"(Practitioner|Patient|RelatedPerson)/[A-Za-z0-9.-]{1,64}")


def found(name: str) -> Account:
    """The account of this login name or id. Raises NotFound."""
    account = Account.objects.filter(username=name.strip().lower()).first()
    id = uuid_of(name)
    if account is None and id is not None:
        account = Account.objects.filter(pk=id).first()
    if account is None:
        raise NotFound(f"There is no account {name!r}; `osler account list` has them all.")
    return account


@transaction.atomic
def create(
    actor: Principal,
    username: str,
    password: str | None,
    *,
    name: str,
    kind: str = Account.Kind.STAFF,
    roles: Iterable[str] = (),
    email: str = "",
    person: str = "",
    patient: str = "",
) -> Account:
    """A new account, as an invitation, a code, `osler setup` or a sign-in provider makes it.

    Whoever calls has checked that `actor` may. Raises Conflict where the name is taken (also by an account
    that is disabled: names are never reused), Invalid where a part is wrong.
    """
    if Account.objects.filter(username=username.strip().lower()).exists():
        raise Conflict("This user name is taken; choose another.", expression="username")
    if "@" in username and _is_anothers_address(username.strip(), email):
        raise Conflict("This user name is taken; choose another.", expression="username")
    try:
        account = Account.objects.create_user(
            username,
            password,
            name=name,
            kind=kind,
            roles=sorted(roles),
            email=email,
            person=checked_person(person),
            patient=patient,
        )
    except ValidationError as error:
        raise Invalid("; ".join(error.messages)) from error
    words = f"{account.username}, {account.kind}, {', '.join(account.roles) or 'no role'}"
    tell(Event("account-create", actor, detail=words, subject=str(account.pk)))
    return account


@transaction.atomic
def set_roles(actor: Principal, account: Account, codes: Iterable[str]) -> None:
    """Give an account these roles and no others.

    Raises:
        NotAllowed: one's own roles, roles that may do more than the actor, or the last administrator's.
    """
    rights.require(actor, "roles.manage")
    if actor.id == str(account.pk):
        raise NotAllowed("Nobody changes their own roles; ask another administrator.")
    account = _locked(account)
    before = set(account.roles)
    wanted = set(codes)
    if wanted == before:
        return
    # Taking a role away that one could not give would be a way to lock others out.
    rights.check_grant(actor, wanted - before, kind=account.kind)
    rights.check_grant(actor, (before - wanted) & rights.roles().keys(), kind=account.kind)
    if MANAGE not in rights.permissions(wanted):
        _keep_one(account, "have its roles changed")
    account.roles = sorted(wanted)
    account.save(update_fields=["roles"])
    words = f"from {', '.join(sorted(before)) or 'none'} to {', '.join(sorted(wanted)) or 'none'}"
    tell(Event("role-change", actor, detail=words, subject=str(account.pk)))


@transaction.atomic
def disable(actor: Principal, account: Account, why: str = "") -> None:
    """Close an account: its sessions end, its tokens open nothing, its name stays taken."""
    rights.require(actor, MANAGE)
    if actor.id == str(account.pk):
        raise NotAllowed("Nobody closes their own account; ask another administrator.")
    account = _locked(account)
    if not account.is_active:
        return
    _keep_one(account, "be disabled")
    account.is_active, account.disabled = False, clock.now()
    account.save(update_fields=["is_active", "disabled"])
    sessions.end_all(account, "account disabled")
    tell(Event("account-disable", actor, detail=why or None, subject=str(account.pk)))


@transaction.atomic
def enable(actor: Principal, account: Account) -> None:
    """Open a closed account again, with the roles it had, which the actor must be able to give."""
    rights.require(actor, MANAGE)
    account = _locked(account)
    if account.is_active:
        return
    rights.check_grant(actor, account.roles, kind=account.kind)
    account.is_active, account.disabled = True, None
    account.save(update_fields=["is_active", "disabled"])
    tell(Event("account-enable", actor, subject=str(account.pk)))


@transaction.atomic
def link(actor: Principal, account: Account, person: str, own_patient: str = "") -> None:
    """Say who an account is in the record, and which chart is a staff member's own.

    The caller has looked that these resources exist. Raises NotAllowed for one's own account: whoever could
    say that they are somebody else would have what is that person's, or no longer a chart of their own.
    """
    rights.require(actor, MANAGE)
    if actor.id == str(account.pk):
        raise NotAllowed("Nobody links their own account; ask another administrator.")
    account = _locked(account)
    before = account.person
    account.person = checked_person(person)
    account.own_patient = own_patient.removeprefix("Patient/")
    if "/" in account.own_patient:
        raise Invalid("One's own chart is that of a Patient.")
    if account.kind == Account.Kind.STAFF and not f"{person}/".startswith(("/", "Practitioner/")):
        raise Invalid("A staff account is linked to a Practitioner.")
    account.save(update_fields=["person", "own_patient"])
    words = f"person from {before or 'none'} to {account.person or 'none'}"
    tell(Event("account-link", actor, detail=words, subject=str(account.pk)))


def reset_mfa(actor: Principal, account: Account) -> None:
    """Remove the second factors of somebody who lost theirs: the next sign-in asks for new ones."""
    rights.require(actor, MANAGE)
    if actor.id == str(account.pk):
        raise NotAllowed("Nobody resets their own second factors; ask another administrator.")
    account = Account.objects.get(pk=account.pk)  # With the roles it has now.
    # Whoever takes the factors off an account that may do more could take that account over.
    rights.check_grant(actor, set(account.roles) & rights.roles().keys(), kind=account.kind)
    mfa.reset(account, actor)


def _is_anothers_address(username: str, own: str) -> bool:
    """Whether it would catch what somebody else signs in with, or asks a new password for."""
    theirs = Account.objects.filter(email__iexact=username)
    if username.lower() == own.lower():  # A family may share one; who was invited there keeps it.
        theirs = theirs.exclude(kind=Account.Kind.PATIENT)
    return theirs.exists()


def checked_person(person: str) -> str:
    """The text of a reference, if it is one an account can have."""
    if person and not _PERSON.fullmatch(person):
        raise Invalid(f"{person!r} is none of Practitioner/…, Patient/… and RelatedPerson/….")
    return person


def managers() -> list[Account]:
    """The accounts that may manage accounts."""
    active = Account.objects.filter(is_active=True, kind=Account.Kind.STAFF)
    return [account for account in active if MANAGE in rights.permissions(account.roles)]


def _keep_one(account: Account, what: str) -> None:
    """Refuse what would leave nobody who can manage accounts."""
    left = [one for one in managers() if one.pk != account.pk]
    if not left and account.is_active and MANAGE in rights.permissions(account.roles):
        raise NotAllowed(
            f"{account.username} is the last account that can manage accounts and cannot {what}."
        )


def _locked(account: Account) -> Account:
    """The account as it stands, held; all holders of the permission too, so that two cannot go at once."""
    ids = [one.pk for one in managers()]
    list(Account.objects.select_for_update().filter(pk__in=[*ids, account.pk]).order_by("pk"))
    return Account.objects.get(pk=account.pk)


def uuid_of(text: str) -> UUID | None:
    """The id in a text, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
