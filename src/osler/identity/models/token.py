"""Tokens of programs: a digest of each, never the token."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from osler.identity.models.account import Account, new_id
from osler.kit import clock


class Token(models.Model):
    """A bearer token of a service account. `created_by` is an account's id, or "local"."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created = models.DateTimeField(default=clock.now)
    created_by = models.CharField(max_length=64)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Names of ours for the table."""

        db_table = "identity_token"
        ordering: ClassVar[list[str]] = ["-created"]

    def __str__(self) -> str:
        return f"{self.account.username} {self.id}"

    @property
    def ended(self) -> bool:
        """Whether it opens nothing any more."""
        return self.revoked is not None or self.expires <= clock.now()
