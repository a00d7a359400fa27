"""A chart on paper: lists as they stand now, what has a date within a span, in files of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from osler.clinic.chart.asking import Asking, order
from osler.clinic.documents.document import of_version as document_of
from osler.clinic.notes import note as notes
from osler.clinic.notes import paper, wording
from osler.clinic.printing.document import Grid, Notice, Paragraph, Part, Title
from osler.clinic.printing.heads import Letterhead, long_day, patient_head
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit.words import N_
from osler.record import Version
from osler.search.parse import parse

STANDING = (
    "demographics",
    "problems",
    "medications",
    "allergies",
    "immunizations",
    "procedures",
    "family",
)
PARTS: Mapping[str, str] = {
    "demographics": N_("Demographics"),
    "problems": N_("Problems"),
    "medications": N_("Medications"),
    "allergies": N_("Allergies"),
    "immunizations": N_("Immunizations"),
    "procedures": N_("Procedures"),
    "family": N_("Family history"),
    "vitals": N_("Vitals"),
    "results": N_("Results"),
    "notes": N_("Notes"),
    "documents": N_("List of documents"),
}
"""What can be printed; the last four are of the span that was chosen."""
_LIST = 500
_FILE: Mapping[str, int] = {"vitals": 600, "results": 600, "notes": 60, "documents": 600}
"""How many of each are in one file."""
MOST_FILES = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be printed; `since` and `until` are days, or empty."""

    parts: tuple[str, ...]
    since: str = ""
    until: str = ""
    zone: tzinfo | None = None

    @property
    def span(self) -> tuple[tuple[str, str], ...]:
        """The span as search parameters."""
        low = (("date", f"ge{self.since}"),) if self.since else ()
        return (*low, ("date", f"le{self.until}")) if self.until else low


@dataclass(frozen=True, slots=True)
class Dated:
    """How a part of the span is asked for."""

    kind: type[Resource]
    pairs: tuple[tuple[str, str], ...] = ()


_DATED: Mapping[str, Dated] = {
    "vitals": Dated(r4.Observation, (("category", "vital-signs"),)),
    "results": Dated(r4.Observation, (("category", "laboratory"),)),
    "notes": Dated(r4.Composition, (("status", "final,amended"),)),
    "documents": Dated(r4.DocumentReference, (("status", "current"),)),
}


