"""Proofs of who somebody is: a password, a code, a passkey; each counted, each told of."""

from __future__ import annotations

from allauth.account.internal.flows.login import perform_login, perform_password_login
from allauth.account.models import Login
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.http import HttpRequest, HttpResponse

from osler.identity import happenings, lockout, passkeys, recovery, totp
from osler.identity.hooks import MULTI
from osler.identity.models import Account
from osler.kit.errors import NotAuthenticated

_LONGEST = 4096
WRONG = "The login name or the password is wrong."


class Wrong(NotAuthenticated):
    """The proof does not hold."""


def named(name: str) -> Account | None:
    """The account of a login name, or of an address for mail that exactly one has."""
    wanted = name.strip().lower()
    if not wanted or "\0" in wanted:
        return None
    found = Account.objects.filter(username=wanted).first()
    if found is None and "@" in wanted:
        found = _by_address(wanted)
    return found


def _by_address(address: str) -> Account | None:
    """The one account with it. One that was invited there comes before one whose owner only said so."""
    some = Account.objects.filter(email__iexact=address, is_active=True)
    for found in (some.exclude(kind=Account.Kind.PATIENT)[:2], some[:2]):
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            return None
    return None


def by_password(request: HttpRequest, name: str, password: str) -> Account:
    """The account that this name and password are of.

    An unknown name costs the same time and gives the same answer as a wrong password.

    Raises:
        Wrong: they are none's. TooMany: it must wait first.
    """
    account = named(name)
    attempt = _counted(request, "sign-in", account, name)
    if not _fits(account, password) or account is None or not _may_by_password(account):
        happenings.failed(request, "login-failed", account, name, _why(account))
        raise Wrong(WRONG)
    attempt.succeeded()
    return account


def again_by_password(request: HttpRequest, account: Account, password: str, action: str) -> None:
    """The same for somebody who is signed in. Raises Wrong, TooMany."""
    attempt = _counted(request, "sign-in", account, "")
    if not _fits(account, password):
        happenings.failed(request, f"{action}-failed", account, "", "password")
        raise Wrong("The password is wrong.")
    attempt.succeeded()


def by_code(
    request: HttpRequest, account: Account, code: str, action: str = "login"
) -> Authenticator:
    """The factor that the code is of: an app's, or a recovery code (then one less is left).

    Raises:
        Wrong: of neither, or used before. TooMany: it must wait first.
    """
    attempt = _counted(request, "code", account, "")
    tried = code[:100]
    row = totp.use(account, tried) or recovery.use(account, tried)
    if row is None:
        happenings.failed(request, f"{action}-failed", account, "", "code")
        raise Wrong("The code is wrong or was used before. Wait for the next one.")
    attempt.succeeded()
    return row


def by_passkey(
    request: HttpRequest, answer: str, account: Account | None = None, action: str = "login"
) -> Authenticator:
    """The passkey that the browser's answer proves. Raises Wrong, TooMany."""
    attempt = _counted(request, "passkey", account, None)
    row = passkeys.use(answer, account)
    if row is None or not _may(row.user):
        happenings.failed(request, f"{action}-failed", account, "", "passkey")
        raise Wrong("That passkey does not open this account.")
    attempt.succeeded()
    return row


def enter_by_password(request: HttpRequest, account: Account, to: str | None) -> HttpResponse:
    """Go on with the sign-in after the password: to the second factor, or in."""
    request.session.pop(MULTI, None)  # Another's, who came from the provider and did not get in.
    login = Login(user=account, redirect_url=to)
    response: HttpResponse = perform_password_login(request, {"username": account.username}, login)
    return response


def enter_by_passkey(request: HttpRequest, row: Authenticator, to: str | None) -> HttpResponse:
    """Sign in: a passkey whose device has verified the person is two factors."""
    post_authentication(request, row, passwordless=True)
    response: HttpResponse = perform_login(request, Login(user=row.user, redirect_url=to))
    return response


def _counted(
    request: HttpRequest, what: str, account: Account | None, name: str | None
) -> lockout.Attempt:
    try:
        return lockout.attempt(request, what, account, name)
    except lockout.TooMany:
        happenings.failed(request, "login-failed", account, name or "", f"{what}: too many")
        raise


def _fits(account: Account | None, password: str) -> bool:
    """Hashes whoever is asked for, so that the time says nothing."""
    tried = password[:_LONGEST]
    if account is None:
        check_password(tried, UNUSABLE_PASSWORD_PREFIX)  # As long as with a real one.
        return False
    return account.check_password(tried)


def _may(account: Account) -> bool:
    return account.is_active and account.kind != Account.Kind.SERVICE


def _may_by_password(account: Account) -> bool:
    from osler.identity.sso import password_allowed

    return _may(account) and password_allowed(account)


def _why(account: Account | None) -> str:
    if account is None or _may_by_password(account):
        return "password"
    return "this account may not sign in by password" if account.is_active else "disabled"
