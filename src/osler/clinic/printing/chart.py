"""A chart on paper: lists as they stand now, then what has a date within a span, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from typing import Any

from osler.clinic.chart.asking import Asking, order
from osler.clinic.documents.document import of_version as document_of
from osler.clinic.notes import note as notes
from osler.clinic.notes import paper, wording
from osler.clinic.printing.document import Notice, Paragraph, Part, Title
from osler.clinic.printing.heads import Letterhead, long_day, patient_head
from osler.clinic.printing.standing import NOT_SHOWN, TYPES, grid, listed
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.words import N_
from osler.record import Version
from osler.search.parse import parse

PARTS: Mapping[str, str] = {
    "demographics": N_("Demographics"),
    "alerts": N_("Alerts and code status"),
    "problems": N_("Problems"),
    "medications": N_("Medications"),
    "allergies": N_("Allergies"),
    "immunizations": N_("Immunizations"),
    "procedures": N_("Procedures"),
    "family": N_("Family history"),
    "social": N_("Social history"),
    "devices": N_("Devices"),
    "visits": N_("Visits"),
    "vitals": N_("Vitals"),
    "results": N_("Results"),
    "reports": N_("Reports of results"),
    "notes": N_("Notes"),
    "documents": N_("List of documents"),
}
"""What can be printed; from the visits on, it is of the span that was chosen."""
PIECE: Mapping[str, int] = {
    "visits": 600, "vitals": 600, "results": 600, "reports": 200, "notes": 60, "documents": 600,
}  # fmt: skip
"""How many of each are set at a time; a chart with more of one is printed in the background."""
_CLOSED = frozenset({"entered-in-error", "cancelled"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be printed; `since` and `until` are days, or partial ones, or empty."""

    parts: tuple[str, ...]
    since: str = ""
    until: str = ""
    zone: tzinfo | None = None

    @property
    def span(self) -> tuple[tuple[str, str], ...]:
        """The span as search parameters: days begin and end where the practice is, not in Greenwich."""
        low = clock.midnight(_first(self.since)).isoformat() if self.since else ""
        high = clock.midnight(_after(self.until)).isoformat() if self.until else ""
        found = (("date", f"ge{low}") if low else None, ("date", f"lt{high}") if high else None)
        return tuple(one for one in found if one)

    def holds(self, day: str) -> bool:
        """Whether a day is within: those without an hour reach into the span from beside it."""
        if "T" in day or not day:
            return True
        since, until = self.since[: len(day)], self.until[: len(day)]
        return (not since or day[: len(since)] >= since) and (
            not until or day[: len(until)] <= until
        )


def _first(text: str) -> date:
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def _after(text: str) -> date:
    """The day after the last one of a day, a month or a year."""
    first = _first(text)
    match text.count("-"):
        case 0:
            return date(first.year + 1, 1, 1)
        case 1:
            return (first + timedelta(days=31)).replace(day=1)
        case _:
            return first + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dated:
    """How a part of the span is asked for."""

    kind: type[Resource]
    pairs: tuple[tuple[str, str], ...] = ()


_DATED: Mapping[str, Dated] = {
    "visits": Dated(r4.Encounter),
    "vitals": Dated(r4.Observation, (("category", "vital-signs"),)),
    "results": Dated(r4.Observation, (("category", "laboratory"),)),
    "reports": Dated(r4.DiagnosticReport),
    "notes": Dated(r4.Composition, (("status", "final,amended"),)),
    "documents": Dated(r4.DocumentReference, (("status", "current"),)),
}


def counted(asking: Asking, wanted: Wanted) -> dict[str, int]:
    """How many there are of each part that has a date."""
    found: dict[str, int] = {}
    for name, dated in _DATED.items():
        if name in wanted.parts and asking.may_read(dated.kind.__name__):
            pairs = [("patient", f"Patient/{asking.patient}"), *dated.pairs, *wanted.span]
            query = parse(dated.kind.__name__, pairs, asking.reader.registry)
            found[name] = asking.reader.count(query)
    return found


def is_long(counts: Mapping[str, int]) -> bool:
    """Whether a print of so many takes longer than somebody should look at a page that does nothing."""
    return any(count > PIECE[name] for name, count in counts.items())


