"""Signing a note and what may come after: a second signature, an addendum, a correction, entered in error.

A signature writes the frozen Composition, its PDF and the DocumentReference to it in one transaction.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Literal

from osler.access import Principal
from osler.clinic import printing
from osler.clinic.notes import kinds, live, markup, paper
from osler.clinic.notes import note as notes
from osler.clinic.notes.asking import search
from osler.clinic.notes.kinds import ADDENDUM, Template
from osler.clinic.notes.note import AUTHOR, COSIGNER, REASON, Note, require_open
from osler.clinic.notes.writing import Written, section, withdrawn
from osler.clinic.relations import read_patient
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Gone, Invalid, NotAllowed, NotFound
from osler.kit.ids import uuid7
from osler.record import Create, Op, Record, Update

TASKS = "urn:osler:task"
COSIGN = "cosign-note"
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Desk:
    """Who signs in which chart: what every act here needs."""

    record: Record
    principal: Principal
    patient: str
    zone: tzinfo | None = None

    def read(self, id: str, version: int) -> Note:
        """The note, still at the version that was seen. Raises Conflict."""
        found = notes.read(self.record, self.principal, self.patient, id)
        if found.version != version:
            raise Conflict(
                f"The note was changed since you opened it (version {found.version}, you saw {version})."
                " Look at it again before you sign."
            )
        return found


def template_of(note: Note) -> Template | None:
    """The shipped template it was begun with."""
    return kinds.shipped().get(note.template)


def needs_cosign(note: Note, principal: Principal, template: Template | None = None) -> bool:
    """Whether its author's signature alone is not enough for this kind of note."""
    found = template or template_of(note)
    return found is not None and found.needs_cosign(principal.roles)


def sign(
    desk: Desk, id: str, version: int, *, cosigner: str = "", template: Template | None = None
) -> Note:
    """Sign and lock one's own note; `cosigner` ("Practitioner/2") is asked for a second signature.

    Raises:
        Invalid: it is signed, somebody else's, holds nothing, or asks for a second signature.
        Conflict: it is not the version that was seen.
    """
    note = desk.read(id, version)
    require_open(note, desk.principal)
    if not note.filled:
        raise Invalid("There is nothing in this note to sign.")
    if needs_cosign(note, desk.principal, template) and not cosigner:
        raise Invalid("This kind of note needs a clinician's signature too; say whom to ask.")
    if cosigner == desk.principal.person:
        raise Invalid("A second signature is somebody else's.")
    resource = note.resource
    resource.status = "final"
    resource.section = [_frozen(desk, one) for one in resource.section or () if _says(one)]
    resource.attester = [*(resource.attester or []), _attester(desk, AUTHOR)]
    ops = _filed(desk, replace(note, version=version + 1), version)
    ops += [Create(_asked(desk, note, cosigner), source="typed")] if cosigner else []
    ops += _corrected(desk, note)
    desk.record.commit(desk.principal, ops)
    return notes.read(desk.record, desk.principal, desk.patient, id)


def _corrected(desk: Desk, note: Note) -> list[Update]:
    """The diagnoses of the note before that its correction has no more."""
    if not note.replaces:
        return []
    before = notes.read(desk.record, desk.principal, desk.patient, note.replaces.partition("/")[2])
    still = {ref for ref, _ in note.diagnoses}
    gone = [ref for ref, _ in before.diagnoses if ref not in still]
    return withdrawn(desk.record, desk.principal, before, gone)


def cosign(desk: Desk, id: str, version: int) -> Note:
    """Sign somebody else's signed note too, and complete the Task that asked for it."""
    note = desk.read(id, version)
    _require_signed(note)
    if note.is_of(desk.principal):
        raise Invalid("A second signature is somebody else's.")
    if not desk.principal.roles.intersection(Template("", "", "", "", ()).signers):
        raise NotAllowed("Only a clinician may co-sign a note.")
    if any(one.party == desk.principal.person for one in note.signatures):
        raise Invalid("You have signed this note already.")
    asked = cosign_tasks(desk.record, desk.principal, desk.patient, note)
    if not asked:
        raise Invalid("Nobody has asked for a second signature of this note.")
    note.resource.attester = [*(note.resource.attester or []), _attester(desk, COSIGNER)]
    ops = _filed(desk, replace(note, version=version + 1), version)
    for task in asked:
        task.status = "completed"
        task.lastModified = clock.now().isoformat(timespec="seconds")
        ops.append(Update(task, source="typed"))
    desk.record.commit(desk.principal, ops)
    return notes.read(desk.record, desk.principal, desk.patient, id)


def cosign_tasks(record: Record, principal: Principal, patient: str, note: Note) -> list[r4.Task]:
    """The open Tasks that ask for a second signature of a note."""
    pairs = (("patient", patient), ("focus", note.ref), ("status", "requested"))
    found = search(record, principal, r4.Task, *pairs)
    return [task for _, task in found if _is_cosign(task)]


