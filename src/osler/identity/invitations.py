"""Invitations: a link by e-mail that makes one account with the roles and the person it was given."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext

from osler.access import Principal
from osler.identity import mail, people, rights
from osler.identity.events import Event, tell
from osler.identity.models import Account, Invitation, ProxyGrant
from osler.identity.principals import principal
from osler.kit import clock
from osler.kit.errors import Conflict, Gone, Invalid, NotAllowed, NotFound
from osler.kit.words import N_

DAYS = 7
_TEXT = N_(
    "Hello {name},\n\n{practice} invites you to an account in Osler. Choose your user name and password"
    " here:\n\n{link}\n\nThe link works once and until {until}. If you did not expect this mail, do"
    " nothing.\n"
)
Link = Callable[[str], str]
"""From the secret of an invitation to the address that opens it."""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def invite(
    actor: Principal,
    email: str,
    name: str,
    roles: Iterable[str],
    link: Link,
    *,
    person: str = "",
    practice: str = "Your practice",
) -> tuple[Invitation, str]:
    """Invite a member of staff and send the mail; answers the invitation and its link.

    Raises:
        NotAllowed: the actor may not invite, or not with these roles. Invalid: address, name or roles.
        mail.NotSent: there is an invitation, and nobody knows of it: withdraw it or send it again.
    """
    rights.require(actor, people.MANAGE)
    rights.require(actor, "roles.manage")
    granted = rights.check_grant(actor, roles)
    if not granted:
        raise Invalid("An account without a role can do nothing; choose at least one.")
    made = Invitation(name=one_line(name), email=email.strip(), roles=sorted(granted))
    made.person = people.checked_person(person)
    return made, _send(actor, made, link, practice)


def invite_proxy(
    actor: Principal, grant: ProxyGrant, link: Link, *, practice: str = "Your practice"
) -> tuple[Invitation, str]:
    """Invite who is to act for a patient; the account gets this authority when it is made."""
    rights.require(actor, "enrolment.issue")
    made = Invitation(name=grant.name, email=grant.email, kind=Account.Kind.PROXY)
    made.roles, made.proxy = ["proxy"], grant.pk
    return made, _send(actor, made, link, practice)


def again(actor: Principal, invitation: Invitation, link: Link, practice: str) -> str:
    """Send an invitation anew; the link of the former mail opens nothing any more."""
    _may(actor, invitation)
    with transaction.atomic():
        # As it stands: whoever accepts it at this moment comes first, and stays accepted.
        held = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if held.accepted is not None or held.revoked is not None:
            raise Conflict(f"This invitation is {held.state} already; make another.")
        rights.check_grant(actor, held.roles, kind=held.kind)
        secret = _renewed(actor, held)
    return _mail(held, link(secret), practice)


@transaction.atomic
def withdraw(actor: Principal, invitation: Invitation) -> None:
    """Make an invitation worth nothing."""
    _may(actor, invitation)
    changed = Invitation.objects.filter(pk=invitation.pk, accepted=None, revoked=None)
    if changed.update(revoked=clock.now()):
        tell(Event("invite-withdraw", actor, detail=f"invitation {invitation.pk}"))


def opened(secret: str) -> Invitation:
    """The open invitation of a link. Raises NotFound, and Gone where it is used, withdrawn or too old."""
    invitation = Invitation.objects.filter(digest=_digest(secret)).first()
    if invitation is None:
        raise NotFound("This link is not one of ours; perhaps a part of it is missing.")
    if invitation.state != "open":
        raise Gone(f"This invitation is {invitation.state}. Ask whoever invited you for another.")
    return invitation


@transaction.atomic
def accept(secret: str, username: str, password: str) -> Account:
    """Make the account of an invitation. The password has been checked. Raises as `opened`, and Conflict."""
    invitation = _held(secret)
    actor = Principal(id=f"invitation:{invitation.pk}", name=invitation.name)
    account = people.create(
        actor,
        username,
        password,
        name=invitation.name,
        kind=invitation.kind,
        # A role that is no more since the invitation went out gives nothing.
        roles=[code for code in invitation.roles if code in rights.roles()],
        email=invitation.email,
        person=invitation.person,
    )
    invitation.account, invitation.accepted = account, clock.now()
    invitation.save(update_fields=["account", "accepted"])
    if invitation.proxy is not None:
        ProxyGrant.objects.filter(pk=invitation.proxy, account=None).update(account=account)
    words = f"invitation {invitation.pk}, by {invitation.invited_by}"
    tell(Event("invite-accept", principal(account), detail=words))
    return account


@transaction.atomic
def take_on(secret: str, account: Account) -> ProxyGrant:
    """Give the authority that an invitation is about to an account which its reader has already.

    Having the mail proves whose address it is, which an account says of itself without proof.

    Raises:
        NotAllowed: whoever gave the authority would have it themselves. Gone: as `opened`, or it has ended.
        Conflict: the invitation makes an account of staff.
    """
    invitation = _held(secret)
    waiting = ProxyGrant.objects.select_for_update().filter(account=None)
    found = waiting.filter(pk=invitation.proxy or people.NO_ID).first()
    if invitation.kind != Account.Kind.PROXY or account.kind == Account.Kind.SERVICE:
        raise Conflict("Sign out first: this invitation makes an account of its own.")
    if found is None or found.state not in {"current", "waiting"}:
        raise Gone("What you were invited to has ended. Ask the practice.")
    if found.granted_by == str(account.pk):
        raise NotAllowed("Nobody gives themselves authority over a patient.")
    found.account = account
    found.save(update_fields=["account"])
    invitation.account, invitation.accepted = account, clock.now()
    invitation.save(update_fields=["account", "accepted"])
    words = f"invitation {invitation.pk}, by {invitation.invited_by}, {found.person}"
    tell(Event("invite-accept", principal(account), detail=words, patient=found.patient))
    return found


def _held(secret: str) -> Invitation:
    """The open invitation of a link, held until the transaction ends."""
    invitation = opened(secret)
    held = Invitation.objects.select_for_update().filter(pk=invitation.pk, digest=_digest(secret))
    one = held.first()
    if one is None or one.state != "open":
        raise Gone("This invitation has been used or sent anew just now.")
    return one


def one_line(text: str) -> str:
    """A name as people write it; a line break in it would begin a header of its own elsewhere."""
    name = " ".join(text.split())
    if not name or len(name) > 200:
        raise Invalid("A name has 1 to 200 characters.", expression="name")
    return name


def _may(actor: Principal, invitation: Invitation) -> None:
    staff = invitation.kind == Account.Kind.STAFF
    rights.require(actor, people.MANAGE if staff else "enrolment.issue")


def _send(actor: Principal, invitation: Invitation, link: Link, practice: str) -> str:
    with transaction.atomic():
        secret = _renewed(actor, invitation)
    return _mail(invitation, link(secret), practice)


def _renewed(actor: Principal, invitation: Invitation) -> str:
    """The invitation with a secret of its own, good from now on; answers it."""
    secret = secrets.token_urlsafe(32)
    invitation.digest = _digest(secret)
    invitation.expires = clock.now() + timedelta(days=DAYS)
    invitation.invited_by = actor.id
    invitation.full_clean()
    invitation.save()
    words = f"invitation {invitation.pk}, {', '.join(invitation.roles)}"
    tell(Event("invite", actor, detail=words))
    return secret


def _mail(invitation: Invitation, address: str, practice: str) -> str:
    mail.send(
        invitation.email,
        gettext("Your account at %(practice)s") % {"practice": one_line(practice)},
        gettext(_TEXT).format(
            name=invitation.name,
            practice=practice,
            link=address,
            until=f"{invitation.expires:%Y-%m-%d %H:%M} UTC",
        ),
    )
    return address
