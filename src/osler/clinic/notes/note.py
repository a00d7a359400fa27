"""A note as it is in the record: a Composition, read into its sections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from osler.access import Principal
from osler.clinic.notes import tree, wording, xhtml
from osler.clinic.notes.asking import bare, search
from osler.clinic.notes.kinds import ADDENDUM
from osler.clinic.notes.tree import Nodes
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Invalid, NotFound
from osler.record import Record, Version

TEMPLATE = "urn:osler:note-template"
"""Extension of a Composition: the template it was begun with, for what that requires."""
REASON = "urn:osler:reason"
"""Extension of a Composition: why it was corrected, or entered in error."""
DIAGNOSES = "29308-4"
"""The LOINC code of the section of diagnoses."""
AUTHOR: Final = "legal"
COSIGNER: Final = "professional"
"""Modes of attestation: of who wrote a note, and of who signs it too."""
CLOSED = frozenset({"final", "amended", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is read."""

    title: str
    code: str
    nodes: Nodes


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, when, as what."""

    mode: str
    party: str
    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a patient; `resource` is one version of it."""

    id: str
    version: int
    resource: r4.Composition

    @property
    def ref(self) -> str:
        """Its reference."""
        return f"Composition/{self.id}"

    @property
    def title(self) -> str:
        """What it is called."""
        return self.resource.title or wording.concept(self.resource.type, "Note")

    @property
    def status(self) -> str:
        """preliminary, final, amended or entered-in-error."""
        return self.resource.status or "preliminary"

    @property
    def signed(self) -> bool:
        """Whether nobody edits it any more."""
        return self.status in CLOSED

    @property
    def date(self) -> str:
        """When it was begun."""
        return self.resource.date or ""

    @property
    def patient(self) -> str:
        """The logical id of whom it is about."""
        subject = self.resource.subject
        return ((subject.reference if subject else None) or "").removeprefix("Patient/")

    @property
    def author(self) -> str:
        """The reference of who wrote it."""
        return next((one.reference or "" for one in self.resource.author or ()), "")

    @property
    def author_name(self) -> str:
        """The name of who wrote it."""
        return next((one.display or "" for one in self.resource.author or ()), "") or "Unknown"

    @property
    def encounter(self) -> str:
        """The reference of the visit, if it is of one."""
        found = self.resource.encounter
        return (found.reference if found else None) or ""

    @property
    def template(self) -> str:
        """The code of its template."""
        return extension(self.resource, TEMPLATE)

    @property
    def reason(self) -> str:
        """Why it corrects another, or was entered in error."""
        return extension(self.resource, REASON)

    @property
    def is_addendum(self) -> bool:
        """Whether it only adds to another."""
        return wording.has(self.resource.type, ADDENDUM)

    @property
    def parts(self) -> list[Part]:
        """Its sections, without that of the diagnoses."""
        return [part for part in self._parts() if part.code != DIAGNOSES]

    @property
    def filled(self) -> list[Part]:
        """The sections that say something, with the diagnoses at the end."""
        parts = sorted(self._parts(), key=lambda part: part.code == DIAGNOSES)
        return [part for part in parts if part.nodes]

    def _parts(self) -> list[Part]:
        return [_part(one) for one in self.resource.section or ()]

    @property
    def diagnoses(self) -> list[tuple[str, str]]:
        """(reference of the Condition, its words) of what was found at this visit."""
        for one in self.resource.section or ():
            if wording.has(one.code, DIAGNOSES):
                named = [(bare(e.reference or "/"), e.display or "") for e in one.entry or ()]
                return [pair for pair in named if pair[0] != "/"]
        return []

    @property
    def signatures(self) -> list[Signature]:
        """Who signed, the author first."""
        return [_signature(one) for one in self.resource.attester or () if one.time]

    @property
    def replaces(self) -> str:
        """The reference of the note that this one corrects."""
        return related(self.resource, "replaces")

    @property
    def appends(self) -> str:
        """The reference of the note that this one adds to."""
        return related(self.resource, "appends")

    @property
    def text(self) -> str:
        """All its words, for searching and comparing."""
        return "\n\n".join(f"{part.title}\n{tree.plain(part.nodes)}" for part in self.filled)

    def is_of(self, principal: Principal) -> bool:
        """Whether the principal wrote it."""
        return principal.person is not None and self.author == principal.person


def extension(resource: r4.Composition, url: str) -> str:
    """The text of an extension of ours; of several the last, for what is signed is only added to."""
    found = [one.valueString or "" for one in resource.extension or () if one.url == url]
    return found[-1] if found else ""


