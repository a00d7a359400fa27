"""Allergies as they are shown wherever a patient is: the severe first; none known and not asked are not the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from osler.clinic.chart.words import coded, said
from osler.fhir import r4

NONE_KNOWN = frozenset({"716186003"})
"""SNOMED CT, of its Global Patient Set: no known allergy."""
_NONE_OF_A_KIND = frozenset({"409137002", "429625007", "428607008"})
"""No known drug, food, environmental allergy: a statement, but not about all of them."""
_ENDED = frozenset({"inactive", "resolved"})
_WRONG = frozenset({"entered-in-error", "refuted"})
_RANK = {"severe": 0, "high": 0, "moderate": 1, "mild": 2, "low": 2}
State = Literal["known", "none", "not-asked", "partly", "hidden"]


@dataclass(frozen=True, slots=True)
class Allergy:
    """One allergy: to what, what happens, how bad it was ("severe"), or may be ("high")."""

    id: str
    substance: str
    reactions: str
    severity: str
    high: bool
    certainty: str
    recorded: str

    @property
    def severe(self) -> bool:
        """Whether it comes first."""
        return self.high or self.severity == "severe"


@dataclass(frozen=True, slots=True)
class Allergies:
    """What is known: some, none (confirmed on a day), nothing yet, or not for this reader.

    `partly`: the reader may not see all, so that nobody may be told that there are none, or that none was asked.
    `unconfirmed`: who stated that there are none may not see all either.
    """

    state: State
    known: tuple[Allergy, ...] = ()
    confirmed: str = ""
    statements: tuple[str, ...] = ()
    partly: bool = False
    unconfirmed: bool = False

    @property
    def first(self) -> tuple[Allergy, ...]:
        """Those that a banner has room for: four, or all severe ones where they are more."""
        severe = sum(one.severe for one in self.known)
        return self.known[: max(4, severe)]

    @property
    def more(self) -> int:
        """How many it leaves out."""
        return len(self.known) - len(self.first)


HIDDEN = Allergies("hidden")


def allergies_of(resources: Iterable[r4.AllergyIntolerance], *, partly: bool = False) -> Allergies:
    """Those in force, the severe first; `partly` where the reader may not see all that there are."""
    held = [one for one in resources if _holds(one)]
    none = [one for one in held if coded(one.code, *NONE_KNOWN)]
    of_a_kind = [one for one in held if coded(one.code, *_NONE_OF_A_KIND)]
    real = [_allergy(one) for one in held if one not in none and one not in of_a_kind]
    known = tuple(sorted(real, key=_rank))
    statements = tuple(dict.fromkeys(said(one.code) for one in of_a_kind))
    if known:
        return Allergies("known", known, statements=statements, partly=partly)
    if partly:
        return Allergies("partly", partly=True)
    if none:
        newest = max(none, key=_day)
        doubted = coded(newest.verificationStatus, "unconfirmed")
        return Allergies("none", confirmed=_day(newest), unconfirmed=doubted)
    return Allergies("not-asked", statements=statements)


def _holds(one: r4.AllergyIntolerance) -> bool:
    return not coded(one.clinicalStatus, *_ENDED) and not coded(one.verificationStatus, *_WRONG)


def _rank(one: Allergy) -> tuple[int, str]:
    return 0 if one.severe else _RANK.get(one.severity, 1), one.substance.casefold()


def _day(one: r4.AllergyIntolerance) -> str:
    updated = one.meta.lastUpdated if one.meta else None
    return str(one.lastOccurrence or one.recordedDate or updated or "")


def _allergy(one: r4.AllergyIntolerance) -> Allergy:
    reactions = one.reaction or []
    severities = [str(r.severity) for r in reactions if r.severity]
    manifested = [said(sign) for r in reactions for sign in r.manifestation or []]
    return Allergy(
        id=one.id or "",
        substance=said(one.code) or next((said(r.substance) for r in reactions), ""),
        reactions=", ".join(dict.fromkeys(filter(None, manifested))),
        severity=min(severities, key=lambda s: _RANK.get(s, 3), default=""),
        high=one.criticality == "high",
        certainty=said(one.verificationStatus),
        recorded=str(one.recordedDate or ""),
    )
