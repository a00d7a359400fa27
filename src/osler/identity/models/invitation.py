"""Ways to an account that does not exist yet: a link by e-mail, a code from the front desk."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from osler.identity.models.account import Account, new_id
from osler.kit import clock


class Invitation(models.Model):
    """A link that makes one account, as whoever invited has set it. Only a digest of the link is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Account.Kind.choices, default=Account.Kind.STAFF)
    roles = models.JSONField(default=list)
    person = models.CharField(max_length=100, blank=True)
    proxy = models.UUIDField(null=True, blank=True)
    created = models.DateTimeField(default=clock.now)
    invited_by = models.CharField(max_length=64)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)
    accepted = models.DateTimeField(null=True, blank=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        """Names of ours for the table."""

        db_table = "identity_invitation"
        ordering: ClassVar[list[str]] = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    @property
    def state(self) -> str:
        """In a word: open, accepted, withdrawn or expired."""
        if self.accepted is not None:
            return "accepted"
        if self.revoked is not None:
            return "withdrawn"
        return "open" if self.expires > clock.now() else "expired"


class EnrolmentCode(models.Model):
    """A one-time code with which a patient makes an account; good only with the birth date."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    birth_digest = models.CharField(max_length=64)
    patient = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    created = models.DateTimeField(default=clock.now)
    issued_by = models.CharField(max_length=64)
    expires = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    revoked = models.DateTimeField(null=True, blank=True)
    used = models.DateTimeField(null=True, blank=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        """Names of ours for the table."""

        db_table = "identity_enrolment_code"
        ordering: ClassVar[list[str]] = ["-created"]

    def __str__(self) -> str:
        return str(self.id)
