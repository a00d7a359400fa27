"""Mails to the owner of an account about what happened to it; they hold no health data and no secret but the link."""

from __future__ import annotations

import logging
import threading

from django.db import connection

from osler.identity import mail
from osler.identity.models import Account, Device
from osler.kit import clock
from osler.kit.errors import OslerError

_log = logging.getLogger("osler.identity")
_NOT_YOU = (
    "If this was not you: change your password, sign out everywhere on the page of your account,"
    " and tell the practice."
)


def new_device(account: Account, device: Device) -> None:
    """Somebody signed in from a browser that the account has not used before."""
    from osler.identity.devices import words

    _tell(
        account,
        "A sign-in from a new browser",
        f"Your account {account.username} was used to sign in from a browser that it had not been"
        f" used from before.\n\nWhen: {_when()}\nBrowser: {words(device.client)}\n"
        f"Address: {device.address}",
    )


def changed(account: Account, what: str) -> None:
    """Something about how to sign in has changed; `what` is a sentence."""
    _tell(account, "A change of how you sign in", f"{what}\n\nWhen: {_when()}")


def reset_link(account: Account, link: str, minutes: int) -> None:
    """The link that lets its reader choose a new password."""
    text = (
        f"Somebody, hopefully you, asked for a new password for the account {account.username}.\n\n"
        f"{link}\n\nThe link works once, for {minutes} minutes. If you did not ask for it, do nothing:"
        " your password stays as it is."
    )
    _send(account.email, "A new password", text)


def _when() -> str:
    return f"{clock.now():%Y-%m-%d %H:%M} UTC"


def _tell(account: Account, subject: str, text: str) -> None:
    _send(account.email, subject, f"{text}\n\n{_NOT_YOU}")


def _send(recipient: str, subject: str, text: str) -> None:
    """Send; a server is not waited for, so that no answer tells by its time who has an account."""
    if not recipient:
        return
    if mail.is_outbox():
        _try(recipient, subject, text)
    else:
        threading.Thread(target=_try_and_close, args=(recipient, subject, text)).start()


def _try_and_close(recipient: str, subject: str, text: str) -> None:
    try:
        _try(recipient, subject, text)
    finally:
        connection.close()


def _try(recipient: str, subject: str, text: str) -> None:
    try:
        mail.send(recipient, subject, text)
    except OslerError as error:  # A sign-in does not fail for want of a mail server.
        # Not what the server says: it may quote the address.
        _log.warning("A notice was not sent: %s", type(error).__name__)
