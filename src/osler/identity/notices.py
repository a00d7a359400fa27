"""Mails to the owner of an account about what happened to it; they hold no health data and no secret but the link."""

from __future__ import annotations

import logging
import threading

from django.db import connection
from django.utils.translation import get_language, gettext, override

from osler.identity import mail
from osler.identity.models import Account, Device, Preferences
from osler.kit import clock
from osler.kit.errors import OslerError
from osler.kit.words import N_

_log = logging.getLogger("osler.identity")
_NOT_YOU = N_(
    "If this was not you: change your password, sign out everywhere on the page of your account,"
    " and tell the practice."
)


def new_device(account: Account, device: Device) -> None:
    """Somebody signed in from a browser that the account has not used before."""
    from osler.identity.devices import words

    with override(language_of(account)):
        text = gettext(
            "Your account %(username)s was used to sign in from a browser that it had not been used"
            " from before.\n\nWhen: %(when)s\nBrowser: %(browser)s\nAddress: %(address)s"
        ) % {
            "username": account.username,
            "when": _when(),
            "browser": words(device.client),
            "address": device.address,
        }
        _tell(account, gettext("A sign-in from a new browser"), text)


def changed(account: Account, said: str, /, **values: object) -> None:
    """Something about how to sign in has changed; `said` is a sentence, marked for translation."""
    with override(language_of(account)):
        text = gettext(said) % {name: str(value) for name, value in values.items()}
        when = gettext("When: %(when)s") % {"when": _when()}
        _tell(account, gettext("A change of how you sign in"), f"{text}\n\n{when}")


def reset_link(account: Account, link: str, minutes: int) -> None:
    """The link that lets its reader choose a new password."""
    with override(language_of(account)):
        text = gettext(
            "Somebody, hopefully you, asked for a new password for the account %(username)s.\n\n"
            "%(link)s\n\nThe link works once, for %(minutes)s minutes. If you did not ask for it, do"
            " nothing: your password stays as it is."
        ) % {"username": account.username, "link": link, "minutes": minutes}
        _send(account.email, gettext("A new password"), text)


def language_of(account: Account) -> str:
    """The language that an account has chosen, else that of the page, else English."""
    chosen = Preferences.objects.filter(account=account).values_list("language", flat=True).first()
    return chosen or get_language() or "en"


def _when() -> str:
    return f"{clock.now():%Y-%m-%d %H:%M} UTC"


def _tell(account: Account, subject: str, text: str) -> None:
    _send(account.email, subject, f"{text}\n\n{gettext(_NOT_YOU)}")


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
