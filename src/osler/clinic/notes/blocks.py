"""Live blocks: which data of a patient each shows, and as which table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from osler.access import Principal
from osler.clinic.notes import wording
from osler.clinic.notes.asking import search
from osler.clinic.notes.tree import Block, Fact, Runs, Text
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.kit.words import N_
from osler.record import Record
from osler.record.several import Reader

Found = Sequence[tuple[str, Resource]]
_MOST = "60"
PARTLY = N_("not all visible to the author")
"""What a list says, instead of none, where its author may not see all of it."""
_RESULTS = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of live block: its words, its head, what it shows now, and the row of one resource."""

    code: str
    title: str
    none: str
    head: tuple[str, ...]
    icon: str
    now: Callable[[Record, Principal, str], Found]
    row: Callable[[str, Resource], tuple[Runs, ...]]
    single: bool = False  # its rows serve as values inside the text too
    relied: tuple[
        str, ...
    ] = ()  # the types of a list of which nobody may be told falsely that there is nothing

    def block(self, found: Iterable[tuple[str, Resource]], *, partly: bool = False) -> Block:
        """The table of these resources; `partly` where who writes the note may not see all that there are."""
        some = list(found)
        if not some:
            return Block(self.code, f"{self.title}: {PARTLY if partly else self.none}")
        rows = tuple(self.row(ref, one) for ref, one in some)
        title = f"{self.title} ({PARTLY})" if partly else self.title
        return Block(self.code, title, self.head, rows, tuple(ref for ref, _ in some))


def _text(text: str) -> Runs:
    return (Text(text),) if text else (Text("-"),)


def _vitals(record: Record, principal: Principal, patient: str) -> Found:
    found = _observations(record, principal, patient, "vital-signs")
    latest = found[0][1].effectiveDateTime if found else None
    return [
        (ref, one)
        for ref, one in _newest(found)
        if (one.effectiveDateTime or "")[:10] == (latest or "")[:10]
    ]


def _labs(record: Record, principal: Principal, patient: str) -> Found:
    newest = _newest(_observations(record, principal, patient, "laboratory"))
    return [(ref, one) for ref, one in newest][:_RESULTS]


def _observations(
    record: Record, principal: Principal, patient: str, category: str
) -> list[tuple[str, r4.Observation]]:
    pairs = (("patient", patient), ("category", category), ("_sort", "-date"), ("_count", _MOST))
    found = search(record, principal, r4.Observation, *pairs)
    return [(ref, one) for ref, one in found if wording.counts(one) and wording.value(one)]


def _newest(found: list[tuple[str, r4.Observation]]) -> list[tuple[str, r4.Observation]]:
    """Of each kind of measurement the newest."""
    seen: set[str] = set()
    kept = []
    for ref, one in found:
        codes = one.code.coding or []
        code = next((each.code for each in codes if each.code), wording.concept(one.code))
        if code not in seen:
            seen.add(code)
            kept.append((ref, one))
    return kept


def _problems(record: Record, principal: Principal, patient: str) -> Found:
    pairs = (("patient", patient), ("category", "problem-list-item"), ("_count", _MOST))
    found = search(record, principal, r4.Condition, *pairs)
    return [
        (ref, one)
        for ref, one in found
        if wording.counts(one)
        and not wording.has(one.clinicalStatus, "resolved", "inactive", "remission")
    ]


def _allergies(record: Record, principal: Principal, patient: str) -> Found:
    found = search(
        record, principal, r4.AllergyIntolerance, ("patient", patient), ("_count", _MOST)
    )
    return [
        (ref, one)
        for ref, one in found
        if wording.counts(one) and not wording.has(one.clinicalStatus, "resolved", "inactive")
    ]


def _medications(record: Record, principal: Principal, patient: str) -> Found:
    pairs = (("patient", patient), ("status", "active"), ("_count", _MOST))
    ordered: Found = [*search(record, principal, r4.MedicationRequest, *pairs)]
    said: Found = [*search(record, principal, r4.MedicationStatement, *pairs)]
    return [*ordered, *said]


