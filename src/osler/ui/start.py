"""The first page: who is signed in goes to work, who is not signs in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch

from osler.identity import installing
from osler.ui import preferences
from osler.ui.navigation import navigation


def start(request: HttpRequest) -> HttpResponse:
    """Whoever is not signed in: to the first run, the demo's accounts, or the sign-in."""
    if not request.user.is_authenticated:
        if installing.needed():
            return redirect("setup")
        if installing.is_demo():
            return redirect("demo")
    return _work(request)


@login_required
def _work(request: HttpRequest) -> HttpResponse:
    """Staff to their first page; others to what they can do here."""
    found = navigation(request)
    if found.get("shell"):
        home = preferences.of(request).home or "today"
        try:
            return redirect(home)
        except NoReverseMatch:  # The page of an older version.
            return redirect("today")
    return render(request, "ui/start.html", found)
