"""One's second factors: an authenticator app, passkeys, recovery codes."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from osler.identity import (
    forms,
    happenings,
    hooks,
    mfa,
    notices,
    passkeys,
    recovery,
    sessions,
    stepup,
    totp,
)
from osler.identity.middleware import ENROLLING, factor_due, reachable, wants_json
from osler.identity.models import Account
from osler.identity.redirects import next_of
from osler.identity.requirements import mfa_required
from osler.kit.words import N_

_SECRET = "osler.totp"  # noqa: S105 - the name of a place, not a secret
WORDS = {
    Authenticator.Type.TOTP: gettext_lazy("An authenticator app"),
    Authenticator.Type.WEBAUTHN: gettext_lazy("A passkey"),
}


def due(request: HttpRequest) -> HttpResponse:
    """What is answered while a second factor is due: the page to add one."""
    if wants_json(request):
        about = {"code": "second-factor", "enrol": "/account/factors/"}
        return JsonResponse(about, status=403)
    inside = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"/account/factors/?{urlencode({'next': inside})}")


@reachable(ENROLLING)
@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Which there are, and how to add one."""
    account = _mine(request)
    rows = Authenticator.objects.filter(user_id=account.pk, type__in=mfa.FACTORS)
    listed = [
        {"row": row, "what": WORDS[row.type], "name": row.data.get("name", "")}
        for row in rows.order_by("created_at")
    ]
    about = {
        "factors": listed,
        "app": any(each["row"].type == Authenticator.Type.TOTP for each in listed),
        "codes": recovery.left(account),
        "due": _is_due(request, account),
        "required": mfa_required(account.roles),
        "next": next_of(request),
    }
    return render(request, "identity/factors.html", about)


@reachable(ENROLLING)
@login_required
@stepup.required
@require_http_methods(["GET", "HEAD", "POST"])
def add_app(request: HttpRequest) -> HttpResponse:
    """Add an authenticator app: scan, then show that it works."""
    account = _mine(request)
    if Authenticator.Type.TOTP in mfa.factors(account):
        return redirect("mfa_index")
    form = forms.AppCode(request.POST or None)
    if request.method == "POST" and form.is_valid():
        secret = request.session.get(_SECRET)
        with transaction.atomic():
            if secret and totp.activate(account, secret, form.cleaned_data["code"]):
                del request.session[_SECRET]
                return _added(request, account, Authenticator.Type.TOTP)
        form.add_error(
            "code", gettext("That is not the code of now. Is the telephone's clock right?")
        )
    secret = request.session.setdefault(_SECRET, totp.new_secret())
    about = {
        "form": form,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": totp.picture(totp.address(account, secret, "Osler")),
        "next": next_of(request),
    }
    return render(request, "identity/add_app.html", about)


@reachable(ENROLLING)
@login_required
@stepup.required
@require_http_methods(["GET", "HEAD", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey."""
    account = _mine(request)
    form = forms.Passkey(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with transaction.atomic():
            if passkeys.add(account, given["credential"], given["name"]):
                return _added(request, account, Authenticator.Type.WEBAUTHN)
        form.add_error(
            None, gettext("That did not work. Try again, with a PIN, a finger or your face.")
        )
    return render(request, "identity/add_passkey.html", {"form": form, "next": next_of(request)})


@reachable(ENROLLING)
@login_required
@stepup.required
@require_GET
def passkey_options(request: HttpRequest) -> JsonResponse:
    """What to ask the browser for, to make a passkey."""
    return JsonResponse(passkeys.begin_adding(_mine(request)))


@login_required
@stepup.required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Remove a factor; the last one stays where a role needs it."""
    account = _mine(request)
    row = get_object_or_404(Authenticator, pk=number, user_id=account.pk, type__in=mfa.FACTORS)
    others = Authenticator.objects.filter(user_id=account.pk, type__in=mfa.FACTORS).exclude(
        pk=row.pk
    )
    last = not others.exists()
    needed = last and mfa_required(account.roles)
    what = f"{WORDS[row.type]} {row.data.get('name', '')}".strip()
    if request.method != "POST" or needed:
        about = {"what": what, "last": last, "needed": needed, "number": number}
        return render(request, "identity/remove_factor.html", about)
    with transaction.atomic():
        row.delete()
        if last:
            Authenticator.objects.filter(user_id=account.pk).delete()
        happenings.happened(
            request, "mfa-removed", account, session=sessions.row_of(request), detail=row.type
        )
    notices.changed(
        account,
        N_("%(what)s was removed from your account %(username)s."),
        what=what,
        username=account.username,
    )
    messages.success(request, gettext("Removed: %(what)s.") % {"what": what})
    return redirect("mfa_index")


@reachable(ENROLLING)
@login_required
@stepup.required
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes, shown this once."""
    account = _mine(request)
    if not mfa.enrolled(account):
        raise Http404
    happenings.happened(
        request, "mfa-codes", account, session=sessions.row_of(request), detail="renewed"
    )
    fresh = recovery.renew(account)
    notices.changed(
        account,
        N_("New recovery codes were made for your account %(username)s."),
        username=account.username,
    )
    return _show(request, fresh)


def _added(request: HttpRequest, account: Account, kind: str) -> HttpResponse:
    """The session now has two factors, and a new cookie; codes are made with the first factor."""
    row = sessions.row_of(request)
    assert row is not None
    happenings.happened(request, "mfa-added", account, session=row, detail=kind)
    row.multi, row.method = True, f"{row.method}+{hooks.method_of(kind)}"[:40]
    row.save(update_fields=["multi", "method"])
    # Whoever has only the password, and a session from before, must not add a factor of theirs too.
    sessions.end_weak(account, "second factor added")
    request.session.cycle_key()
    if recovery.left(account) is None:
        response = _show(request, recovery.renew(account))
    else:
        messages.success(
            request, gettext("%(kind)s has been added.") % {"kind": WORDS[Authenticator.Type(kind)]}
        )
        response = HttpResponseRedirect(next_of(request, "/account/factors/"))
    notices.changed(
        account,
        N_("%(what)s was added to your account %(username)s."),
        what=WORDS[Authenticator.Type(kind)],
        username=account.username,
    )
    return response


def _show(request: HttpRequest, fresh: list[str]) -> HttpResponse:
    return render(request, "identity/codes.html", {"codes": fresh, "next": next_of(request)})


def _is_due(request: HttpRequest, account: Account) -> bool:
    row = sessions.row_of(request)
    return row is not None and factor_due(row, account)


def _mine(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user
