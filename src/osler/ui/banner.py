"""The banner over every page while a chart is open by broken glass."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from osler.identity.models import Account
from osler.kit.errors import OslerError
from osler.ui.door import record
from osler.ui.page import principal

NAMES = "osler.glass"
"""In a session, which is encrypted: the labels of the patients whose glass was broken in it."""


def broken_glass(request: HttpRequest) -> dict[str, Any]:
    """The template variable `glass`: the charts that are open to who is signed in, each with its patient."""
    user = getattr(request, "user", None)
    if not isinstance(user, Account) or user.kind != Account.Kind.STAFF:
        return {"glass": []}
    try:
        charts = record().glass(principal(request))
    except OslerError:
        return {"glass": []}  # The page itself says what is wrong; a banner must not hide that.
    named = request.session.get(NAMES, {}) if charts else {}
    return {"glass": [(one, named.get(one.patient) or f"patient {one.patient}") for one in charts]}


def remember(request: HttpRequest, patient: str, label: str) -> None:
    """Who the patient of a broken glass is: to look it up for every page would be an access each time."""
    request.session[NAMES] = {**request.session.get(NAMES, {}), patient: label}
