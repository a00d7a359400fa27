"""Sessions, the browsers they come from, and counts of failed attempts."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from osler.identity.models.account import Account, new_id
from osler.kit import clock


class Device(models.Model):
    """A browser from which an account has signed in. `browser` is the hash of what its cookie says."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="devices")
    browser = models.CharField(max_length=64)
    client = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=64, blank=True)
    first_seen = models.DateTimeField(default=clock.now)
    last_seen = models.DateTimeField(default=clock.now)
    forgotten = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One row for each account that uses the browser."""

        db_table = "identity_device"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "browser"], name="identity_device_once")
        ]

    def __str__(self) -> str:
        return self.client


class Session(models.Model):
    """One browser that is signed in, or on its way to be (then without an account).

    The cookie's value is nowhere in it: `key_hash` finds the row, and `data` is encrypted with a key made
    from the cookie. `authenticated` is when who they are was last proved, `multi` whether by more than
    a password alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key_hash = models.CharField(max_length=64, unique=True)
    data = models.BinaryField(default=bytes)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="sessions"
    )
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="+")
    method = models.CharField(max_length=40, blank=True)
    multi = models.BooleanField(default=False)
    address = models.CharField(max_length=64, blank=True)
    client = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(default=clock.now)
    last_seen = models.DateTimeField(default=clock.now)
    authenticated = models.DateTimeField(null=True)
    locked = models.DateTimeField(null=True)
    expires = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=40, blank=True)

    class Meta:
        """Found by account, and by age when old ones are cleared away."""

        db_table = "identity_session"
        indexes: ClassVar = [
            models.Index(fields=["account", "-created"], name="identity_session_account"),
            models.Index(fields=["expires"], name="identity_session_expires"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_open(self, now: datetime) -> bool:
        """Whether it has neither been ended nor lived too long."""
        return self.ended is None and now < self.expires


class Throttle(models.Model):
    """How often an attempt has failed in a row for a name, a browser or an address, and the wait it costs."""

    key = models.CharField(max_length=80, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(default=clock.now)

    class Meta:
        """Cleared by age."""

        db_table = "identity_throttle"
        indexes: ClassVar = [models.Index(fields=["last"], name="identity_throttle_last")]

    def __str__(self) -> str:
        return self.key
