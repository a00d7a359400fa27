"""Passwords: a change of one's own, and a new one by a link for who has forgotten theirs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from osler.identity import forms, happenings, lockout, notices, sessions, signin, stepup
from osler.identity.models import Account
from osler.identity.pages.signin import refused
from osler.kit import clock
from osler.kit.words import N_

CHANGE = "identity/password.html"
FORGOTTEN = "identity/forgotten.html"
NEW = "identity/new_password.html"
_LINK = "osler.reset"


class Links(PasswordResetTokenGenerator):
    """Links that are good until the password, or the last sign-in, is another."""

    key_salt = "osler.identity.pages.password.Links"

    def _now(self) -> datetime:
        return clock.now().replace(tzinfo=None)


links = Links()


@login_required
@sensitive_post_parameters("password", "new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponseBase:
    """Change one's own password; every other session ends."""
    account = request.user
    assert isinstance(account, Account)
    if not account.has_usable_password():
        return _first(request)
    form = forms.ChangePassword(request.POST or None, account=account)
    if request.method != "POST" or not form.is_valid():
        return render(request, CHANGE, {"form": form})
    try:
        present = form.cleaned_data["password"]
        signin.again_by_password(request, account, present, "password-change")
    except (signin.Wrong, lockout.TooMany) as error:
        return refused(request, CHANGE, form, error)
    return _changed(request, account, form.cleaned_data["new_password"])


@stepup.required
def _first(request: HttpRequest) -> HttpResponseBase:
    """A password for an account that has only signed in otherwise."""
    account = request.user
    assert isinstance(account, Account)
    form = forms.NewPassword(request.POST or None, account=account)
    if request.method != "POST" or not form.is_valid():
        return render(request, CHANGE, {"form": form})
    return _changed(request, account, form.cleaned_data["new_password"])


def _changed(request: HttpRequest, account: Account, fresh: str) -> HttpResponse:
    with transaction.atomic():
        account.keep_session = sessions.row_of(request)
        account.set_password(fresh)
        account.save()
        happenings.happened(request, "password-change", account, session=account.keep_session)
    update_session_auth_hash(request, account)
    notices.changed(
        account,
        N_("The password of your account %(username)s was changed."),
        username=account.username,
    )
    messages.success(
        request, gettext("Your password has been changed. All other sessions have ended.")
    )
    return redirect("account_home")


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer is the same whether there is such an account."""
    form = forms.Forgotten(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, FORGOTTEN, {"form": form})
    account = signin.named(form.cleaned_data["login"])
    try:
        # Never taken back: every link costs, so that nobody's mailbox is flooded.
        lockout.attempt(request, "reset", account, form.cleaned_data["login"])
    except lockout.TooMany as error:
        return refused(request, FORGOTTEN, form, error)
    if account is None or not account.is_active or not account.email:
        happenings.failed(request, "reset-failed", account, form.cleaned_data["login"], "no mail")
    else:
        happenings.happened(request, "password-reset-asked", account)
        token = links.make_token(account)
        path = reverse("account_reset_link", args=[account.pk, token])
        minutes = settings.PASSWORD_RESET_TIMEOUT // 60
        notices.reset_link(account, request.build_absolute_uri(path), minutes)
    return render(request, FORGOTTEN, {"sent": True})


@require_GET
def link(request: HttpRequest, number: UUID, token: str) -> HttpResponse:
    """Take the link out of the address, where histories and logs would keep it."""
    request.session[_LINK] = [str(number), token]
    return HttpResponseRedirect(reverse("account_reset_set"))


@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Choose the new password; every session ends, and signing in still asks for the second factor."""
    number, token = request.session.get(_LINK, ["", ""])
    account = Account.objects.filter(pk=number, is_active=True).first() if number else None
    if account is None or not links.check_token(account, token):
        return render(request, NEW, {"broken": True}, status=410)
    form = forms.NewPassword(request.POST or None, account=account)
    if request.method != "POST" or not form.is_valid():
        return render(request, NEW, {"form": form, "username": account.username})
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        if not links.check_token(account, token):
            return render(request, NEW, {"broken": True}, status=410)
        account.set_password(form.cleaned_data["new_password"])
        account.save()
        happenings.happened(request, "password-reset", account)
    del request.session[_LINK]
    lockout.clear(account, ("sign-in", "reset"))
    notices.changed(
        account,
        N_("The password of your account %(username)s was changed by a link."),
        username=account.username,
    )
    messages.success(request, gettext("Your password has been changed. Sign in with it."))
    return redirect("account_login")
