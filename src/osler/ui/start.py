"""The first page: who is signed in goes to work, who is not signs in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from osler.ui.navigation import navigation


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """What whoever is signed in can do here."""
    return render(request, "ui/start.html", navigation(request))
