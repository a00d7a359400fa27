"""From an account, a session or a token to the principal that the record asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.middleware.csrf import (  # type: ignore[attr-defined]  # not in the stubs
    CSRF_SECRET_LENGTH,
    CSRF_TOKEN_LENGTH,
    _does_token_match,
)

from osler.access import Origin, Principal
from osler.identity import rights, tokens
from osler.identity.models import Account
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import NotAllowed, NotAuthenticated, NotFound

_SQL = Path(__file__).with_name("sql")
_TOKEN = _SQL.joinpath("token.sql").read_bytes()
_TOKEN_USED = _SQL.joinpath("token_used.sql").read_bytes()
_NOTED_EVERY = timedelta(minutes=1)  # A write for each read would cost more than the read.
_SIGN_IN = "Sign in, or send the header Authorization: Bearer and a token."
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTAL = "/my/"
ACTING_FOR = "acting_for"
"""In a session and in a form: the logical id of the patient whom its owner acts for."""
_given: list[Database] = []


def principal(
    account: Account, *, session: str | None = None, origin: Origin | None = None
) -> Principal:
    """The principal that an account is."""
    return Principal(
        id=str(account.pk),
        name=account.name,
        roles=frozenset(account.roles) - {rights.LOCAL_ROLE},
        person=account.person or None,
        patient=account.patient or None,
        own_patient=account.own_patient or None,
        session=session,
        origin=origin or Origin(),
    )


def of_account(name: str) -> Principal:
    """The principal of the account with this login name or id. Raises NotFound."""
    found = Account.objects.filter(username=name.strip().lower()).first()
    if found is None:
        raise NotFound(f"There is no account {name!r}; `osler account list` has them all.")
    return principal(found)


def use(database: Database) -> None:
    """Ask this database who calls the API: the pool of the API itself, so that no other is held."""
    _given[:] = [database]


def of_request(environ: Mapping[str, Any]) -> Principal:
    """Who makes this request: the bearer of a token, or the owner of a session.

    Raises:
        NotAuthenticated: neither, or one that has ended.
        NotAllowed: a purpose that is none of the role.
    """
    header: str | None = environ.get("HTTP_AUTHORIZATION")
    if header is not None:
        found = _of_token(header)
    elif settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", ""):
        found = _of_session(environ)
    else:
        raise NotAuthenticated(_SIGN_IN)
    purpose = environ.get("HTTP_X_PURPOSE_OF_USE")
    return found if purpose is None else for_purpose(found, purpose)


def for_purpose(principal: Principal, purpose: str) -> Principal:
    """The principal with this purpose of use, if one of the roles knows it. Raises NotAllowed."""
    known = rights.roles()
    allowed = {p for code in principal.roles if code in known for p in known[code].purposes}
    if purpose not in allowed:
        raise NotAllowed(
            f"The purpose of use {purpose[:40]!r} is none of your roles'; they have"
            f" {', '.join(sorted(allowed)) or 'none'}."
        )
    return replace(principal, purpose=purpose)


def of_page(request: HttpRequest) -> Principal:
    """Who asks for a page; on the portal's, while acting for a patient, who that makes them.

    A form posted by somebody who acts for another names the patient whom it was opened for
    (`portal/for.html`), so that a second window cannot send it to another patient's chart.

    Raises:
        NotAuthenticated: nobody is signed in. NotAllowed: no authority, or the form is another patient's.
    """
    from osler.identity import happenings, proxies, sessions

    account = request.user
    if not isinstance(account, Account):
        raise NotAuthenticated("You are not signed in: sign in at /account/login/.")
    row, origin = sessions.row_of(request), happenings.origin_of(request)
    number = str(row.pk) if row is not None else None
    portal = request.path.startswith(_PORTAL)
    patient = acting_for(request, account) if portal else None
    if portal and request.method == "POST" and request.POST.get(ACTING_FOR, "") != (patient or ""):
        raise NotAllowed(
            "This form was opened for another patient than the one you act for now. Open it again."
        )
    if not patient:
        return principal(account, session=number, origin=origin)
    try:
        return proxies.acting(account, patient, session=number, origin=origin)
    except NotAllowed:
        request.session.pop(ACTING_FOR, None)  # Once: then they are themselves again.
        raise


def acting_for(request: HttpRequest, account: Account) -> str | None:
    """The logical id of the patient whom the account acts for on the portal's pages, as chosen.

    An account that is there to act for one patient alone has nothing to choose.
    """
    from osler.identity import proxies

    chosen: str | None = request.session.get(ACTING_FOR)
    if chosen is None and account.kind == Account.Kind.PROXY:
        patients = {one.patient for one in proxies.current(account)}
        return patients.pop() if len(patients) == 1 else None
    return chosen


def _of_session(environ: Mapping[str, Any]) -> Principal:
    """The owner of the session, or who that is while acting for the patient that a header names."""
    from osler.identity import locking, proxies, sessions

    try:
        row = sessions.of_environ(environ)
        if environ["REQUEST_METHOD"] not in _SAFE:
            _check_csrf(environ)
        if environ.get("HTTP_SEC_FETCH_MODE", "navigate") == "navigate":
            locking.touch(
                row
            )  # What a page fetches by itself is no use: it says so when somebody is there.
        account, number = cast("Account", row.account), str(row.pk)
        patient = environ.get("HTTP_X_ACTING_FOR")
        if patient is not None:
            return proxies.acting(account, patient, session=number)
        return principal(account, session=number)
    finally:
        connection.close()  # Back to the pool: no signal of Django's ends this request.


def _check_csrf(environ: Mapping[str, Any]) -> None:
    """A page of another site cannot know what the cookie and this header have in common.

    https://docs.djangoproject.com/en/5.2/howto/csrf/#using-csrf-protection-with-ajax
    """
    secret = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.CSRF_COOKIE_NAME, "")
    sent = environ.get("HTTP_X_CSRFTOKEN", "")
    if len(secret) != CSRF_SECRET_LENGTH or len(sent) not in {
        CSRF_SECRET_LENGTH,
        CSRF_TOKEN_LENGTH,
    }:
        raise NotAllowed("A write with a session needs the header X-CSRFToken.")
    if not _does_token_match(sent, secret):
        raise NotAllowed("The header X-CSRFToken is not that of this session.")


def _of_token(header: str) -> Principal:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated("Only tokens are taken: send Authorization: Bearer and a token.")
    now = clock.now()
    with _given[0].connection() as connection:
        values = {"digest": tokens.digest(text.strip()), "now": now}
        row = connection.execute(_TOKEN, values, prepare=True).fetchone()
        if row is not None and (row[2] is None or now - row[2] > _NOTED_EVERY):
            connection.execute(_TOKEN_USED, {"id": row[0], "now": now})
    if row is None:
        raise NotAuthenticated("This token is not known, has expired or was withdrawn.")
    session, scopes, _, id, name, roles, person, patient, own_patient = row
    return Principal(
        id=id,
        name=name,
        roles=_roles(roles),
        scopes=frozenset(json.loads(scopes)),
        person=person or None,
        patient=patient or None,
        own_patient=own_patient or None,
        session=session,
    )


def _roles(text: str) -> frozenset[str]:
    """The codes; the operator's own role is none that a row of a table could give."""
    return frozenset(json.loads(text)) - {rights.LOCAL_ROLE}
