"""The tables of people who sign in, one file per subject."""

from __future__ import annotations

from osler.identity.models.account import Account, AccountManager, new_id
from osler.identity.models.installation import Installation
from osler.identity.models.invitation import EnrolmentCode, Invitation
from osler.identity.models.mail import Mail
from osler.identity.models.preferences import Preferences
from osler.identity.models.proxy import ProxyGrant
from osler.identity.models.session import Device, Session, Throttle
from osler.identity.models.token import Token

__all__ = [
    "Account",
    "AccountManager",
    "Device",
    "EnrolmentCode",
    "Installation",
    "Invitation",
    "Mail",
    "Preferences",
    "ProxyGrant",
    "Session",
    "Throttle",
    "Token",
    "new_id",
]
