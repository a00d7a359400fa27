"""Mails to people: through the configured server, or into the outbox of an installation that has none.

No mail holds health data: what is in a record is read in Osler, after signing in.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import BadHeaderError, EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.utils.translation import gettext

from osler.identity.models import Mail
from osler.kit.errors import Invalid, Unavailable
from osler.kit.words import N_

_KEPT = 200
_OUTBOX = "osler.identity.mail.Outbox"
_SIGNATURE = N_("This mail comes from Osler. It never asks for your password.")


class NotSent(Unavailable):
    """The mail server did not take a mail; what was to be sent can be sent again."""


def send(recipient: str, subject: str, text: str) -> None:
    """Send one mail of plain text.

    Raises:
        Invalid: the address or the subject could not be one. NotSent: the server did not take it.
    """
    try:
        validate_email(recipient)
    except ValidationError as error:
        raise Invalid(f"{recipient[:80]!r} is not an address for mail.") from error
    try:
        _send(recipient, subject, f"{text.rstrip()}\n\n--\n{gettext(_SIGNATURE)}\n")
    except BadHeaderError as error:
        raise Invalid("A subject is one line.") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(
            f"The mail could not be sent: {settings.EMAIL_HOST} says {_reason(error)}."
            " OSLER_SMTP_URL names the server for mail."
        ) from error


def _send(recipient: str, subject: str, text: str) -> None:
    # Programs that answer mails should not answer this one.
    headers = {"Auto-Submitted": "auto-generated"}
    connection = get_connection()
    message = EmailMessage(subject, text, to=[recipient], headers=headers, connection=connection)
    try:
        message.send()
    finally:
        connection.close()  # Also where the server refused us half-way.


def is_outbox() -> bool:
    """Whether mails only lie in the outbox, for want of a server."""
    backend: str = settings.EMAIL_BACKEND
    return backend == _OUTBOX


class Outbox(BaseEmailBackend):
    """Keeps mails in a table instead of sending them; for trials on one machine."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep them; answers how many."""
        for message in email_messages:
            message.message()  # As a server would be given it: a bad header is refused here too.
            for recipient in message.recipients():
                subject, body = str(message.subject)[:300], str(message.body)
                Mail.objects.create(recipient=recipient[:254], subject=subject, body=body)
        kept = Mail.objects.order_by("-id").values_list("id", flat=True)[:_KEPT]
        Mail.objects.exclude(id__in=list(kept)).delete()
        return len(email_messages)


def _reason(error: Exception) -> str:
    """Why, without what was sent or the password."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return "that user and password do not fit"
        case smtplib.SMTPResponseException(smtp_code=code):
            return f"no, with the code {code}"
        case smtplib.SMTPRecipientsRefused():
            return "that it does not take mail for this address"
        case _:
            return f"nothing ({type(error).__name__})"
