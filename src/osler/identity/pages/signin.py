"""Signing in: by password and second factor, or by a passkey alone; and signing out."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStageController
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth import logout as forget_session
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from osler.identity import forms, happenings, lockout, mfa, passkeys, sessions, signin, sso
from osler.identity.middleware import ENROLLING, LOCKED, reachable
from osler.identity.models import Account
from osler.identity.redirects import next_of
from osler.identity.words import spoken

PAGE = "identity/signin.html"
SECOND = "identity/second.html"


def gate(request: HttpRequest, template: str, about: dict[str, object]) -> HttpResponse:
    """A page at which one may sign in with the provider too, where one is configured."""
    button = sso.button()
    response = render(request, template, about | {"sso": button})
    if button is not None:
        parts = urlsplit(str(settings.OSLER.oidc_url))
        # The policy of the page holds a form even through the redirect that answers it.
        setattr(response, "osler_forms_to", [f"{parts.scheme}://{parts.netloc}"])  # noqa: B010
    return response


def refused(
    request: HttpRequest, template: str, form: Form, error: Exception, **more: object
) -> HttpResponse:
    """The form again, with what was wrong; a wait also as a header."""
    form.add_error(None, spoken(error))
    response = gate(request, template, {"form": form, "next": next_of(request), **more})
    if isinstance(error, lockout.TooMany):
        response.status_code = 429
        response.headers["Retry-After"] = str(error.seconds)
    return response


@reachable(ENROLLING, LOCKED)
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The first page of everybody."""
    to = next_of(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(to)
    if request.method != "POST":
        clear_login(request)
        about = {"form": forms.SignIn(), "next": to, "out": "out" in request.GET}
        return gate(request, PAGE, about)
    form = forms.SignIn(request.POST)
    if not form.is_valid():
        return gate(request, PAGE, {"form": form, "next": to})
    try:
        given = form.cleaned_data
        account = signin.by_password(request, given["login"], given["password"])
    except (signin.Wrong, lockout.TooMany) as error:
        return refused(request, PAGE, form, error)
    return signin.enter_by_password(request, account, to)


@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """The second factor, after the password."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None:
        return redirect("account_login")
    account = stage.login.user
    about = _ways(account)
    if request.method != "POST":
        return render(request, SECOND, {"form": forms.Code(), **about})
    form = forms.Code(request.POST)
    try:
        row = _second_proof(request, account, form)
    except (signin.Wrong, lockout.TooMany) as error:
        return refused(request, SECOND, form, error, **about)
    if row is None:
        return render(request, SECOND, {"form": form, **about})
    post_authentication(request, row)
    response: HttpResponse = stage.exit()
    return response


def _second_proof(request: HttpRequest, account: Account, form: Form) -> Authenticator | None:
    answer = request.POST.get("credential")
    if answer:
        form.errors.clear()
        return signin.by_passkey(request, answer, account)
    return signin.by_code(request, account, form.cleaned_data["code"]) if form.is_valid() else None


def _ways(account: Account) -> dict[str, object]:
    found = mfa.factors(account)
    return {
        "app": Authenticator.Type.TOTP in found,
        "passkey": Authenticator.Type.WEBAUTHN in found,
    }


@require_GET
def second_options(request: HttpRequest) -> JsonResponse:
    """What to ask the browser for, as the second factor."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None:
        return JsonResponse({"error": gettext("Start again with your password.")}, status=403)
    return JsonResponse(passkeys.begin(stage.login.user))


@require_GET
def passkey_options(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django's signature
    """What to ask the browser for, to sign in by a passkey alone."""
    return JsonResponse(passkeys.begin())


@require_POST
def by_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone."""
    try:
        row = signin.by_passkey(request, request.POST.get("credential", ""))
    except (signin.Wrong, lockout.TooMany) as error:
        form = forms.SignIn({})
        form.errors.clear()
        return refused(request, PAGE, form, error)
    return signin.enter_by_passkey(request, row, next_of(request))


@reachable(ENROLLING, LOCKED)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    if isinstance(request.user, Account):
        happenings.happened(request, "logout", request.user, session=sessions.row_of(request))
    forget_session(request)
    return redirect("/account/login/?out=1")


def too_old(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    """A form whose token is not that of this browser: an old page, or another site's."""
    return render(request, "identity/too_old.html", status=403)


def inactive(request: HttpRequest) -> HttpResponse:
    """An account that has been disabled."""
    return render(request, "identity/inactive.html", status=403)
