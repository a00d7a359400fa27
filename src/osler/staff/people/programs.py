"""Tokens of programs, and the outbox of an installation without a mail server."""

from __future__ import annotations

from ipaddress import ip_address

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from osler.identity import mail, people, stepup, tokens
from osler.identity.models import Mail
from osler.identity.words import role_name, spoken
from osler.kit.errors import NotAllowed, NotFound, OslerError
from osler.staff.people import forms
from osler.ui.page import Asked, page

_TOKENS = page(permission="tokens.manage", kinds=("staff",))
_SHOWN = 50


@_TOKENS
def listed(request: Asked) -> HttpResponse:
    """Every token that is good, and on request those that have ended."""
    ended = request.GET.get("ended") == "1"
    found = [(one, [role_name(code) for code in one.account.roles]) for one in tokens.listed(ended=ended)]  # fmt: skip
    about = {"tokens": found, "ended": ended}
    return render(request, "staff/people/tokens.html", about)


@_TOKENS
@stepup.required
def create(request: Asked) -> HttpResponse:
    """Make a token; the answer to this form is the only page that shows it."""
    form = forms.NewToken(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            token, text = tokens.create(
                request.principal, given["name"], scopes=given["scopes"].split(), days=given["days"]
            )
        except OslerError as error:
            form.add_error(None, spoken(error))
        else:
            about = {"token": token, "text": text}
            return render(request, "staff/people/token.html", about)
    about = {
        "form": form,
        "title": gettext("A token for a program"),
        "button": gettext("Make the token"),
        "back": "tokens",
        "back_words": gettext("Tokens"),
    }
    return render(request, "staff/form.html", about)


@require_POST
@_TOKENS
def revoke(request: Asked, number: str) -> HttpResponse:
    """End a token."""
    token = tokens.revoke(request.principal, str(number))
    messages.success(
        request,
        gettext("The token of %(username)s opens nothing any more.")
        % {"username": token.account.username},
    )
    return redirect("tokens")


@page(permission=people.MANAGE, kinds=("staff",))
def outbox(request: Asked) -> HttpResponse:
    """Mails that were not sent; on this machine alone, for their links open accounts."""
    if not mail.is_outbox():
        raise NotFound("Mails are sent by the server of OSLER_SMTP_URL; nothing is kept here.")
    try:
        near = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        near = False
    if not near:
        raise NotAllowed("The outbox is shown on the machine itself only.")
    return render(request, "staff/people/outbox.html", {"mails": Mail.objects.all()[:_SHOWN]})