def files(asking: Asking, wanted: Wanted) -> int:
    """In how many files it is printed: long charts are not set in one."""
    most = 1
    for name in wanted.parts:
        found = _DATED.get(name)
        if found is None or not asking.may_read(found.kind.__name__):
            continue
        pairs = [("patient", f"Patient/{asking.patient}"), *found.pairs, *wanted.span]
        count = asking.reader.count(parse(found.kind.__name__, pairs, asking.reader.registry))
        most = max(most, -(-count // _FILE[name]))
    return min(most, MOST_FILES)


def parts(asking: Asking, patient: r4.Patient, wanted: Wanted, number: int = 1) -> tuple[Part, ...]:
    """What stands in one of the files; the lists are in the first."""
    made: list[Part] = []
    for name in PARTS:
        if name not in wanted.parts:
            continue
        if name in _DATED:
            made += _dated(asking, name, wanted, number)
        elif number == 1:
            made += [Title(PARTS[name]), *_listed(asking, patient, name)]
    if asking.hidden:
        made.append(Notice("Parts that who printed this may not read are left out."))
    return tuple(made)


_RELIED: Mapping[str, tuple[str, ...]] = {
    "problems": ("Condition",),
    "medications": ("MedicationRequest", "MedicationStatement"),
    "allergies": ("AllergyIntolerance",),
}
PARTLY = "Who printed this may not see all of this list: it may not be complete."


def _listed(asking: Asking, patient: r4.Patient, name: str) -> list[Part]:
    """One of the lists; of one that its reader may not see whole, never that there is nothing."""
    made = _LISTS[name](asking, patient)
    if all(map(asking.sees_all, _RELIED.get(name, ()))):
        return made
    return [Notice(PARTLY), *(one for one in made if isinstance(one, Grid))]


def _grid(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[Part]:
    if not rows:
        return [Paragraph.of("None recorded")]
    return [Grid.of(head, [tuple(cell or "-" for cell in row) for row in rows])]


def _demographics(_asking: Asking, patient: r4.Patient) -> list[Part]:
    head = patient_head(patient)
    addresses = [_address(one) for one in patient.address or ()]
    reach = [f"{one.value} ({one.use or one.system})" for one in patient.telecom or () if one.value]
    spoken = [wording.concept(one.language) for one in patient.communication or ()]
    contacts = [_contact(one) for one in patient.contact or ()]
    rows = [
        ("Name", head.name),
        ("Born", head.born),
        ("Sex", head.sex),
        ("Record number", head.number),
        ("Address", "; ".join(addresses)),
        ("Telephone, e-mail", ", ".join(reach)),
        ("Language", ", ".join(spoken)),
        ("Contacts", "; ".join(contacts)),
    ]
    if patient.deceasedDateTime:
        rows.append(("Died", long_day(patient.deceasedDateTime)))
    return _grid((), rows)


def _address(one: r4.Address) -> str:
    return one.text or ", ".join(
        filter(None, [*(one.line or ()), one.city, one.state, one.postalCode])
    )


def _contact(one: r4.PatientContact) -> str:
    kinds = [wording.concept(each) for each in one.relationship or ()]
    numbers = [each.value for each in one.telecom or () if each.value]
    return ", ".join(part for part in (_name(one.name), *kinds, *numbers) if part)


def _name(one: r4.HumanName | None) -> str:
    if one is None:
        return ""
    return one.text or " ".join(filter(None, [*(one.given or ()), one.family]))


def _problems(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = asking.newest(r4.Condition, _LIST, ("category", "problem-list-item"))
    rows = [
        (wording.concept(one.code), _icd(one.code), _status(one), wording.day(one.onsetDateTime))
        for one in found
        if wording.counts(one)
    ]  # fmt: skip
    return _grid(("Problem", "Code", "Status", "Began"), rows)


def _status(one: r4.Condition | r4.AllergyIntolerance) -> str:
    return wording.concept(one.clinicalStatus, "")


def _done(one: r4.Procedure) -> str | None:
    return one.performedDateTime or (one.performedPeriod.start if one.performedPeriod else None)


def _icd(concept: r4.CodeableConcept | None) -> str:
    codings = (concept.coding if concept else None) or ()
    return next((one.code or "" for one in codings if "icd-10" in (one.system or "")), "")


def _medications(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found: list[r4.MedicationRequest | r4.MedicationStatement] = []
    found += asking.newest(r4.MedicationRequest, _LIST)
    found += asking.newest(r4.MedicationStatement, _LIST)
    rows = [
        (wording.medication(one), wording.dose(one), one.status or "")
        for one in found
        if wording.counts(one)
    ]
    rows.sort(key=lambda row: row[2] != "active")
    return _grid(("Medication", "How it is taken", "Status"), rows)


def _allergies(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = [one for one in asking.some(r4.AllergyIntolerance, _LIST) if wording.counts(one)]
    rows = [
        (wording.concept(one.code), wording.reaction(one), one.criticality or "", _status(one))
        for one in found
    ]  # fmt: skip
    return _grid(("Allergy", "Reaction", "Criticality", "Status"), rows)


def _vaccine(one: r4.Immunization) -> str:
    return wording.concept(one.vaccineCode)


def _immunizations(asking: Asking, _patient: r4.Patient) -> list[Part]:
    rows = [
        (_vaccine(one), wording.day(one.occurrenceDateTime), one.lotNumber or "", one.status or "")
        for one in asking.newest(r4.Immunization, _LIST)
        if wording.counts(one)
    ]  # fmt: skip
    return _grid(("Vaccine", "Given", "Lot", "Status"), rows)


def _procedures(asking: Asking, _patient: r4.Patient) -> list[Part]:
    rows = [
        (wording.concept(one.code), wording.day(_done(one)), one.status or "")
        for one in asking.newest(r4.Procedure, _LIST)
        if wording.counts(one)
    ]  # fmt: skip
    return _grid(("Procedure", "Done", "Status"), rows)


def _family(asking: Asking, _patient: r4.Patient) -> list[Part]:
    rows = [
        (wording.concept(one.relationship), ", ".join(wording.concept(each.code) for each in one.condition or ()))
        for one in asking.some(r4.FamilyMemberHistory, _LIST)
        if wording.counts(one)
    ]  # fmt: skip
    return _grid(("Relative", "Conditions"), rows)


_LISTS: Mapping[str, Callable[[Asking, r4.Patient], list[Part]]] = {
    "demographics": _demographics,
    "problems": _problems,
    "medications": _medications,
    "allergies": _allergies,
    "immunizations": _immunizations,
    "procedures": _procedures,
    "family": _family,
}


def _dated(asking: Asking, name: str, wanted: Wanted, number: int) -> list[Part]:
    """The n-th file's share of what has a date, newest first."""
    found = _DATED[name]
    if not asking.may_read(found.kind.__name__):
        asking.hidden.add(found.kind.__name__)
        return []
    share = _FILE[name]
    pairs = (*found.pairs, *wanted.span, ("_sort", order(found.kind)))
    matches = list(_share(asking, found.kind, pairs, share, number))
    if not matches and number > 1:
        return []
    title = Title(PARTS[name])
    match name:
        case "notes":
            return [title, *_notes(asking, matches, wanted)]
        case "documents":
            listed = map(document_of, matches)
            rows = [
                (one.title, long_day(one.date), one.category.label, one.author) for one in listed
            ]
            return [title, *_grid(("Document", "Date", "Kind", "From"), rows)]
        case _:
            return [title, *_observed(matches)]


def _share(
    asking: Asking,
    kind: type[Resource],
    pairs: tuple[tuple[str, str], ...],
    share: int,
    number: int,
) -> Sequence[Version]:
    page = asking.page(kind, share, *pairs)
    for _before in range(number - 1):
        if page.next is None:
            return ()
        page = asking.page(kind, share, *pairs, ("_cursor", page.next))
    return page.matches


def _observed(matches: Sequence[Version]) -> list[Part]:
    found = [one for match in matches if isinstance(one := decode(match.content), r4.Observation)]
    rows = [
        (wording.concept(one.code), wording.value(one), wording.bounds(one), wording.day(one.effectiveDateTime))
        for one in found
        if wording.counts(one) and wording.value(one)
    ]  # fmt: skip
    return _grid(("What", "Value", "Usual", "Date"), rows)


def _notes(asking: Asking, matches: Sequence[Version], wanted: Wanted) -> Iterator[Part]:
    if not matches:
        yield Paragraph.of("None recorded")
    for match in matches:
        one = notes.of_version(match, asking.patient)
        yield Title(f"{one.title}, {paper.moment(one.date, wanted.zone)}, {one.author_name}", 2)
        whole = paper.document(one, Letterhead(""), patient_head(r4.Patient()), zone=wanted.zone)
        for part in whole.parts:
            yield replace(part, level=3) if isinstance(part, Title) else part