def _is_cosign(task: r4.Task) -> bool:
    codes = (task.code.coding if task.code else None) or ()
    return any(one.system == TASKS and one.code == COSIGN for one in codes)


def addendum(desk: Desk, id: str, text: str) -> Note:
    """Add to a signed note: a note of its own, signed at once, shown under it."""
    note = notes.read(desk.record, desk.principal, desk.patient, id)
    _require_signed(note)
    if note.is_addendum:
        raise Invalid("Add to the note itself, not to its addendum.")
    nodes = live.expanded(markup.read(text), live.now(desk.record, desk.principal, desk.patient))
    (nodes,) = live.resolved(desk.record, desk.principal, desk.patient, [nodes])
    if not nodes:
        raise Invalid("Write what you want to add.")
    made = _begun(desk, note, "appends", f"Addendum: {note.title}")
    made.type = kinds.coded(ADDENDUM, "Addendum Document")
    made.status = "final"
    made.section = [section(Written("Addendum", "", ""), nodes)]
    made.attester = [_attester(desk, AUTHOR)]
    ops = _filed(desk, Note("new", 1, made), None)
    if note.status == "final":
        note.resource.status = "amended"
        ops.append(Update(note.resource, if_match=note.version, source="typed"))
    done = desk.record.commit(desk.principal, ops)[0].version
    assert done is not None, "a create has a version"
    return notes.read(desk.record, desk.principal, desk.patient, done.id)


def correct(desk: Desk, id: str, reason: str) -> Note:
    """Begin a correction of one's own signed note: an unsigned copy that replaces it, with the reason.

    The old one stays readable; it is marked by what replaces it.
    """
    note = notes.read(desk.record, desk.principal, desk.patient, id)
    _require_signed(note)
    if not note.is_of(desk.principal):
        raise Invalid(f"Only {note.author_name} may correct this note; you may write an addendum.")
    _, there = notes.around(desk.record, desk.principal, note)
    if there is not None:
        raise Conflict("There is a correction of this note already.")
    made = _begun(desk, note, "replaces", note.title)
    made.type, made.section = note.resource.type, note.resource.section
    made.extension = [
        *(one for one in note.resource.extension or () if one.url != REASON),
        r4.Extension(url=REASON, valueString=_reason(reason)),
    ]
    done = desk.record.commit(desk.principal, [Create(made, source="typed")])[0].version
    assert done is not None, "a create has a version"
    return notes.read(desk.record, desk.principal, desk.patient, done.id)


def entered_in_error(desk: Desk, id: str, version: int, reason: str) -> Note:
    """Mark one's own signed note as not belonging here: it stays readable, struck out, with the reason."""
    note = desk.read(id, version)
    _require_signed(note)
    if not note.is_of(desk.principal):
        raise Invalid(f"Only {note.author_name} may mark this note as entered in error.")
    note.resource.status = "entered-in-error"
    note.resource.extension = [
        *(note.resource.extension or ()),
        r4.Extension(url=REASON, valueString=_reason(reason)),
    ]
    ops: list[Op] = [Update(note.resource, if_match=version, source="typed")]
    _, correction = notes.around(desk.record, desk.principal, note)
    kept = {ref for ref, _ in correction.diagnoses} if correction else set()
    wrong = [ref for ref, _ in note.diagnoses if ref not in kept]
    ops += withdrawn(desk.record, desk.principal, note, wrong)
    for document in _documents(desk, note.ref):
        document.status = "entered-in-error"
        ops.append(Update(document, source="typed"))
    desk.record.commit(desk.principal, ops)
    return notes.read(desk.record, desk.principal, desk.patient, id)


def _reason(text: str) -> str:
    reason = " ".join(text.split())[:_LONGEST_REASON]
    if not reason:
        raise Invalid("Say why, for whoever reads the chart later.")
    return reason


def _require_signed(note: Note) -> None:
    if note.status not in ("final", "amended"):
        raise Invalid("Only a signed note that holds can be added to or corrected.")


def _begun(
    desk: Desk, note: Note, relation: Literal["replaces", "appends"], title: str
) -> r4.Composition:
    person = desk.principal.person
    if person is None:
        raise Invalid("Your account belongs to nobody in the record, so it cannot write notes.")
    return r4.Composition(
        status="preliminary",
        type=note.resource.type,
        category=note.resource.category,
        subject=note.resource.subject,
        encounter=note.resource.encounter,
        date=clock.now().isoformat(timespec="seconds"),
        author=[r4.Reference(reference=person, display=desk.principal.name or None)],
        title=title,
        relatesTo=[
            r4.CompositionRelatesTo(code=relation, targetReference=r4.Reference(reference=note.ref))
        ],
    )


# ---- what a signature writes


