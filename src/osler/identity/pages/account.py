"""One's own account: what it is, where it is signed in, from which browsers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout as forget_session
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from osler.identity import devices, happenings, mfa, recovery, sessions
from osler.identity.models import Account, Device, Session
from osler.identity.words import role_name
from osler.kit import clock

_NEW = timedelta(days=7)
_SHOWN = 20


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What the account is, and where to change what about it."""
    account = _mine(request)
    about = {
        "roles": [role_name(code) for code in account.roles],
        "factors": sorted(mfa.factors(account)),
        "codes": recovery.left(account),
        "open": len(sessions.open_sessions(account)),
        "new_devices": _recent(account),
    }
    return render(request, "identity/home.html", about)


@login_required
@require_GET
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where one is signed in, and from which browsers one ever was."""
    account = _mine(request)
    current = sessions.row_of(request)
    ended = Session.objects.filter(account=account).exclude(ended=None).order_by("-ended")
    about = {
        "open": [_shown(row, current) for row in sessions.open_sessions(account)],
        "ended": [_shown(row, current) for row in ended[:_SHOWN]],
        "devices": [
            {"row": row, "client": devices.words(row.client), "new": row in _recent(account)}
            for row in Device.objects.filter(account=account, forgotten=None).order_by("-last_seen")
        ],
    }
    return render(request, "identity/sessions.html", about)


@login_required
@require_POST
def end(request: HttpRequest, number: UUID) -> HttpResponse:
    """End one of one's own sessions."""
    account = _mine(request)
    row = get_object_or_404(Session, pk=number, account=account)
    current = sessions.row_of(request)
    sessions.end(row, "signed out from elsewhere")
    happenings.happened(request, "logout", account, session=row, detail="from elsewhere")
    if current is not None and current.pk == row.pk:
        forget_session(request)
        return redirect("/account/login/?out=1")
    messages.success(request, gettext("That session has ended."))
    return redirect("account_sessions")


@login_required
@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere: here too, or everywhere else."""
    account = _mine(request)
    here = sessions.row_of(request) if request.POST.get("keep") else None
    ended = sessions.end_all(account, "signed out everywhere", keep=here)
    detail = f"everywhere, {ended} sessions"
    happenings.happened(request, "logout", account, session=here, detail=detail)
    if here is None:
        forget_session(request)
        return redirect("/account/login/?out=1")
    messages.success(
        request,
        gettext("Signed out everywhere else: %(ended)s session(s) ended.") % {"ended": ended},
    )
    return redirect("account_sessions")


@login_required
@require_POST
def forget_device(request: HttpRequest, number: UUID) -> HttpResponse:
    """Forget a browser: sessions there end, and its next sign-in is one from a new browser."""
    account = _mine(request)
    device = get_object_or_404(Device, pk=number, account=account, forgotten=None)
    devices.forget(device)
    current = sessions.row_of(request)
    for row in Session.objects.filter(account=account, device=device, ended=None):
        if current is None or row.pk != current.pk:
            sessions.end(row, "browser forgotten")
    happenings.happened(request, "device-forgotten", account, session=current)
    messages.success(request, gettext("That browser has been forgotten."))
    return redirect("account_sessions")


def _recent(account: Account) -> list[Device]:
    """Browsers that are new this week, the first ever left out."""
    rows = list(Device.objects.filter(account=account, forgotten=None).order_by("first_seen"))
    return [row for row in rows[1:] if clock.now() - row.first_seen < _NEW]


def _shown(row: Session, current: Session | None) -> dict[str, object]:
    here = current is not None and row.pk == current.pk
    return {"row": row, "client": devices.words(row.client), "here": here}


def _mine(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)
    return request.user
