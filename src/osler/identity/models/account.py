"""Accounts: who may sign in, what they are in the record, and which roles they have."""

from __future__ import annotations

import unicodedata
from copy import copy
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy

from osler.kit import clock
from osler.kit.errors import NotSupported
from osler.kit.ids import uuid7


def new_id() -> UUID:
    """An id that no other account ever had or will have."""
    return UUID(uuid7())


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; the login name is kept in small letters, so that Ana and ana are one."""

    def create_user(self, username: str, password: str | None = None, **more: Any) -> Account:
        """A new account; without a password it cannot sign in by one."""
        account = self.model(username=username.strip().lower(), **more)
        account.set_password(password)
        account.full_clean(exclude=["password"])
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account of a login name, however it is capitalized."""
        return self.get(username=(username or "").strip().lower())


ENDS_SESSIONS = ("password", "is_active", "roles", "kind", "person", "patient", "own_patient")
"""A change of any of these ends the account's sessions: what they may do was decided by it."""


class Account(AbstractBaseUser):
    """One person (or program) that signs in. Accounts are disabled, never deleted: the audit names them.

    `person` is the resource that the account belongs to, as "Practitioner/1"; `patient` the logical id
    of the chart that a patient's account opens; `own_patient` the chart of a staff member who is also
    a patient here. `roles` are codes of `osler.access` roles.
    """

    class Kind(models.TextChoices):
        """What sort of account it is."""

        STAFF = "staff", gettext_lazy("Staff")
        PATIENT = "patient", gettext_lazy("Patient")
        PROXY = "proxy", gettext_lazy("Proxy")
        SERVICE = "service", gettext_lazy("Service")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=150, unique=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.STAFF)
    person = models.CharField(max_length=100, blank=True)
    patient = models.CharField(max_length=64, blank=True)
    own_patient = models.CharField(max_length=64, blank=True)
    roles = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(default=clock.now, editable=False)
    disabled = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AccountManager] = AccountManager()
    was: dict[str, Any]
    keep_session: Any = None
    """The session that a change of the password leaves open: that of the owner who changes it."""

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        """Names of ours for the table."""

        db_table = "identity_account"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was = {}

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """The name as colleagues know it."""
        return self.name

    def set_password(self, raw_password: str | None) -> None:
        """Keep the password's hash; however a keyboard composes its letters, they are the same."""
        super().set_password(raw_password and unicodedata.normalize("NFKC", raw_password))

    def check_password(self, raw_password: str) -> bool:
        """Whether this is the password."""
        return super().check_password(unicodedata.normalize("NFKC", raw_password))

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Account:
        """As read; what it was then tells a later save what has changed."""
        made = super().from_db(db, field_names, values)
        made.remember()
        return made

    def remember(self) -> None:
        """What it is now is what later changes are measured by."""
        self.was = {
            name: copy(self.__dict__[name]) for name in ENDS_SESSIONS if name in self.__dict__
        }

    def changed(self) -> list[str]:
        """What has changed since it was read of that which ends sessions."""
        return [name for name, value in self.was.items() if getattr(self, name) != value]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ARG002
        """Refused: an account is disabled, so that the audit's names keep their meaning."""
        raise NotSupported("Accounts are disabled, never deleted.")
