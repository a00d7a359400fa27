"""Recovery codes: ten words of chance, shown once, each good for one sign-in without the factor that was lost."""

from __future__ import annotations

import secrets

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet

from osler.identity.models import Account
from osler.identity.sealing import keyed_hash
from osler.kit import clock

COUNT = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 12


def renew(account: Account) -> list[str]:
    """Fresh codes; the ones before are void. Only hashes of them are kept."""
    codes = [_code() for _ in range(COUNT)]
    Authenticator.objects.update_or_create(
        user=account,
        type=Authenticator.Type.RECOVERY_CODES,
        defaults={"data": {"codes": [_hashed(code) for code in codes]}},
    )
    return codes


def left(account: Account) -> int | None:
    """How many are unused; None where there never were any."""
    row = _rows(account).first()
    return len(row.data["codes"]) if row is not None else None


def use(account: Account, code: str) -> Authenticator | None:
    """The account's codes, where this is one of them; it is void from now on."""
    tried = _hashed(code)
    with transaction.atomic():
        row = _rows(account).select_for_update().first()
        if row is None or tried not in row.data["codes"]:
            return None
        row.data["codes"].remove(tried)
        row.last_used_at = clock.now()
        row.save(update_fields=["data", "last_used_at"])
        return row


def _rows(account: Account) -> QuerySet[Authenticator]:
    kind = Authenticator.Type.RECOVERY_CODES
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=account.pk, type=kind)
    return rows


def _code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, _LENGTH, 4))


def _hashed(code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return keyed_hash(plain, "recovery codes")
