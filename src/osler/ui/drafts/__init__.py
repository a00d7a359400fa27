"""What people typed and did not save: kept by the pages' script, given back, and dropped once it is saved."""

from __future__ import annotations

from django.http import HttpRequest

from osler.identity import principals
from osler.ui.door import record

__all__ = ["FIELD", "drop"]

FIELD = "draft"
"""The hidden field by which a form names its draft; the script puts it there."""


def drop(request: HttpRequest, key: str | None = None, patient: str = "") -> bool:
    """Forget the draft of the form that has just been saved; whether there was one.

    `key` is by default what the form says in its hidden field `draft`.
    """
    named = key or request.POST.get(FIELD, "")
    return bool(named) and record().drop_draft(principals.of_page(request), named, patient)