def _immunizations(record: Record, principal: Principal, patient: str) -> Found:
    pairs = (("patient", patient), ("status", "completed"), ("_sort", "-date"), ("_count", _MOST))
    return [*search(record, principal, r4.Immunization, *pairs)]


def _observed(ref: str, one: Resource) -> tuple[Runs, ...]:
    assert isinstance(one, r4.Observation)
    value: Runs = (Fact(ref, wording.value(one)),)
    return (_text(wording.concept(one.code)), value, _text(wording.day(one.effectiveDateTime)))


def _result(ref: str, one: Resource) -> tuple[Runs, ...]:
    assert isinstance(one, r4.Observation)
    name, value, when = _observed(ref, one)
    return (name, value, _text(wording.bounds(one)), when)


def _problem(ref: str, one: Resource) -> tuple[Runs, ...]:
    assert isinstance(one, r4.Condition)
    codes = (one.code.coding if one.code else None) or []
    code = next((c.code or "" for c in codes if "icd-10" in (c.system or "")), "")
    return ((Fact(ref, wording.concept(one.code)),), _text(code), _text(wording.day(one.onsetDateTime)))  # fmt: skip


def _allergy(ref: str, one: Resource) -> tuple[Runs, ...]:
    assert isinstance(one, r4.AllergyIntolerance)
    worst = one.criticality or ""
    return ((Fact(ref, wording.concept(one.code)),), _text(wording.reaction(one)), _text(worst))


def _drug(ref: str, one: Resource) -> tuple[Runs, ...]:
    assert isinstance(one, r4.MedicationRequest | r4.MedicationStatement)
    return ((Fact(ref, wording.medication(one)),), _text(wording.dose(one)))


def _vaccine(ref: str, one: Resource) -> tuple[Runs, ...]:
    assert isinstance(one, r4.Immunization)
    when = wording.day(one.occurrenceDateTime) or (one.occurrenceString or "")
    return ((Fact(ref, wording.concept(one.vaccineCode)),), _text(when), _text(one.lotNumber or ""))


_WHEN = N_("Date")
_NONE = N_("none recorded")
_VALUED = (N_("Measurement"), N_("Value"), _WHEN)
_TESTED = (N_("Test"), N_("Value"), N_("Reference range"), _WHEN)
_LISTED = (N_("Problem"), N_("Code"), N_("Since"))
_TAKEN = (N_("Medication"), N_("Directions"))
_AVOIDED = (N_("Substance"), N_("Reaction"), N_("Criticality"))
_GIVEN = (N_("Vaccine"), _WHEN, N_("Lot"))
_ALL = (
    Kind("vitals", N_("Vitals"), _NONE, _VALUED, "activity", _vitals, _observed, single=True),
    Kind("results", N_("Results"), _NONE, _TESTED, "flask-conical", _labs, _result, single=True),
    Kind(
        "problems",
        N_("Problems"),
        _NONE,
        _LISTED,
        "list",
        _problems,
        _problem,
        relied=("Condition",),
    ),
    Kind(
        "medications",
        N_("Medications"),
        _NONE,
        _TAKEN,
        "pill",
        _medications,
        _drug,
        relied=("MedicationRequest", "MedicationStatement"),
    ),
    Kind(
        "allergies",
        N_("Allergies"),
        N_("not asked"),
        _AVOIDED,
        "shield-alert",
        _allergies,
        _allergy,
        relied=("AllergyIntolerance",),
    ),
    Kind("immunizations", N_("Immunizations"), _NONE, _GIVEN, "syringe", _immunizations, _vaccine),
)
KINDS = {kind.code: kind for kind in _ALL}


def partly(record: Record, principal: Principal, patient: str) -> frozenset[str]:
    """The kinds of blocks of which this author may not see all that there is of a patient."""
    reader = Reader(record, principal)
    return frozenset(
        kind.code
        for kind in _ALL
        if not all(reader.sees_all(type, patient) for type in kind.relied)
    )
