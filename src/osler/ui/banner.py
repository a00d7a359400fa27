"""The banner over every page while a chart is open by broken glass."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from osler.identity.models import Account
from osler.kit.errors import OslerError
from osler.ui.door import record
from osler.ui.page import principal


def broken_glass(request: HttpRequest) -> dict[str, Any]:
    """The template variable `glass`: the charts that are open to who is signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, Account) or user.kind != Account.Kind.STAFF:
        return {"glass": []}
    try:
        return {"glass": record().glass(principal(request))}
    except OslerError:
        return {"glass": []}  # The page itself says what is wrong; a banner must not hide that.
