"""Accounts: all of them, one of them, and what an administrator does to one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from osler.identity import mail, mfa, people, proxies, rights, sessions, stepup
from osler.identity.models import Account, Invitation
from osler.identity.words import role_name, spoken
from osler.kit.errors import NotFound, OslerError
from osler.kit.words import N_
from osler.search.tree import Nothing
from osler.staff.people import forms
from osler.ui.page import Asked, one_line, page, record

_MANAGE = page(permission=people.MANAGE, kinds=("staff",))
_MOST = 200
_OURS = (Account.Kind.STAFF, Account.Kind.SERVICE)
"""Kinds of accounts that say nothing of who is a patient."""
_FACTORS = {"totp": N_("app"), "webauthn": N_("passkey")}


@_MANAGE
def listed(request: Asked) -> HttpResponse:
    """Everybody, by name; those whose account is disabled on request. Names are looked for by a POST."""
    wanted, closed = one_line(request.POST.get("q", ""))[:100], request.POST.get("closed") == "1"
    kind = request.POST.get("kind", "")
    patients = _sees_patients(request)
    found = _known(request).order_by("name", "username")
    if not closed:
        found = found.filter(is_active=True)
    if kind in Account.Kind.values:
        found = found.filter(kind=kind)
    if wanted:
        found = found.filter(
            Q(name__icontains=wanted) | Q(username__icontains=wanted) | Q(email__icontains=wanted)
        )
    rows = [(one, [role_name(c) for c in one.roles]) for one in found[:_MOST]]
    open_ones = Invitation.objects.filter(accepted=None, revoked=None)
    kinds = Account.Kind.choices if patients else [one for one in Account.Kind.choices if one[0] in _OURS]  # fmt: skip
    invitations = open_ones if patients else open_ones.filter(kind__in=_OURS)
    about = {
        "rows": rows,
        "total": found.count(),
        "q": wanted,
        "closed": closed,
        "kind": kind,
        "kinds": kinds,
        "invitations": [(one, [role_name(c) for c in one.roles]) for one in invitations[:50]],
        "outbox": mail.is_outbox(),
        "may_invite": rights.has(request.principal, "roles.manage"),
    }
    return render(request, "staff/people/accounts.html", about)


def _sees_patients(request: Asked) -> bool:
    """Whether the reader's roles show any patient; to others it is nobody's business who is one here."""
    return not isinstance(record().policy(request.principal).where("Patient", "search"), Nothing)


def _known(request: Asked) -> QuerySet[Account]:
    found = Account.objects.all()
    return found if _sees_patients(request) else found.filter(kind__in=_OURS)


@_MANAGE
def one(request: Asked, number: UUID) -> HttpResponse:
    """One account and what can be done to it."""
    account = _account(request, number)
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
        "factors": [gettext(_FACTORS.get(one, one)) for one in sorted(mfa.factors(account))],
        "sessions": sessions.open_sessions(account),
        "acts_for": proxies.current(account) if _sees_patients(request) else [],
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


def _account(request: Asked, number: UUID) -> Account:
    found = _known(request).filter(pk=number).first()
    if found is None:
        raise NotFound("There is no such account.")
    return found


def _done(
    request: Asked, number: UUID, change: Callable[[Account], None], words: str
) -> HttpResponse:
    """Do it and go back to the account, with what came of it."""
    account = _account(request, number)
    try:
        change(account)
    except OslerError as error:
        messages.error(request, spoken(error))
    else:
        messages.success(request, words)
    return redirect("people-account", number=number)
