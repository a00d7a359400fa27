"""Mails that were not sent, because no server for mail is configured."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from osler.kit import clock


class Mail(models.Model):
    """One mail as it would have gone out, for the outbox page of an installation under trial."""

    id = models.BigAutoField(primary_key=True)
    created = models.DateTimeField(default=clock.now)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    body = models.TextField()

    class Meta:
        """Names of ours for the table."""

        db_table = "identity_mail"
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return self.subject
