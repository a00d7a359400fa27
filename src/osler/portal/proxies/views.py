"""The patient sees and ends who acts for them; who acts for others says for whom."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from osler.clinic import relations
from osler.identity import proxies
from osler.identity.principals import ACTING_FOR
from osler.kit import clock
from osler.kit.errors import Gone, NotAllowed, NotFound
from osler.ui.page import Asked, page, record

_ANY = page(kinds=("patient", "proxy", "staff"))


@_ANY
def mine(request: Asked) -> HttpResponse:
    """Who may act for me, and for whom I may act."""
    own = request.account.patient if request.principal.proxy is None else ""
    about = {
        "grants": proxies.of_patient(own) if own else [],
        "own": own,
        "mine": proxies.current(request.account),
        "categories": proxies.CATEGORIES,
    }
    return render(request, "portal/proxies/mine.html", about)


@require_POST
@_ANY
def end(request: Asked, number: UUID) -> HttpResponse:
    """End an authority: over me, or mine over another."""
    ended = proxies.end(request.principal, str(number))
    try:
        relations.unrelate(
            record(), relations.steward(request.principal), ended.person, clock.now()
        )
    except (NotFound, Gone):
        messages.warning(request, gettext("The record has no such related person any more."))
    if request.session.get(ACTING_FOR) == ended.patient:
        del request.session[ACTING_FOR]
    messages.success(
        request,
        gettext("%(name)s acts for %(patient_name)s no more.")
        % {"name": ended.name, "patient_name": ended.patient_name},
    )
    return redirect("my-proxies")


@require_POST
@_ANY
def act(request: Asked) -> HttpResponse:
    """From now on act for this patient, or for oneself."""
    wanted = request.POST.get("patient", "")
    if not wanted:
        request.session.pop(ACTING_FOR, None)
        messages.success(request, gettext("You act for yourself."))
        return redirect("my-proxies")
    held = [one for one in proxies.current(request.account) if one.patient == wanted]
    if not held:
        raise NotAllowed("You may not act for this patient, or no longer.")
    request.session[ACTING_FOR] = wanted
    messages.success(
        request, gettext("You act for %(patient_name)s.") % {"patient_name": held[0].patient_name}
    )
    return redirect("my-proxies")
