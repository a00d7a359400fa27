"""Who may act for which patient: since when, until when, how far, and on what grounds."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy

from osler.identity.models.account import Account, new_id
from osler.kit import clock


class ProxyGrant(models.Model):
    """One account's authority to act for one patient.

    `person` is the RelatedPerson of the record, as "RelatedPerson/1". From `narrows` on (the birthday
    from which an adolescent's care is their own) only `narrowed` categories are left. `ends` is never
    later than the birthday on which the child is of age, unless granted after it.
    """

    class Kind(models.TextChoices):
        """In which capacity."""

        PARENT = "parent", gettext_lazy("Parent")
        GUARDIAN = "guardian", gettext_lazy("Guardian")
        CARER = "carer", gettext_lazy("Carer")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="proxy_grants"
    )
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    patient = models.CharField(max_length=64, db_index=True)
    patient_name = models.CharField(max_length=200)
    person = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    categories = models.JSONField(default=list)
    narrowed = models.JSONField(default=list)
    basis = models.TextField()
    starts = models.DateTimeField(default=clock.now)
    narrows = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(default=clock.now)
    granted_by = models.CharField(max_length=64)
    revoked = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=64, blank=True)

    class Meta:
        """Names of ours for the table."""

        db_table = "identity_proxy_grant"
        ordering: ClassVar[list[str]] = ["-created"]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_kind_display().lower()}"

    def scope(self, at: datetime | None = None) -> frozenset[str]:
        """The categories at a moment (now, if none is given)."""
        narrow = self.narrows is not None and self.narrows <= (at or clock.now())
        return frozenset(self.narrowed if narrow else self.categories)

    @property
    def state(self) -> str:
        """In a word: current, waiting (not begun), ended or withdrawn."""
        now = clock.now()
        if self.revoked is not None:
            return "withdrawn"
        if self.ends is not None and self.ends <= now:
            return "ended"
        return "waiting" if self.starts > now else "current"
