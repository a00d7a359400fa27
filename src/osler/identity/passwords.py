"""What a password must be: long and not guessable. No rules of composition, no forced change.

NIST SP 800-63B-4, section 3.1.1: https://pages.nist.gov/800-63-4/sp800-63b.html
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from gzip import decompress
from pathlib import Path

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from zxcvbn import zxcvbn

from osler.identity import mfa
from osler.identity.models import Account
from osler.identity.requirements import mfa_required

SHORTEST = 12
SHORTEST_ALONE = 15
"""Where no second factor stands beside it."""
LONGEST = 1000
_LOOKED_AT = 72
_GUESSABLE = 3
_OURS = ("osler", "password", "passphrase", "doctor", "clinic", "practice", "hospital", "patient")
_SWAPS = str.maketrans("4@301!5$7", "aaeoiissT".lower())


class Hasher(Argon2PasswordHasher):
    """Argon2id with the second recommended choice of RFC 9106: 64 MiB, three passes, four lanes."""

    time_cost = 3
    memory_cost = 65_536
    parallelism = 4


def normal(password: str) -> str:
    """As it is compared: one form for what keyboards compose differently."""
    return unicodedata.normalize("NFKC", password)


def shortest(account: Account | None) -> int:
    """How many characters the password of this account must have at least."""
    if account is None:
        return SHORTEST
    second = mfa_required(account.roles) or mfa.enrolled(account)
    return SHORTEST if second else SHORTEST_ALONE


def problems(password: str, account: Account | None = None) -> list[str]:
    """What is wrong with a password for this account, in sentences; empty where nothing is."""
    text = normal(password)
    least = shortest(account)
    if len(text) < least:
        return [
            gettext(
                "Use at least %(least)s characters. Several words in a row are easy to remember."
            )
            % {"least": least}
        ]
    if len(text) > LONGEST:
        return [gettext("Use at most %(most)s characters.") % {"most": LONGEST}]
    words = _context(account)
    if _is_common(text):
        return [gettext("This is among the passwords that attackers try first. Choose another.")]
    if _mostly_context(text, words):
        return [
            gettext(
                "This is mostly your name, your login or the name of this software. Add other words."
            )
        ]
    guess = zxcvbn(text[:_LOOKED_AT], user_inputs=words)
    if guess["score"] < _GUESSABLE:
        return [
            gettext(
                "This would be guessed quickly: avoid repeats, sequences, dates and single common words."
            )
        ]
    return []


class Rules:
    """Django's way to ask for `problems`; every form that sets a password goes through it."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Raises ValidationError."""
        found = problems(password, user)
        if found:
            raise ValidationError(found, code="password")

    def get_help_text(self) -> str:
        """What to say beside the field."""
        return gettext(
            "At least %(with)s characters (%(alone)s without a second factor)."
            " Any characters, spaces too; no need for digits or signs."
        ) % {"with": SHORTEST, "alone": SHORTEST_ALONE}


def hint(account: Account | None) -> str:
    """The same for one account."""
    return gettext(
        "At least %(least)s characters, any you like, spaces too."
        " A few unrelated words work well. It never has to be changed on a schedule."
    ) % {"least": shortest(account)}


def _context(account: Account | None) -> list[str]:
    found = list(_OURS)
    if account is not None:
        for text in (account.name, account.username, account.email):
            found += re.split(r"[\W_]+", normal(text or "").lower())
    return [word for word in found if len(word) > 2]


def _is_common(text: str) -> bool:
    lower = text.lower()
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lower.translate(_SWAPS))
    return lower in _common() or bare in _common() or re.sub(r"\s", "", lower) in _common()


def _mostly_context(text: str, words: Iterable[str]) -> bool:
    rest = text.lower()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(re.sub(r"[\W_]", "", rest)) < 6 and len(rest) < len(text)


@cache
def _common() -> frozenset[str]:
    """The list of 20,000 that Django brings."""
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    return frozenset(decompress(path.read_bytes()).decode().split())
