"""The locked screen: what it answers instead of pages, its state for scripts, and the way back."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from osler.identity import forms, kept, locking, lockout, mfa, passkeys, sessions, signin
from osler.identity.middleware import ENROLLING, LOCKED, reachable, wants_json
from osler.identity.models import Account, Session
from osler.identity.pages.signin import gate
from osler.identity.redirects import next_of
from osler.identity.words import spoken

PAGE = "identity/lock.html"
RESUME = "/account/resume/"


def refuse(request: HttpRequest) -> HttpResponse:
    """What a locked session is answered instead of the page it asked for (HTTP 423)."""
    if wants_json(request):
        return JsonResponse({"code": "locked", "unlock": "/account/lock/"}, status=423)
    to = RESUME if kept.keep(request) else request.get_full_path()
    if request.method not in {"GET", "HEAD", "POST"} or to.startswith("/account/lock"):
        to = "/"
    return _page(request, to)


def ways(account: Account) -> dict[str, bool]:
    """How this account can prove who it is, without signing in from the start."""
    found = mfa.factors(account)
    return {
        "password": account.has_usable_password(),
        "passkey": Authenticator.Type.WEBAUTHN in found,
        "code": Authenticator.Type.TOTP in found,
    }


def prove(request: HttpRequest, account: Account, action: str) -> str:
    """Take the password, code or passkey that was posted; answers which. Raises Wrong, TooMany."""
    given = request.POST
    if given.get("credential"):
        signin.by_passkey(request, given["credential"], account, action)
        return "passkey"
    if given.get("code"):
        signin.by_code(request, account, given["code"], action)
        return "code"
    signin.again_by_password(request, account, given.get("password", ""), action)
    return "password"


@reachable(LOCKED, ENROLLING)
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lock(request: HttpRequest) -> HttpResponse:
    """The locked screen; a POST locks."""
    account, row = _mine(request)
    if request.method == "POST":
        locking.lock(row, account, request)
        if wants_json(request):
            return _state(request)
        to = urlencode({"next": next_of(request)})
        return HttpResponseRedirect(f"{request.path}?{to}")
    if row.locked is None:
        return HttpResponseRedirect(next_of(request))
    return _page(request, next_of(request))


@reachable(LOCKED, ENROLLING)
@sensitive_post_parameters("password", "code")
@require_POST
@login_required
def unlock(request: HttpRequest) -> HttpResponse:
    """Open the session again, for a page's script or for the locked screen."""
    account, row = _mine(request)
    try:
        method = prove(request, account, "unlock")
    except (signin.Wrong, lockout.TooMany) as error:
        return _not_opened(request, error)
    locking.unlock(row, account, request, method)
    return _state(request) if wants_json(request) else HttpResponseRedirect(next_of(request))


@reachable(LOCKED, ENROLLING)
@require_GET
@login_required
def options(request: HttpRequest) -> JsonResponse:
    """What to ask the browser for, where a passkey is to unlock or to confirm."""
    return JsonResponse(passkeys.begin(_mine(request)[0]))


@reachable(LOCKED, ENROLLING)
@require_http_methods(["GET", "POST"])
def state(request: HttpRequest) -> JsonResponse:
    """How the session stands. A GET is no use of it; a POST says that somebody is at the keyboard."""
    if isinstance(request.user, Account):
        row = sessions.row_of(request)
        if request.method == "POST" and row is not None:
            locking.touch(row)
    return _state(request)


@login_required
@require_GET
def resume(request: HttpRequest) -> HttpResponse:
    """The form that was kept while the session was locked: to be sent now, or not."""
    found = kept.take(request)
    if found is None:
        return HttpResponseRedirect("/")
    return render(request, "identity/resume.html", {"kept": found})


def _mine(request: HttpRequest) -> tuple[Account, Session]:
    row = sessions.row_of(request)
    assert isinstance(request.user, Account)
    assert row is not None
    return request.user, row


def _page(request: HttpRequest, to: str) -> HttpResponse:
    account, _ = _mine(request)
    about: dict[str, object] = {"form": forms.Password(), "next": to, "ways": ways(account)}
    response = gate(request, PAGE, about | {"kept": kept.there(request)})
    response.status_code = 423
    return response


def _not_opened(request: HttpRequest, error: Exception) -> HttpResponse:
    status = 429 if isinstance(error, lockout.TooMany) else 403
    if wants_json(request):
        return JsonResponse({"code": "refused", "error": spoken(error)}, status=status)
    form = forms.Password({})
    form.errors.clear()
    form.add_error(None, spoken(error))
    account, _ = _mine(request)
    about: dict[str, object] = {"form": form, "next": next_of(request), "ways": ways(account)}
    response = gate(request, PAGE, about | {"kept": kept.there(request)})
    response.status_code = status
    return response


def _state(request: HttpRequest) -> JsonResponse:
    if not isinstance(request.user, Account):
        return JsonResponse({"state": "ended"})
    account, row = _mine(request)
    about = {
        "state": "open" if row.locked is None else "locked",
        "account": str(account.pk),
        "remaining": locking.remaining(row, account),
        "token": get_token(request),
        "ways": ways(account),
    }
    return JsonResponse(about)
