"""The people of the practice as principals, for questions about who can see what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from osler.access import Principal
from osler.identity import proxies
from osler.identity.models import Account, ProxyGrant
from osler.identity.principals import principal

_WORKS = (Account.Kind.STAFF, Account.Kind.SERVICE)


def holders(code: str) -> list[Principal]:
    """Who has a role now, by name."""
    found = Account.objects.filter(is_active=True, roles__contains=[code]).order_by("name")
    return [principal(account) for account in found]


def staff() -> list[Principal]:
    """Every person and program that works here, by name."""
    found = Account.objects.filter(is_active=True, kind__in=_WORKS).order_by("name")
    return [principal(account) for account in found]


def concerned(patient: str) -> list[Principal]:
    """Whoever a patient's record could be open to: staff, programs, the patient, and who acts for them."""
    own = Account.objects.filter(is_active=True, kind=Account.Kind.PATIENT, patient=patient)
    return [*staff(), *(principal(account) for account in own), *_acting(patient)]


def _acting(patient: str) -> Iterator[Principal]:
    accounts = {
        one.account
        for one in ProxyGrant.objects.select_related("account").filter(patient=patient)
        if one.account is not None and one.account.is_active and one.state == "current"
    }
    for account in sorted(accounts, key=lambda one: one.name):
        who = proxies.acting(account, patient)
        yield replace(who, name=f"{account.name}, acting for the patient")
