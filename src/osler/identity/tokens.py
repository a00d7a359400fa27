"""Tokens of programs: made once, shown once, kept as a digest, ended at any time."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from osler.access import Principal
from osler.access import scopes as access_scopes
from osler.fhir.r4 import RESOURCES
from osler.identity import rights
from osler.identity.events import Event, tell
from osler.identity.models import Account, Token
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.search.parse import parse_where
from osler.search.registry import Registry

PREFIX = "osler_"
"""So that scanners for leaked secrets know a token when they see one."""
DEFAULT_DAYS = 90
MOST_DAYS = 366
DEFAULT_ROLE = "integration"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


def digest(token: str) -> str:
    """What is kept of a token. It has 256 random bits, so a quick hash is as good as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create(
    actor: Principal,
    name: str,
    *,
    roles: Iterable[str] = (),
    scopes: Iterable[str] = (),
    days: int = DEFAULT_DAYS,
) -> tuple[Token, str]:
    """A new token of the service account of this name, which is made if there is none.

    The text is answered this once. `roles` are those of a new account (`integration` if none are given).

    Raises:
        NotAllowed: the actor may make no tokens, or none with these roles. Invalid: name, days, roles, scopes.
        Conflict: the name is that of a person, or of a service with other roles.
    """
    rights.require(actor, "tokens.manage")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"A token is good for 1 to {MOST_DAYS} days, not {days}.")
    wanted = sorted({one.strip() for one in scopes if one.strip()})
    for one in wanted:
        _check_scope(one)
    account = _service(actor, name.strip().lower(), frozenset(roles))
    text = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        account=account,
        digest=digest(text),
        scopes=wanted,
        created_by=actor.id,
        expires=clock.now() + timedelta(days=days),
    )
    token.save()
    tell(Event("token-create", actor, detail=_words(token), subject=str(account.pk)))
    return token, text


def _check_scope(text: str) -> None:
    """Refuse what would open nothing, or not what was meant."""
    scope = access_scopes.parse(text)
    if scope is None or (scope.type != "*" and scope.type not in RESOURCES):
        raise Invalid(
            f"{text[:80]!r} is no scope: write such as system/*.rs (read and search everything),"
            " system/Observation.cruds or system/Patient.read.",
            expression="scopes",
        )
    if scope.where and scope.type != "*":
        parse_where(scope.type, scope.where, Registry.builtin())


@transaction.atomic
def revoke(actor: Principal, token_id: str) -> Token:
    """End a token at once. Raises NotFound, and NotAllowed."""
    rights.require(actor, "tokens.manage")
    token = Token.objects.select_for_update().filter(pk=_uuid(token_id)).first()
    if token is None:
        raise NotFound(f"There is no token {token_id}; `osler token list` has them all.")
    if token.revoked is None:
        token.revoked = clock.now()
        token.save(update_fields=["revoked"])
        account = token.account
        tell(Event("token-revoke", actor, detail=_words(token), subject=str(account.pk)))
    return token


def listed(*, ended: bool = False) -> list[Token]:
    """Tokens, newest first; with `ended` those too that open nothing any more."""
    found = Token.objects.select_related("account")
    return [token for token in found if ended or not token.ended]


def _service(actor: Principal, name: str, roles: frozenset[str]) -> Account:
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"{name!r} is no name for a service: small letters, digits, dots and dashes, as lab-feed."
        )
    account = Account.objects.filter(username=name).first()
    if account is None:
        granted = rights.check_grant(actor, roles or {DEFAULT_ROLE}, kind="service")
        return Account.objects.create_user(
            name, name=name, kind=Account.Kind.SERVICE, roles=sorted(granted)
        )
    if account.kind != Account.Kind.SERVICE or not account.is_active:
        raise Conflict(f"The name {name} is taken by another account, and names are never reused.")
    if roles and roles != set(account.roles):
        had = ", ".join(account.roles)
        raise Conflict(f"The service {name} exists with the role {had}; choose another name.")
    rights.check_grant(actor, account.roles, kind="service")
    return account


def _words(token: Token) -> str:
    return f"token {token.pk} of {token.account.username}, until {token.expires:%Y-%m-%d}"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(f"{text!r} is no id of a token; `osler token list` has them.") from error
