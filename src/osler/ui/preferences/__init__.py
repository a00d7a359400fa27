"""How whoever is signed in wants the pages: theme, density, language, units, shortcuts, first page.

chosen = preferences.of(request)
if chosen.units == "metric": …
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from django.http import HttpRequest
from django.utils import translation

from osler.identity.models import Account
from osler.identity.models import Preferences as Row

__all__ = ["LANGUAGES", "Chosen", "context", "of", "opened", "save"]

LANGUAGES = {"en": "English", "es": "Español"}
"""What pages are written in, each by its own name."""
_MOST_RECENT = 12
_KEPT = "osler_preferences"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose; the defaults for who did not."""

    theme: str = "system"
    density: str = "cosy"
    language: str = ""
    units: str = "us"
    keys: bool = True
    home: str = ""
    recent: tuple[str, ...] = field(default=())

    @property
    def metric(self) -> bool:
        """Whether kilograms and centimeters are wanted."""
        return self.units == "metric"


_DEFAULT = Chosen()


def of(request: HttpRequest) -> Chosen:
    """The preferences of who is signed in; `identity.backend` has read them with the account."""
    kept = getattr(request, _KEPT, None)
    if isinstance(kept, Chosen):
        return kept
    user = getattr(request, "user", None)
    found = _read(user) if isinstance(user, Account) else _DEFAULT
    setattr(request, _KEPT, found)
    return found


def save(request: HttpRequest, **changes: Any) -> None:
    """Keep what was chosen; of this request, too, it holds from now on."""
    account = request.user
    assert isinstance(account, Account)
    Row.objects.update_or_create(account=account, defaults=changes)
    setattr(request, _KEPT, replace(of(request), **changes))


def opened(request: HttpRequest, patient: str) -> None:
    """Remember that a chart was opened: the id alone, the newest first."""
    before = of(request).recent
    if before[:1] != (patient,):
        kept = [patient, *(one for one in before if one != patient)][:_MOST_RECENT]
        # One statement for who has chosen something before, as every chart that is opened comes here.
        account = request.user
        assert isinstance(account, Account)
        if not Row.objects.filter(account=account).update(recent=kept):
            Row.objects.update_or_create(account=account, defaults={"recent": kept})
        setattr(request, _KEPT, replace(of(request), recent=tuple(kept)))


def context(request: HttpRequest) -> dict[str, Any]:
    """The template variables `chosen`, and `dir` of the language that the page is in."""
    return {"chosen": of(request), "dir": "rtl" if translation.get_language_bidi() else "ltr"}


def _read(account: Account) -> Chosen:
    try:
        row = account.preferences
    except Row.DoesNotExist:
        return _DEFAULT
    values = {one.name: getattr(row, one.name) for one in fields(Chosen)}
    return Chosen(**{**values, "recent": tuple(row.recent)})
