"""What happens to accounts, told to whoever listens: the audit, which identity knows nothing of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from osler.access import Principal


@dataclass(frozen=True, slots=True)
class Event:
    """One happening: `action` as the audit names it (login, login-failed, role-change …)."""

    action: str
    principal: Principal
    outcome: str = "success"
    detail: str | None = None
    subject: str | None = None
    """The account that it happened to, where that is not the principal's."""
    patient: str | None = None
    """The logical id of the patient whom it concerns, if any: it stands in that patient's log."""


Listener = Callable[[Event], None]
_listeners: list[Listener] = []


def subscribe(listener: Listener) -> None:
    """Call `listener` for every event from now on, in the thread where it happens."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(event: Event) -> None:
    """Tell every listener; what a listener raises reaches whoever caused the event: no audit, no action."""
    for listener in _listeners:
        listener(event)
