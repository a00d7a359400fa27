"""A patient's allergies with all that is recorded of them, and the statement that there are none."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.chart.allergies import NONE_KNOWN
from osler.clinic.chart.words import coded, display, said
from osler.clinic.lists.items import Chart, Item, remarks
from osler.clinic.lists.mistakes import held
from osler.clinic.problems.listing import when
from osler.fhir import r4

_MOST = 200


@dataclass(frozen=True, slots=True)
class Reaction:
    """What happened, and how bad."""

    text: str
    severity: str


@dataclass(frozen=True, slots=True)
class Allergy:
    """One allergy as the list shows it."""

    id: str
    version: int
    substance: str
    category: str
    criticality: str
    certainty: str
    status: str
    reactions: tuple[Reaction, ...]
    onset: str
    note: str
    recorded: str
    by: str

    @property
    def active(self) -> bool:
        """Whether it holds now."""
        return self.status in {"active", ""} and self.certainty != "refuted"


@dataclass(frozen=True, slots=True)
class NoneKnown:
    """Who said when that there are none."""

    id: str
    version: int
    by: str
    at: str
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class AllergyList:
    """Active ones, past ones, and the statement of none; neither of them means that nobody has asked.

    `partly`: the reader may not see all, and nothing here says how much there is.
    """

    active: list[Allergy]
    past: list[Allergy]
    none: NoneKnown | None
    more: bool = False
    partly: bool = False

    @property
    def not_asked(self) -> bool:
        """Whether nothing is known either way."""
        return not self.active and self.none is None and not self.partly


def read_allergies(chart: Chart) -> AllergyList:
    """All of a patient's, with one search."""
    found, more = held(chart, r4.AllergyIntolerance, _MOST)
    real = [allergy(one) for one in found if not coded(one.resource.code, *NONE_KNOWN)]
    none = none_known(found)
    active = sorted((one for one in real if one.active), key=lambda one: one.criticality != "high")
    past = [one for one in real if not one.active]
    partly = not chart.sees_all("AllergyIntolerance")
    return AllergyList(active, past, none, more, partly)


def none_known(found: list[Item[r4.AllergyIntolerance]]) -> NoneKnown | None:
    """The statement in force, if any."""
    for one in found:
        if coded(one.resource.code, *NONE_KNOWN) and status(one.resource) == "active":
            by = display(one.resource.asserter) or display(one.resource.recorder)
            doubted = coded(one.resource.verificationStatus, "unconfirmed")
            return NoneKnown(one.id, one.version, by, str(one.resource.recordedDate or ""), doubted)
    return None


def status(one: r4.AllergyIntolerance) -> str:
    """The code of the clinical status."""
    return next(
        (
            c.code
            for c in (one.clinicalStatus.coding if one.clinicalStatus else None) or []
            if c.code
        ),
        "",
    )


def allergy(item: Item[r4.AllergyIntolerance]) -> Allergy:
    """One as the list shows it."""
    one = item.resource
    verified = (one.verificationStatus.coding if one.verificationStatus else None) or []
    return Allergy(
        id=item.id,
        version=item.version,
        substance=said(one.code),
        category=", ".join(filter(None, one.category or [])),
        criticality=str(one.criticality or ""),
        certainty=next((c.code for c in verified if c.code), ""),
        status=status(one),
        reactions=tuple(
            Reaction(
                ", ".join(filter(None, map(said, r.manifestation or []))), str(r.severity or "")
            )
            for r in one.reaction or []
        ),
        onset=when(one.onsetDateTime, one.onsetAge, one.onsetString, one.onsetPeriod),
        note=remarks(one),
        recorded=str(one.recordedDate or ""),
        by=display(one.recorder),
    )