def steps(counts: Mapping[str, int]) -> int:
    """In about how many pieces it is made."""
    return 1 + sum(max(1, -(-count // PIECE[name])) for name, count in counts.items())


def parts(asking: Asking, patient: r4.Patient, wanted: Wanted) -> tuple[Part, ...]:
    """All that is printed, for a chart that is not long."""
    return tuple(part for piece in pieces(asking, patient, wanted) for part in piece)


def pieces(asking: Asking, patient: r4.Patient, wanted: Wanted) -> Iterator[tuple[Part, ...]]:
    """The lists, then of each part that has a date so many at a time, newest first, to the last one."""
    lists = [name for name in PARTS if name in wanted.parts and name not in _DATED]
    first: list[Part] = [*_left_out(asking, wanted)]
    for name in lists:
        first += [Title(PARTS[name]), *listed(asking, patient, name)]
    if first:
        yield tuple(first)
    for name in PARTS:
        if name in wanted.parts and name in _DATED:
            yield from _dated(asking, name, wanted)


def _left_out(asking: Asking, wanted: Wanted) -> Iterator[Part]:
    """On the first page: what is not in this print because of who made it."""
    hidden = [
        PARTS[name]
        for name in PARTS
        if name in wanted.parts
        and not all(map(asking.may_read, _types(name)))
    ]  # fmt: skip
    if hidden:
        words = ", ".join(hidden)
        yield Notice(f"Parts that who printed this may not read are left out: {words}.")


def _types(name: str) -> tuple[str, ...]:
    return (_DATED[name].kind.__name__,) if name in _DATED else TYPES.get(name, ())


def _dated(asking: Asking, name: str, wanted: Wanted) -> Iterator[tuple[Part, ...]]:
    found = _DATED[name]
    if not asking.may_read(found.kind.__name__):
        asking.hidden.add(found.kind.__name__)
        yield (Title(PARTS[name]), Notice(NOT_SHOWN))
        return
    pairs = (*found.pairs, *wanted.span, ("_sort", order(found.kind)))
    page = asking.page(found.kind, PIECE[name], *pairs)
    title = PARTS[name]
    while True:
        made = tuple(_PRINTED[name](asking, page.matches, wanted))
        yield (Title(title), *made)
        if page.next is None:
            return
        title = f"{PARTS[name]}, continued"
        page = asking.page(found.kind, PIECE[name], *pairs, ("_cursor", page.next))


def _read(matches: Sequence[Version]) -> list[Any]:
    return [decode(match.content) for match in matches]


def _when(text: str | None, zone: tzinfo | None) -> str:
    return paper.moment(text, zone) if text and "T" in text else wording.day(text)


def _start(period: r4.Period | None) -> str:
    return (period.start if period else None) or ""


def _visits(_asking: Asking, matches: Sequence[Version], wanted: Wanted) -> list[Part]:
    rows = [
        (_when(_start(one.period), wanted.zone),
         ", ".join(map(wording.concept, one.type or ())) or (one.class_.display or one.class_.code or ""),
         ", ".join(map(wording.concept, one.reasonCode or ())), one.status or "")
        for one in _read(matches)
        if wording.counts(one) and wanted.holds(_start(one.period))
    ]  # fmt: skip
    return grid(("When", "Visit", "Reason", "Status"), rows)


def _observed_at(one: r4.Observation) -> str:
    return (
        one.effectiveDateTime
        or _start(one.effectivePeriod)
        or one.effectiveInstant
        or one.issued
        or ""
    )


def _observed(_asking: Asking, matches: Sequence[Version], wanted: Wanted) -> list[Part]:
    rows = [
        (wording.concept(one.code), _value(one), wording.bounds(one), _when(_observed_at(one), wanted.zone))
        for one in _read(matches)
        if wording.counts(one) and not (one.hasMember and not wording.value(one)) and wanted.holds(_observed_at(one))
    ]  # fmt: skip
    return grid(("What", "Value", "Usual", "When"), rows)


def _value(one: r4.Observation) -> str:
    """The value with what the laboratory says of it; that there is none is said, and not left out."""
    state = "" if one.status in {"final", None} else f" ({one.status})"
    remarks = " ".join(each.text for each in one.note or () if each.text)
    return (wording.value(one) or "no value") + state + (f". {remarks}" if remarks else "")


def _reports(_asking: Asking, matches: Sequence[Version], wanted: Wanted) -> list[Part]:
    rows = []
    for one in _read(matches):
        at = one.effectiveDateTime or _start(one.effectivePeriod) or one.issued or ""
        if one.status not in _CLOSED and wanted.holds(at):
            files = len(one.presentedForm or ())
            said = one.conclusion or (f"{files} files, not printed here" if files else "")
            row = (wording.concept(one.code), said, one.status or "", _when(at, wanted.zone))
            rows.append(row)
    return grid(("Report", "Conclusion", "Status", "When"), rows)


def _documents(_asking: Asking, matches: Sequence[Version], wanted: Wanted) -> list[Part]:
    found = map(document_of, matches)
    rows = [
        (one.title + (" (not signed)" if one.unsigned else " (preliminary)" if one.preliminary else ""),
         long_day(one.date), one.category.label, one.author)
        for one in found
        if wanted.holds(one.resource.date or "")
    ]  # fmt: skip
    return grid(("Document", "Date", "Kind", "From"), rows)


def _notes(asking: Asking, matches: Sequence[Version], wanted: Wanted) -> Iterator[Part]:
    yield Paragraph.of("Notes that are not signed are not printed.")
    if not matches:
        yield Paragraph.of("None recorded")
    corrected = _corrected(asking, matches)
    for match in matches:
        one = notes.of_version(match, asking.patient)
        yield Title(f"{one.title}, {paper.moment(one.date, wanted.zone)}, {one.author_name}", 2)
        whole = paper.document(
            one, Letterhead(""), patient_head(r4.Patient()), zone=wanted.zone,
            corrected_by=corrected.get(one.ref),
        )  # fmt: skip
        for part in whole.parts:
            yield replace(part, level=3) if isinstance(part, Title) else part


def _corrected(asking: Asking, matches: Sequence[Version]) -> dict[str, notes.Note]:
    """The corrections of these notes, by what they correct; they may stand on another page, or outside of the span."""
    refs = ",".join(f"Composition/{one.id}" for one in matches)
    if not refs:
        return {}
    page = asking.page(r4.Composition, 500, ("related-ref", refs), ("status", "final,amended"))
    found = (notes.of_version(one, asking.patient) for one in page.matches)
    return {one.replaces: one for one in found if one.replaces}


_PRINTED: Mapping[str, Any] = {
    "visits": _visits,
    "vitals": _observed,
    "results": _observed,
    "reports": _reports,
    "notes": _notes,
    "documents": _documents,
}
