"""Browsers in which somebody with a role has signed in."""

from __future__ import annotations

import re
from typing import Any


def staff(*roles: str, name: str = "", **more: Any) -> Any:
    """Somebody of the staff with these roles."""
    from tests.identity import people

    account = people.nurse(name or roles[0].replace("-", ""), **more)
    account.roles = list(roles)
    account.save()
    return people.signed_in(people.with_app(account))


def patient(name: str = "ana", id: str = "ana") -> Any:
    """The patient of a chart."""
    from tests.identity import people

    return people.signed_in(people.patient(name, patient=id, person=f"Patient/{id}"))


def text(answer: Any) -> str:
    """What a page says, without its marks."""
    page = re.sub(r"<head>.*?</head>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def stale(client: Any) -> None:
    """The last proof of who is signed in was long ago."""
    from datetime import timedelta

    from osler.identity.models import Session
    from osler.kit import clock
    from tests.identity.people import session_of

    row = session_of(client)
    Session.objects.filter(pk=row.pk).update(authenticated=clock.now() - timedelta(minutes=9))
