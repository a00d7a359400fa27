"""Accounts: all of them, one of them, and what an administrator does to one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from osler.identity import mail, mfa, people, proxies, rights, sessions, stepup
from osler.identity.models import Account, Invitation
from osler.identity.words import role_name, spoken
from osler.kit.errors import NotFound, OslerError
from osler.staff.people import forms
from osler.ui.page import Asked, one_line, page, record

_MANAGE = page(permission=people.MANAGE, kinds=("staff",))
_MOST = 200


@_MANAGE
def listed(request: Asked) -> HttpResponse:
    """Everybody, by name; those whose account is disabled on request."""
    wanted, closed = one_line(request.GET.get("q", ""))[:100], request.GET.get("closed") == "1"
    kind = request.GET.get("kind", "")
    found = Account.objects.order_by("name", "username")
    if not closed:
        found = found.filter(is_active=True)
    if kind in Account.Kind.values:
        found = found.filter(kind=kind)
    if wanted:
        found = found.filter(
            Q(name__icontains=wanted) | Q(username__icontains=wanted) | Q(email__icontains=wanted)
        )
    rows = [(one, [role_name(c) for c in one.roles]) for one in found[:_MOST]]
    invitations = [one for one in Invitation.objects.filter(accepted=None)[:50] if not one.revoked]
    about = {
        "rows": rows,
        "total": found.count(),
        "q": wanted,
        "closed": closed,
        "kind": kind,
        "kinds": Account.Kind.choices,
        "invitations": invitations,
        "outbox": mail.is_outbox(),
    }
    return render(request, "staff/people/accounts.html", about)


@_MANAGE
def one(request: Asked, number: UUID) -> HttpResponse:
    """One account and what can be done to it."""
    account = _account(number)
    form = forms.Roles(initial={"roles": account.roles})
    link = {"person": account.person, "own_patient": account.own_patient}
    about = {
        "account": account,
        "practitioner": _practitioner(request, account),
        "mine": account.pk == request.account.pk,
        "roles": forms.with_roles(form, account.roles),
        "may_change_roles": rights.has(request.principal, "roles.manage"),
        "link": forms.Link(initial=link),
        "why": forms.Why(),
        "factors": sorted(mfa.factors(account)),
        "sessions": sessions.open_sessions(account),
        "acts_for": proxies.current(account),
    }
    return render(request, "staff/people/account.html", about)


def _practitioner(request: Asked, account: Account) -> str:
    """The id of the account's Practitioner, for who may open their page; "" otherwise."""
    type, _slash, id = (account.person or "").partition("/")
    return id if type == "Practitioner" and rights.has(request.principal, "practice.manage") else ""


@require_POST
@_MANAGE
@stepup.required
def roles(request: Asked, number: UUID) -> HttpResponse:
    """Give an account other roles."""
    form = forms.Roles(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Choose roles from the list."))
        return redirect("people-account", number=number)
    wanted = form.cleaned_data["roles"]
    return _done(
        request,
        number,
        lambda account: people.set_roles(request.principal, account, wanted),
        gettext("The roles are changed; every session of the account has ended."),
    )


@require_POST
@_MANAGE
@stepup.required
def link(request: Asked, number: UUID) -> HttpResponse:
    """Say who an account is in the record."""
    form = forms.Link(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("That is no reference; write Practitioner/ and the id."))
        return redirect("people-account", number=number)
    person, own = form.cleaned_data["person"], form.cleaned_data["own_patient"]

    def change(account: Account) -> None:
        for reference in filter(None, (people.checked_person(person), people.checked_person(own))):
            type, _, id = reference.partition("/")
            record().read(request.principal, type, id)
        people.link(request.principal, account, person, own)

    return _done(request, number, change, gettext("Linked."))


@require_POST
@_MANAGE
@stepup.required
def disable(request: Asked, number: UUID) -> HttpResponse:
    """Close an account."""
    why = one_line(request.POST.get("why", ""))[:200]
    return _done(
        request,
        number,
        lambda account: people.disable(request.principal, account, why),
        gettext("The account is disabled, and signed out everywhere."),
    )


@require_POST
@_MANAGE
@stepup.required
def enable(request: Asked, number: UUID) -> HttpResponse:
    """Open an account again."""
    return _done(
        request,
        number,
        lambda account: people.enable(request.principal, account),
        gettext("The account is open again."),
    )


@require_POST
@_MANAGE
@stepup.required
def reset_mfa(request: Asked, number: UUID) -> HttpResponse:
    """Remove lost second factors."""
    return _done(
        request,
        number,
        lambda account: people.reset_mfa(request.principal, account),
        gettext("The second factors are gone; the next sign-in asks for new ones."),
    )


def _account(number: UUID) -> Account:
    found = Account.objects.filter(pk=number).first()
    if found is None:
        raise NotFound("There is no such account.")
    return found


def _done(
    request: Asked, number: UUID, change: Callable[[Account], None], words: str
) -> HttpResponse:
    """Do it and go back to the account, with what came of it."""
    account = _account(number)
    try:
        change(account)
    except OslerError as error:
        messages.error(request, spoken(error))
    else:
        messages.success(request, words)
    return redirect("people-account", number=number)
