"""The links of the portal pages, for whoever may follow them."""

from __future__ import annotations

from django.http import HttpRequest


def links(request: HttpRequest) -> list[tuple[str, str]]:  # noqa: ARG001
    """(label, address) for who is signed in."""
    return []
