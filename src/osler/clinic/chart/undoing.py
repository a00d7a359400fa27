"""Takes back the newest write of a resource: the version before comes back, or it is marked as a mistake.

What was written along with it is taken back along with it: a code status that a new one ended, the scores of answers.
"""

from __future__ import annotations

from osler.access import Principal
from osler.clinic.chart.versions import belongs
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.fhir.r4.datatypes import CodeableConcept, Coding
from osler.kit.errors import Conflict, Invalid, NotFound, PreconditionFailed
from osler.record import Delete, Op, Record, Update, Version
from osler.search.parse import parse
from osler.search.tree import Nothing

_WRONG = "entered-in-error"
_CERTAINTY = {
    "Condition": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
}
_BY_STATUS = frozenset(
    {
        "Appointment",
        "CarePlan",
        "CareTeam",
        "Communication",
        "Composition",
        "Consent",
        "Coverage",
        "Device",
        "DeviceUseStatement",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "FamilyMemberHistory",
        "Flag",
        "Immunization",
        "Media",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Procedure",
        "QuestionnaireResponse",
        "ServiceRequest",
        "Task",
    }
)
_BY_DELETION = frozenset({"RelatedPerson", "List", "Binary"})
_WHOSE = ("subject", "patient", "for_", "beneficiary", "link")
"""Elements that say whose a resource is; `link` is a Patient's own."""
_SIGNED = frozenset({"final", "amended"})
_MOST_ALONG = 300


def undo(
    record: Record, principal: Principal, patient: str, type: str, id: str, version: int
) -> str:
    """Undo the write that made `version`; "restored", "marked" or "deleted".

    Raises:
        NotFound: it is no resource of this patient.
        Conflict: someone has changed it since, or it is signed.
    """
    entries = record.history(principal, type, id, count=2).entries
    if not entries or not any(belongs(one, patient) for one in entries):
        raise NotFound(f"There is no {type}/{id} in this chart.")
    if entries[0].version != version:
        raise _changed()
    op, done = _way(principal, entries[0], entries[1] if len(entries) > 1 else None)
    along = [
        _way(principal, *_newest(record, principal, one))[0]
        for one in _along(record, principal, patient, entries[0])
    ]
    try:
        record.commit(principal, [op, *along])
    except PreconditionFailed as error:
        raise _changed() from error
    return done


def _along(record: Record, principal: Principal, patient: str, now: Version) -> list[Version]:
    """What the same write made or changed besides: all of one write has one time."""
    found: list[Version] = []
    where = record.policy(principal).where
    for type, name, value in _ALONG.get(now.type, ()):
        if isinstance(where(type, "search"), Nothing):
            continue  # Who may not see these has not written any.
        asked = [
            ("patient", f"Patient/{patient}"),
            ("_count", str(_MOST_ALONG)),
            ("_total", "none"),
        ]
        if name:
            asked.append((name, value.format(id=now.id)))
        page = record.search(principal, parse(type, asked, record.registry))
        found += [one for one in page.matches if one.updated == now.updated and one.id != now.id]
    return found


def undo_task(record: Record, principal: Principal, id: str, version: int) -> None:
    """Take back the write that made `version` of a Task, of a patient or of nobody."""
    entries = record.history(principal, "Task", id, count=2).entries
    if len(entries) < 2 or entries[0].version != version or entries[1].deleted:
        raise _changed()
    before = decode(entries[1].content)
    try:
        record.commit(principal, [Update(before, if_match=version, source="typed")])
    except PreconditionFailed as error:
        raise _changed() from error


_ALONG: dict[str, tuple[tuple[str, str, str], ...]] = {
    "AllergyIntolerance": (("AllergyIntolerance", "", ""),),
    "Appointment": (("Encounter", "appointment", "Appointment/{id}"),),
    "Device": (("DeviceUseStatement", "device", "Device/{id}"),),
    "FamilyMemberHistory": (("FamilyMemberHistory", "", ""),),
    "Flag": (("Flag", "", ""),),
    "QuestionnaireResponse": (("Observation", "derived-from", "QuestionnaireResponse/{id}"),),
}
"""Where to look for what a write of a type may have written along: type, search parameter, its value."""


def _newest(record: Record, principal: Principal, one: Version) -> tuple[Version, Version | None]:
    """The version that is current and the one before."""
    now, *before = record.history(principal, one.type, one.id, count=2).entries
    return now, before[0] if before else None


def _changed() -> Conflict:
    return Conflict(
        "Someone has changed this since, so it was not undone: their change would be lost."
        " Open its history to see what changed, and correct it there."
    )


def _way(principal: Principal, now: Version, before: Version | None) -> tuple[Op, str]:
    current = None if now.deleted else decode(now.content)
    if isinstance(current, r4.Composition) and current.status in _SIGNED:
        raise Conflict(
            "A signed note is not undone. Write an addendum, or correct it with a reason."
        )
    if isinstance(current, r4.Composition) and principal.person not in _authors(current):
        raise Conflict("This is somebody else's note; only who wrote it may change it.")
    if before is not None and not before.deleted:
        _check_same(current, decode(before.content))
        return Update(decode(before.content), if_match=now.version, source="typed"), "restored"
    if before is None and now.version > 1:
        raise Conflict("What this was before is not for you to see, so it was not undone.")
    if current is None:
        raise Invalid("There is nothing before this to go back to.")
    return _unmade(current, now)


def _authors(note: r4.Composition) -> set[str | None]:
    return {one.reference for one in note.author if one.reference}


def _check_same(current: Resource | None, before: Resource) -> None:
    """A merge is more than one entry: taken back alone, it would be in a record that nobody opens."""
    if current is not None and any(
        getattr(current, name, None) != getattr(before, name, None) for name in _WHOSE
    ):
        raise Conflict("This came of a merge of two records. Undo the merge itself.")


def _unmade(current: Resource, now: Version) -> tuple[Op, str]:
    """What was only just made: kept as a mistake where its type has a word for that."""
    if now.type in _BY_DELETION:
        return Delete(now.type, now.id, if_match=now.version, source="typed"), "deleted"
    match current:
        case r4.Condition() | r4.AllergyIntolerance():
            coding = Coding(system=_CERTAINTY[now.type], code=_WRONG)
            current.verificationStatus = CodeableConcept(coding=[coding])
            current.clinicalStatus = None
        case r4.Goal():
            current.lifecycleStatus = "entered-in-error"
        case _ if now.type in _BY_STATUS:
            current.status = _WRONG  # type: ignore[attr-defined]  # each of these types has it
        case _:
            raise Invalid(f"A {now.type} that was just made cannot be undone.")
    return Update(current, if_match=now.version, source="typed"), "marked"
