"""Waits that grow with every failed attempt, counted in the database: for a name, a browser, an address.

Nobody is shut out for good, and a flood from elsewhere does not touch an owner at a browser they have
used before. What a name is answered does not depend on whether an account has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from osler.identity import devices, happenings
from osler.identity.models import Account, Throttle
from osler.identity.sealing import keyed_hash
from osler.kit import addresses, clock
from osler.kit.errors import TooCostly


@dataclass(frozen=True, slots=True)
class Rule:
    """So many failures cost nothing; from then on each doubles the wait, up to `longest`."""

    free: int
    first: timedelta
    longest: timedelta
    forget: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long the next attempt must wait after so many failures in a row."""
        over = failures - self.free
        if over <= 0:
            return timedelta(0)
        doubled: int = 2 ** min(over - 1, 20)
        return min(self.longest, self.first * doubled)


PERSON = Rule(4, timedelta(seconds=5), timedelta(minutes=15), timedelta(days=1))
ADDRESS = Rule(30, timedelta(seconds=5), timedelta(minutes=15), timedelta(hours=1))
_KEPT = timedelta(days=2)


class TooMany(TooCostly):
    """Too many attempts have failed; `seconds` until the next is looked at."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(
            gettext("Too many attempts. Try again in %(wait)s.") % {"wait": in_words(seconds)}
        )


def in_words(seconds: int) -> str:
    """A wait as people say it."""
    if seconds < 60:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    minutes = -(-seconds // 60)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted as failed until it succeeds: many at once cannot outrun the count."""

    person: str | None
    address: str

    def succeeded(self) -> None:
        """Forget the failures of this person, and this attempt at the address."""
        with transaction.atomic():
            Throttle.objects.filter(key=self.person).delete()
            row = Throttle.objects.select_for_update().filter(key=self.address).first()
            if row is not None:
                row.failures = max(0, row.failures - 1)
                row.until = row.last + ADDRESS.wait(row.failures)
                row.save()


def attempt(
    request: HttpRequest, what: str, account: Account | None, name: str | None = None
) -> Attempt:
    """Count an attempt at `what` (sign-in, code, reset …) before it is looked at.

    With neither an account nor a name it counts for the address alone. Raises `TooMany`.
    """
    made = Attempt(_person(request, what, account, name), f"{what}:address:{_network(request)}")
    rules = {made.address: ADDRESS} | ({made.person: PERSON} if made.person else {})
    with transaction.atomic():
        rows = {key: _held(key) for key in sorted(rules)}
        now = clock.now()
        wait = max(row.until - now for row in rows.values())
        if wait > timedelta(0):
            raise TooMany(int(wait.total_seconds()) + 1)
        for key, row in rows.items():
            row.failures = 1 if now - row.last > rules[key].forget else row.failures + 1
            row.last, row.until = now, now + rules[key].wait(row.failures)
            row.save()
    return made


def clear(account: Account, whats: Iterable[str] = ("sign-in", "code", "reset")) -> None:
    """Forget every failure for an account, as an administrator may ask or a new password deserves."""
    for what in whats:
        Throttle.objects.filter(key=f"{what}:name:{_hashed(str(account.pk))}").delete()


def clear_old() -> None:
    """Remove counts that no rule looks at any more."""
    Throttle.objects.filter(last__lt=clock.now() - _KEPT).delete()


def _held(key: str) -> Throttle:
    Throttle.objects.get_or_create(key=key)
    return Throttle.objects.select_for_update().get(key=key)


def _person(
    request: HttpRequest, what: str, account: Account | None, name: str | None
) -> str | None:
    if account is None and name is None:
        return None
    device = devices.known(request, account) if account is not None else None
    if device is not None:
        return f"{what}:device:{device.pk}"
    return f"{what}:name:{_hashed(str(account.pk) if account else (name or '').strip().lower())}"


def _hashed(name: str) -> str:
    return keyed_hash(name, "throttle")[:32]


def _network(request: HttpRequest) -> str:
    """The address; of IPv6 the /64, which is one subscriber's."""
    text = happenings.address_of(request)
    address = addresses.parse(text)
    if isinstance(address, IPv6Address):
        return f"{int(address) >> 64:x}/64"
    return str(address) if address else text[:40]
