"""Making an account of one's own: by the link of an invitation, or by a code from the front desk."""

from __future__ import annotations

import logging
from typing import Any, cast

import requests
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from osler.identity import enrolment, invitations, lockout, passwords, signin
from osler.identity.models import Account, Invitation
from osler.identity.words import spoken
from osler.kit.errors import Conflict, OslerError

_log = logging.getLogger("osler.identity")
_SECRET = "osler.invitation"  # noqa: S105 - a name in the session
_PAGE = "identity/join.html"
_name = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._@+-]{2,149}$",
    gettext_lazy(
        "Use three or more letters, digits and . _ - @ +, beginning with a letter or digit."
    ),
)


class NewAccount(forms.Form):
    """User name and password of an account that is being made."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=150,
        validators=[_name],
        help_text=gettext_lazy("You sign in with it. It cannot be changed later."),
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    new_password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._account = account
        self.fields["new_password"].help_text = passwords.hint(account)

    def clean(self) -> dict[str, Any]:
        """Refuse a password that is short or guessable, for this user name too."""
        given = self.cleaned_data
        password = given.get("new_password")
        if password:
            self._account.username = given.get("username", "")
            found = passwords.problems(password, self._account)
            if found:
                self.add_error("new_password", ValidationError(found))
        return given


class Enrol(NewAccount):
    """The same, after the code on the paper and the birth date."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("From the paper of the front desk."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
    )
    born = forms.DateField(
        label=gettext_lazy("Date of birth"),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        help_text=gettext_lazy(
            "For a forgotten password and news of your account. It never holds health data."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ("code", "born", "username", "new_password", "email")


@require_GET
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of the mail: its secret goes from the address into the session at once."""
    request.session[_SECRET] = secret[:100]
    return redirect("join")


@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Choose user name and password, and sign in."""
    secret = str(request.session.get(_SECRET, ""))
    try:
        found = invitations.opened(secret)
    except OslerError as error:
        return render(request, "identity/join_closed.html", {"text": spoken(error)}, status=410)
    if isinstance(request.user, Account):
        return _taken_on(request, request.user, secret, found)
    probe = Account(name=found.name, email=found.email, roles=found.roles, kind=found.kind)
    form = NewAccount(request.POST or None, account=probe)
    if form.is_valid():
        try:
            given = form.cleaned_data
            account = invitations.accept(secret, given["username"], given["new_password"])
        except Conflict as error:
            form.add_error("username", spoken(error))
        else:
            del request.session[_SECRET]
            return signin.enter_by_password(request, account, "/")
    return render(request, _PAGE, {"form": form, "invitation": found, "title": gettext("Welcome")})


def _taken_on(
    request: HttpRequest, account: Account, secret: str, found: Invitation
) -> HttpResponse:
    """Who is signed in may act for the patient with the account they have; staff are made anew."""
    if found.kind != Account.Kind.PROXY or request.method != "POST":
        offered = found if found.kind == Account.Kind.PROXY else None
        about = {"signed_in": True, "offered": offered}
        return render(request, "identity/join_closed.html", about, status=200 if offered else 409)
    try:
        made = invitations.take_on(secret, account)
    except OslerError as error:
        return render(request, "identity/join_closed.html", {"text": spoken(error)}, status=409)
    del request.session[_SECRET]
    messages.success(
        request,
        gettext("You may act for %(patient_name)s now.") % {"patient_name": made.patient_name},
    )
    return redirect("/my/proxies/")


@sensitive_post_parameters("new_password", "code", "born")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """A patient's own account, by the code of the front desk."""
    if request.user.is_authenticated:
        return render(request, "identity/join_closed.html", {"signed_in": True}, status=409)
    probe = Account(kind=Account.Kind.PATIENT, roles=["patient"])
    form = Enrol(request.POST or None, account=probe)
    if form.is_valid():
        try:
            account = _enrolled(request, form.cleaned_data)
        except lockout.TooMany as error:
            form.add_error(None, spoken(error))
            answer = render(request, _PAGE, {"form": form, "title": _TITLE}, status=429)
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        except Conflict as error:
            form.add_error("username" if error.issues[0].expression else None, spoken(error))
        except OslerError as error:
            form.add_error(None, spoken(error))
        else:
            return signin.enter_by_password(request, account, "/")
    return render(request, _PAGE, {"form": form, "title": _TITLE})


@require_http_methods(["GET", "HEAD", "POST"])
def provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the sign-in provider; a page of ours where it does not answer."""
    # The library would take what to ask of the provider, and to what end, from the address.
    kept = request.GET.copy()
    for name in set(kept) - {"next"}:
        del kept[name]
    request.GET = kept  # type: ignore[assignment]
    try:
        return cast("HttpResponse", openid_connect.login(request, provider_id))
    except requests.RequestException as error:
        _log.warning("The sign-in provider does not answer: %s", type(error).__name__)
        text = gettext("The sign-in provider does not answer. Try again in a moment.")
        return render(request, "identity/sso_refused.html", {"text": text}, status=503)


_TITLE = gettext_lazy("Your own account")


def _enrolled(request: HttpRequest, given: dict[str, Any]) -> Account:
    """Every attempt counts, for the code and for the address that it comes from."""
    attempt = lockout.attempt(request, "enrol", None, enrolment.plain(given["code"]))
    account = enrolment.enrol(
        given["code"], given["born"], given["username"], given["new_password"], given["email"]
    )
    attempt.succeeded()
    return account
