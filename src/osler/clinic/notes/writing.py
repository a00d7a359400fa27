"""Saving a note that is not signed: its text with the data it stands on, and the diagnoses found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from osler.access import Principal
from osler.clinic.notes import live, markup, tree, wording, xhtml
from osler.clinic.notes.asking import search
from osler.clinic.notes.kinds import LOINC, Template, coded
from osler.clinic.notes.note import DIAGNOSES, TEMPLATE, Note, read, require_open
from osler.clinic.notes.tree import Items, Nodes, Text
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Gone, Invalid, NotAllowed, NotFound
from osler.kit.ids import uuid7
from osler.record import Create, Op, Record, Update

_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
_CONDITION = "http://terminology.hl7.org/CodeSystem/condition-category"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_CODE = re.compile(r"^(.*\S)\s*\(([A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)\)$")
_EMPTY = '<div xmlns="http://www.w3.org/1999/xhtml"><p>-</p></div>'
_MOST_DIAGNOSES = 30
LONGEST_DIAGNOSIS = 200


@dataclass(frozen=True, slots=True)
class Written:
    """A section as it came from the form."""

    title: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A note as it came from the form; `encounter` is a reference or nothing."""

    template: str
    title: str
    loinc: str
    display: str
    sections: tuple[Written, ...]
    diagnoses: tuple[str, ...] = ()
    encounter: str = ""


def begun(template: Template, current: live.Now) -> tuple[Written, ...]:
    """The sections a note of this template begins with, its data filled in as they are now."""
    return tuple(
        Written(one.title, one.code, markup.write(live.expanded(markup.read(one.prompt), current)))
        for one in template.sections
    )


def save(
    record: Record,
    principal: Principal,
    patient: str,
    draft: Draft,
    *,
    id: str | None = None,
    version: int | None = None,
) -> Note:
    """Write the note, and the diagnoses along with it: all or nothing.

    Raises:
        Invalid: it is signed, somebody else's, or holds nothing at all.
        PreconditionFailed: it is not at `version` any more.
    """
    if principal.person is None:
        raise Invalid("Your account belongs to nobody in the record, so it cannot write notes.")
    before = read(record, principal, patient, id) if id else None
    if before is not None:
        require_open(before, principal)
    nodes = _nodes(record, principal, patient, draft)
    if before is None and not any(nodes) and not draft.diagnoses:
        raise Invalid("There is nothing in this note yet.")
    _check_visit(record, principal, patient, draft.encounter)
    conditions, found = _diagnosed(record, principal, patient, draft, before)
    resource = before.resource if before else _new(principal, patient, draft)
    resource.encounter = r4.Reference(reference=draft.encounter) if draft.encounter else None
    resource.section = [section(one, each) for one, each in zip(draft.sections, nodes, strict=True)]
    resource.section += [found] if found else []
    op: Op = Create(resource, source="typed")
    if before is not None:
        op = Update(resource, if_match=version, source="typed")
    done = record.commit(principal, [op, *conditions])[0].version
    assert done is not None, "a write has a version"
    return read(record, principal, patient, done.id)


def _nodes(record: Record, principal: Principal, patient: str, draft: Draft) -> list[Nodes]:
    sections = [markup.read(one.text) for one in draft.sections]
    if any("@" in one.text or "{{" in one.text for one in draft.sections):
        current = live.now(record, principal, patient)
        sections = [live.expanded(nodes, current) for nodes in sections]
    return live.resolved(record, principal, patient, sections)


def _check_visit(record: Record, principal: Principal, patient: str, reference: str) -> None:
    if not reference:
        return
    type, _, id = reference.partition("/")
    if type != "Encounter":
        raise Invalid("A note is added to a visit.")
    visit = decode(record.read(principal, "Encounter", id).content)
    subject = visit.subject if isinstance(visit, r4.Encounter) else None
    if subject is None or subject.reference != f"Patient/{patient}":
        raise NotFound(f"There is no visit {id} in this chart.")


def _new(principal: Principal, patient: str, draft: Draft) -> r4.Composition:
    clinical = r4.Coding(system=_CATEGORY, code="clinical-note", display="Clinical Note")
    return r4.Composition(
        status="preliminary",
        type=coded(draft.loinc, draft.display),
        category=[r4.CodeableConcept(coding=[clinical])],
        subject=r4.Reference(reference=f"Patient/{patient}"),
        date=clock.now().isoformat(timespec="seconds"),
        author=[r4.Reference(reference=principal.person, display=principal.name or None)],
        title=draft.title,
        extension=[r4.Extension(url=TEMPLATE, valueString=draft.template)],
    )


def section(one: Written, nodes: Nodes) -> r4.CompositionSection:
    """A section with what it stands on; an empty one says so."""
    entries = [r4.Reference(reference=ref) for ref in tree.refs(nodes)]
    coding = [r4.Coding(system=LOINC, code=one.code)] if one.code else None
    return r4.CompositionSection(
        title=one.title,
        code=r4.CodeableConcept(coding=coding, text=one.title) if coding else None,
        text=r4.Narrative(
            status="additional" if nodes else "empty", div=xhtml.write(nodes) if nodes else _EMPTY
        ),
        entry=entries or None,
    )