def related(resource: r4.Composition, code: str) -> str:
    """What a note is related to in this way."""
    for one in resource.relatesTo or ():
        if one.code == code and one.targetReference:
            return bare(one.targetReference.reference or "/")
    return ""


def _part(one: r4.CompositionSection) -> Part:
    codes = (one.code.coding if one.code else None) or []
    code = next((each.code or "" for each in codes), "")
    div = one.text.div if one.text and one.text.status != "empty" else None
    inner = [node for each in one.section or () for node in _part(each).nodes]
    return Part(one.title or wording.concept(one.code, ""), code, (*xhtml.read(div), *inner))


def _signature(one: r4.CompositionAttester) -> Signature:
    party = one.party or r4.Reference()
    at = datetime.fromisoformat(one.time) if one.time and "T" in one.time else None
    return Signature(one.mode or "", party.reference or "", party.display or "", at)


def of_version(version: Version, patient: str) -> Note:
    """The note of a version. Raises NotFound where it is another patient's."""
    resource = decode(version.content)
    assert isinstance(resource, r4.Composition), "a Composition is asked for"
    note = Note(version.id, version.version, resource)
    if note.patient != patient:
        raise NotFound(f"There is no note {version.id} in this chart.")
    return note


def read(record: Record, principal: Principal, patient: str, id: str) -> Note:
    """The note as it is now. Raises NotFound."""
    return of_version(record.read(principal, "Composition", id), patient)


def read_version(record: Record, principal: Principal, patient: str, id: str, version: int) -> Note:
    """One version of it. Raises NotFound."""
    return of_version(record.vread(principal, "Composition", id, version), patient)


def around(record: Record, principal: Principal, note: Note) -> tuple[list[Note], Note | None]:
    """Addenda of a note, oldest first, and the note that corrects it, if there is one."""
    pairs = (("patient", note.patient), ("related-ref", note.ref), ("_sort", "date"))
    found = [_note(ref, one) for ref, one in search(record, principal, r4.Composition, *pairs)]
    addenda = [one for one in found if one.appends == note.ref]
    correcting = [one for one in found if one.replaces == note.ref and one.status != "entered-in-error"]  # fmt: skip
    return addenda, correcting[-1] if correcting else None


def _note(ref: str, one: r4.Composition) -> Note:
    _, id, _, version = ref.split("/")
    return Note(id, int(version), one)


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a patient's notes."""

    unsigned: list[Note]
    notes: list[Note]
    more: bool


def listed(
    record: Record,
    principal: Principal,
    patient: str,
    *,
    type: str = "",
    author: str = "",
    words: str = "",
    offset: int = 0,
    count: int = 30,
) -> Listed:
    """A patient's notes, newest first, the unsigned ones apart; addenda stand under what they add to."""
    pairs = [("patient", patient), ("_sort", "-date"), ("_count", str(offset + count + 1))]
    if words:
        # What is looked for inside the text is looked for in the newest few hundred.
        pairs[-1] = ("_count", "300")
    pairs += [("type", f"http://loinc.org|{type}")] if type else []
    pairs += [("author", author)] if author else []
    found = [_note(ref, one) for ref, one in search(record, principal, r4.Composition, *pairs)]
    notes = [one for one in found if not one.appends or one.status == "preliminary"]
    if words:
        wanted = words.casefold().split()
        notes = [one for one in notes if _says(one, wanted)]
    unsigned = [one for one in notes if one.status == "preliminary"]
    rest = [one for one in notes if one.status != "preliminary"]
    return Listed(unsigned, rest[offset : offset + count], len(rest) > offset + count)


def _says(note: Note, wanted: list[str]) -> bool:
    text = f"{note.title} {note.author_name} {note.text}".casefold()
    return all(word in text for word in wanted)


def unsigned(record: Record, principal: Principal, count: int = 50) -> list[Note]:
    """The notes that the principal wrote and has not signed, oldest first: their work of the day."""
    if principal.person is None:
        return []
    pairs = (
        ("author", principal.person),
        ("status", "preliminary"),
        ("_sort", "date"),
        ("_count", str(count)),
    )
    return [_note(ref, one) for ref, one in search(record, principal, r4.Composition, *pairs)]


def require_open(note: Note, principal: Principal) -> None:
    """Raises Invalid where the principal may not edit the note: it is signed, or somebody else's."""
    if note.signed:
        raise Invalid("This note is signed. Write an addendum, or correct it with a reason.")
    if not note.is_of(principal):
        raise Invalid(f"This is {note.author_name}'s note; only who wrote it may change it.")
