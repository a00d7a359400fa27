"""Accounts for tests, and browsers that they sign in with. Import after `pages` has set Django up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osler.kit import clock

if TYPE_CHECKING:
    from django.test import Client

    from osler.identity.models import Account, Session

PASSWORD = "seven heron under umber"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


_FORGOTTEN = ("account", "throttle", "session", "cache", "mail")
# Those tables, and whatever refers to them: foreign keys are looked at when the transaction ends.
_WITH_WHAT_REFERS = """
    WITH RECURSIVE found(name) AS (
        SELECT unnest(%s::regclass[])
        UNION SELECT conrelid FROM pg_constraint JOIN found ON confrelid = name WHERE contype = 'f'
    ) SELECT string_agg(format('DELETE FROM %%s', name), '; ') FROM found"""


def clear() -> None:
    """Forget every account and what belongs to them."""
    from django.db import connection

    # Not TRUNCATE, which makes every file of the tables and of their indexes anew, for a handful of rows.
    with connection.cursor() as cursor:
        cursor.execute(_WITH_WHAT_REFERS, [[f"identity_{name}" for name in _FORGOTTEN]])
        (deletions,) = cursor.fetchone()
        cursor.execute(deletions)


def nurse(name: str = "ana", **more: Any) -> Account:
    """A member of staff, whose role needs a second factor."""
    return _account(name, roles=["nurse"], email=f"{name}@example.org", **more)


def patient(name: str = "pat", **more: Any) -> Account:
    """A patient, whose role needs none."""
    return _account(name, kind="patient", roles=["patient"], email=f"{name}@example.org", **more)


def with_app(account: Account) -> Account:
    """The account, with an authenticator app that has SECRET."""
    from allauth.mfa.models import Authenticator

    from osler.identity.sealing import seal_text

    Authenticator.objects.create(
        user=account, type="totp", data={"secret": seal_text(SECRET), "used": 0}
    )
    return account


def code(ahead: int = 0, secret: str = SECRET) -> str:
    """What the app of `with_app` shows now, or in so many periods."""
    from osler.identity import totp

    return totp.code_at(secret, totp.period() + ahead)


def browser(**more: Any) -> Client:
    """A browser with no cookies yet, that CSRF is asked of."""
    from django.test import Client

    return Client(SERVER_NAME="localhost", HTTP_USER_AGENT=FIREFOX, **more)


def signed_in(account: Account, client: Client | None = None) -> Client:
    """A browser in which the account has signed in, with its app where it has one."""
    from osler.identity import mfa

    client = client or browser()
    answer = enter(client, account.username)
    if mfa.enrolled(account):
        assert answer["Location"] == "/account/login/second/"
        answer = client.post("/account/login/second/", {"code": code()})
    assert answer.status_code == 302, answer.content
    return client


def enter(client: Client, name: str, password: str = PASSWORD, **more: Any) -> Any:
    """Send the form of the sign-in page."""
    return client.post("/account/login/", {"login": name, "password": password, **more})


def session_of(client: Client) -> Session:
    """The row of the session that a browser's cookie names."""
    from osler.identity.models import Session
    from osler.identity.sessions import hashed

    return Session.objects.get(key_hash=hashed(client.cookies["osler-session"].value))


def errors(answer: Any) -> str:
    """What a page says is wrong."""
    found = re.findall(r'<ul class="errorlist[^>]*>(.*?)</ul>', answer.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", each).strip() for each in found)


def use_soon(account: Account) -> None:
    """Let the app's present code be good again."""
    from allauth.mfa.models import Authenticator

    row = Authenticator.objects.get(user_id=account.pk, type="totp")
    row.data["used"] = 0
    row.save()


def _account(name: str, **more: Any) -> Account:
    from osler.identity.models import Account

    return Account.objects.create_user(
        name, PASSWORD, name=more.pop("shown", name.title()), created=clock.now(), **more
    )