def _attester(desk: Desk, mode: Literal["legal", "professional"]) -> r4.CompositionAttester:
    return r4.CompositionAttester(
        mode=mode,
        time=clock.now().isoformat(timespec="seconds"),
        party=r4.Reference(reference=desk.principal.person, display=signer_name(desk)),
    )


def signer_name(desk: Desk) -> str:
    """The name that stands under a note: as the record has it, with credentials."""
    type, _, id = (desk.principal.person or "/").partition("/")
    try:
        found = decode(desk.record.read(desk.principal, type, id).content)
    except (NotFound, Gone, NotAllowed):
        return desk.principal.name
    if not isinstance(found, r4.Practitioner) or not found.name:
        return desk.principal.name
    name = found.name[0]
    plain = name.text or " ".join(filter(None, [*(name.given or []), name.family]))
    letters = name.suffix or [
        each.code.text or next((c.code or "" for c in each.code.coding or ()), "")
        for each in found.qualification or ()
    ]
    missing = [one for one in letters if one and one not in plain]
    return ", ".join([plain or desk.principal.name, *missing])


def _says(section: r4.CompositionSection) -> bool:
    return section.text is None or section.text.status != "empty"


def _frozen(desk: Desk, section: r4.CompositionSection) -> r4.CompositionSection:
    """References without a version (of diagnoses) get the one that is signed."""
    for one in section.entry or ():
        if one.reference and "/_history/" not in one.reference:
            type, _, id = one.reference.partition("/")
            one.reference += f"/_history/{desk.record.read(desk.principal, type, id).version}"
    return section


def _filed(desk: Desk, note: Note, before: int | None) -> list[Op]:
    """Writes of the note, of its PDF and of the document that leads to it; earlier documents give way."""
    url = f"urn:uuid:{uuid7()}" if before is None else note.ref
    file = f"urn:uuid:{uuid7()}"
    op: Op = Create(note.resource, full_url=url, source="typed")
    if before is not None:
        op = Update(note.resource, if_match=before, source="typed")
    old = _documents(desk, note.ref) if before is not None else []
    old += _documents(desk, note.replaces) if note.replaces else []
    for document in old:
        document.status = "superseded"
    binary = r4.Binary(
        contentType="application/pdf",
        data=b64encode(_pdf(desk, note)).decode(),
        securityContext=r4.Reference(reference=f"Patient/{desk.patient}"),
    )
    return [
        op,
        Create(binary, full_url=file, source="typed"),
        Create(_document(desk, note, url, file, old), source="typed"),
        *(Update(document, source="typed") for document in old),
    ]


def _pdf(desk: Desk, note: Note) -> bytes:
    patient = read_patient(desk.record, desk.principal, desk.patient)
    head = printing.letterhead(desk.record, desk.principal)
    return printing.pdf(paper.document(note, head, printing.patient_head(patient), zone=desk.zone))


def _document(
    desk: Desk, note: Note, url: str, file: str, old: list[r4.DocumentReference]
) -> r4.DocumentReference:
    resource = note.resource
    visit = r4.DocumentReferenceContext(
        encounter=[resource.encounter] if resource.encounter else None,
        related=[r4.Reference(reference=url)],
    )
    attachment = r4.Attachment(contentType="application/pdf", url=file, title=note.title)
    return r4.DocumentReference(
        status="current",
        docStatus="final",
        type=resource.type,
        category=resource.category,
        subject=resource.subject,
        date=clock.now().isoformat(timespec="seconds"),
        author=resource.author,
        authenticator=r4.Reference(reference=desk.principal.person),
        description=note.title,
        content=[r4.DocumentReferenceContent(attachment=attachment)],
        context=visit,
        relatesTo=[
            r4.DocumentReferenceRelatesTo(
                code="replaces", target=r4.Reference(reference=f"DocumentReference/{one.id}")
            )
            for one in old
        ]
        or None,
    )


def _documents(desk: Desk, ref: str) -> list[r4.DocumentReference]:
    """The documents in force that were made of a note."""
    pairs = (("patient", desk.patient), ("related", ref), ("status", "current"))
    return [one for _, one in search(desk.record, desk.principal, r4.DocumentReference, *pairs)]


def _asked(desk: Desk, note: Note, cosigner: str) -> r4.Task:
    if not cosigner.startswith("Practitioner/"):
        raise Invalid("A second signature is asked of a member of the staff.")
    now = clock.now().isoformat(timespec="seconds")
    return r4.Task(
        status="requested",
        intent="order",
        code=r4.CodeableConcept(
            coding=[r4.Coding(system=TASKS, code=COSIGN)], text="Co-sign a note"
        ),
        description=f"Co-sign: {note.title}",
        focus=r4.Reference(reference=note.ref),
        for_=r4.Reference(reference=f"Patient/{desk.patient}"),
        encounter=note.resource.encounter,
        authoredOn=now,
        lastModified=now,
        requester=r4.Reference(
            reference=desk.principal.person, display=desk.principal.name or None
        ),
        owner=r4.Reference(reference=cosigner),
    )