# ---- diagnoses


def _diagnosed(
    record: Record, principal: Principal, patient: str, draft: Draft, before: Note | None
) -> tuple[list[Op], r4.CompositionSection | None]:
    """Writes of Conditions for what was added and taken away, and the section that names them."""
    wanted = list(
        dict.fromkeys(" ".join(one.split())[:LONGEST_DIAGNOSIS] for one in draft.diagnoses)
    )
    wanted = [one for one in wanted if one][:_MOST_DIAGNOSES]
    known = {words: ref for ref, words in before.diagnoses} if before else {}
    ops: list[Op] = []
    entries: list[r4.Reference] = []
    problems = _problems(record, principal, patient) if set(wanted) - set(known) else {}
    for words in wanted:
        reference = known.get(words)
        if reference is None:
            reference = f"urn:uuid:{uuid7()}"
            made = _condition(principal, patient, words, draft.encounter, problems)
            ops.append(Create(made, full_url=reference, source="typed"))
        entries.append(r4.Reference(reference=reference, display=words))
    gone = [ref for words, ref in known.items() if words not in wanted]
    if before is not None and gone:
        ops += withdrawn(record, principal, before, gone)
    return ops, _section_of(wanted, entries) if wanted else None


def _section_of(wanted: Sequence[str], entries: list[r4.Reference]) -> r4.CompositionSection:
    listed = Items(tuple((Text(words),) for words in wanted))
    return r4.CompositionSection(
        title="Diagnoses",
        code=coded(DIAGNOSES, "Diagnosis"),
        text=r4.Narrative(status="additional", div=xhtml.write((listed,))),
        entry=entries,
    )


def _problems(record: Record, principal: Principal, patient: str) -> dict[str, r4.CodeableConcept]:
    """The codes of the problem list by the words that the form offers."""
    pairs = (("patient", patient), ("category", "problem-list-item"), ("_count", "60"))
    found = search(record, principal, r4.Condition, *pairs)
    return {
        wording.concept(one.code).casefold(): one.code
        for _, one in found
        if one.code is not None and wording.counts(one)
    }


def _condition(
    principal: Principal,
    patient: str,
    words: str,
    encounter: str,
    problems: dict[str, r4.CodeableConcept],
) -> r4.Condition:
    category = r4.Coding(system=_CONDITION, code="encounter-diagnosis")
    return r4.Condition(
        category=[r4.CodeableConcept(coding=[category])],
        clinicalStatus=_status(_CLINICAL, "active"),
        verificationStatus=_status(_VERIFICATION, "confirmed"),
        code=problems.get(words.casefold()) or _named(words),
        subject=r4.Reference(reference=f"Patient/{patient}"),
        encounter=r4.Reference(reference=encounter) if encounter else None,
        asserter=r4.Reference(reference=principal.person, display=principal.name or None),
        recordedDate=clock.now().isoformat(timespec="seconds"),
    )


def _named(words: str) -> r4.CodeableConcept:
    """What was typed; a code in parentheses at its end is one of ICD-10-CM."""
    found = _CODE.match(words)
    if found is None:
        return r4.CodeableConcept(text=words)
    coding = r4.Coding(system=ICD, code=found[2], display=found[1])
    return r4.CodeableConcept(coding=[coding], text=found[1])


def _status(system: str, code: str) -> r4.CodeableConcept:
    return r4.CodeableConcept(coding=[r4.Coding(system=system, code=code)])


def withdrawn(
    record: Record, principal: Principal, note: Note, refs: Sequence[str]
) -> list[Update]:
    """Writes that mark diagnoses as never made, but for those of a note that stands beside this one.

    A correction begins with the diagnoses of what it corrects: until it is signed, these are not its own.
    """
    beside: set[str] = set()
    if refs and note.replaces:
        one = read(record, principal, note.patient, note.replaces.partition("/")[2])
        beside.update(ref for ref, _ in one.diagnoses if one.status != "entered-in-error")
    return [op for ref in refs if ref not in beside and (op := _withdrawn(record, principal, ref))]


def _withdrawn(record: Record, principal: Principal, ref: str) -> Update | None:
    """A diagnosis that was taken out of the note again was never one; on the problem list, it is people's."""
    try:
        found = decode(record.read(principal, "Condition", ref.partition("/")[2]).content)
    except (NotFound, Gone, NotAllowed):
        return None
    assert isinstance(found, r4.Condition)
    if any(wording.has(one, "problem-list-item") for one in found.category or ()):
        return None
    found.verificationStatus = _status(_VERIFICATION, "entered-in-error")
    found.clinicalStatus = None
    return Update(found, source="typed")


def discard(record: Record, principal: Principal, patient: str, id: str, version: int) -> None:
    """Throw an unsigned note of one's own away: it stays in the history as entered in error, its diagnoses too."""
    note = read(record, principal, patient, id)
    require_open(note, principal)
    note.resource.status = "entered-in-error"
    ops: list[Op] = [Update(note.resource, if_match=version, source="typed")]
    ops += withdrawn(record, principal, note, [ref for ref, _ in note.diagnoses])
    record.commit(principal, ops)
