"""The page of one's preferences, and the two of them that a button of every page changes."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from osler.identity.models import Preferences
from osler.kit.errors import Invalid
from osler.ui import preferences
from osler.ui.page import Asked, page
from osler.ui.preferences.forms import HOMES, PreferencesForm


@page()
def show(request: Asked) -> HttpResponse:
    """See and change them all."""
    chosen = preferences.of(request)
    now = {name: getattr(chosen, name) for name in Preferences.CHOSEN}
    now["home"] = now["home"] or next(iter(HOMES))
    form = PreferencesForm(request.POST or None, initial=now)
    if form.is_valid():
        preferences.save(request, **form.cleaned_data)
        messages.success(request, _("Your preferences are saved."))
        answer = redirect("preferences")
        if not form.cleaned_data["language"]:  # What was chosen before is not this browser's own.
            answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return answer
    status = 422 if form.errors else 200
    return render(request, "ui/preferences/show.html", {"form": form}, status=status)


@require_POST
@page()
def theme(request: Asked) -> HttpResponse:
    """The button for light and dark: the page has changed already, it is to stay so."""
    wanted = request.POST.get("theme", "")
    if wanted not in Preferences.Theme.values:
        raise Invalid(f"There is no theme {wanted[:20]!r}. Send one of {Preferences.Theme.values}.")
    preferences.save(request, theme=wanted)
    return HttpResponse(status=204)


@require_POST
@page()
def forget(request: Asked) -> HttpResponse:
    """Empty the list of charts opened last."""
    preferences.save(request, recent=[])
    messages.success(request, _("The list of recent patients is empty."))
    return redirect("preferences")
