"""Two records of one person made one, and that undone: every step can be gone on with after a crash.

The Patients are written first (the other one inactive, `replaced-by` the survivor; its numbers and names go
along), then everything that names the other one is pointed to the survivor, some hundred at a time, each by a
new version whose number is written down before. To undo it, each of these whose newest version is still that one
gets the content it had before; what was changed since stays, and is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from osler.access import Principal
from osler.clinic.patients import flags
from osler.clinic.patients.person import is_vip, person, replaced_by
from osler.fhir import r4
from osler.fhir.codec import decode, encode
from osler.kit import clock
from osler.kit.errors import Conflict, Gone, Invalid, NotFound
from osler.kit.ids import uuid7
from osler.kit.words import N_
from osler.record import Access, Record, Update, Version, merging
from osler.record.merging import Merge, Move

PERMISSION = "patients.merge"
BATCH = 200
_SHORTEST_REASON = 5
FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "name": (N_("Name"), ("name",)),
    "born": (N_("Birth date"), ("birthDate",)),
    "sex": (N_("Sex"), ("gender",)),
    "reach": (N_("Telephone and e-mail"), ("telecom",)),
    "places": (N_("Address"), ("address",)),
    "kin": (N_("Contacts"), ("contact",)),
    "language": (N_("Language"), ("communication",)),
    "marital": (N_("Marital status"), ("maritalStatus",)),
    "background": (N_("Race, ethnicity, identity"), ("extension",)),
    "care": (N_("Primary care clinician"), ("generalPractitioner",)),
    "photo": (N_("Photo"), ("photo",)),
}
"""What is chosen side by side: words and the elements."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a merge or its undoing has come. `kept` are references of what was changed since and stays."""

    merge: Merge
    done: bool
    moved: int
    kept: tuple[str, ...] = field(default=())


def mover(principal: Principal) -> Principal:
    """Who points the resources elsewhere, whatever the actor may write; on the actor's behalf."""
    return Principal(
        id="system:merging",
        name="Merging of records",
        roles=frozenset({"local"}),
        on_behalf_of=principal.id,
        session=principal.session,
        origin=principal.origin,
    )


def obstacles(record: Record, principal: Principal, survivor: str, other: str) -> list[str]:
    """Why these two cannot be made one now, in words; none where they can."""
    found = []
    keeper = mover(principal)
    if survivor == other:
        found.append(N_("These are one record already."))
    for id in (survivor, other):
        patient = _read(record, principal, id)
        if replaced_by(patient):
            found.append(N_("One of them was merged before; open the record it leads to."))
        if any(hold.patient == id for hold in record.holds(keeper)):
            found.append(N_("One of them is under a legal hold; nothing of it may be moved."))
        if any(one.state in {"moving", "undoing"} for one in merging.merges(record.database, id)):
            found.append(N_("A merge of one of them is under way; finish it first."))
    return found


def begin(
    record: Record,
    principal: Principal,
    survivor: str,
    other: str,
    reason: str,
    taken: frozenset[str] = frozenset(),
) -> Merge:
    """Make one the survivor; `taken` are the names of FIELDS whose values come from the other one.

    Raises:
        NotAllowed: without the permission. Conflict: something is in the way. Invalid: no reason.
    """
    record.may(principal, PERMISSION)
    _check_reason(reason)
    if hindered := obstacles(record, principal, survivor, other):
        raise Conflict(" ".join(hindered))
    keeper = mover(principal)
    first, second = (record.read(keeper, "Patient", id) for id in (survivor, other))
    now = clock.now()
    merge = Merge(
        str(uuid7()), survivor, other, principal.id, reason.strip(), now, "moving",
        first.version, second.version,
    )  # fmt: skip
    if not merging.begin(record.database, merge):
        raise Conflict("The other record is in a merge already.")
    staying, leaving = _patient(first), _patient(second)
    _join(staying, leaving, taken)
    leaving.active = False
    leaving.link = [*(leaving.link or []), _link("replaced-by", survivor)]
    ops = [
        Update(staying, if_match=first.version, source="typed"),
        Update(leaving, if_match=second.version, source="typed"),
    ]
    try:
        outcomes = record.commit(keeper, ops)
    except Exception:
        merging.advance(record.database, merge.id, "undone")
        raise
    versions = [one.version.version for one in outcomes if one.version is not None]
    merging.ended(record.database, merge.id, versions[0], versions[1])
    record.note(
        principal,
        Access("merge", "Patient", survivor, patients=(survivor, other), detail=reason.strip()),
    )
    return merge


def go_on(record: Record, principal: Principal, id: str, most: int = BATCH) -> Step:
    """Point some more to the survivor; call it until it is done. May be called again after a crash."""
    record.may(principal, PERMISSION)
    merge = _merge(record, id, "moving", "merged")
    keeper = mover(principal)
    ops, moves = [], []
    for type, logical in merging.about(record.database, merge.other, most):
        version = record.read(keeper, type, logical)
        text = _pointing(record, merge).sub(
            rb'"reference":"Patient/' + merge.survivor.encode() + b'"', encode(decode(version.content))
        )  # fmt: skip
        ops.append(Update(decode(text), if_match=version.version, source=f"merge:{merge.id}"))
        moves.append(Move(type, logical, version.version + 1))
    if ops:
        merging.note(record.database, id, moves)
        record.commit(keeper, ops)
    elif merge.state == "moving":
        merging.advance(record.database, id, "merged")
    moved = merging.counts(record.database, id).get("moved", 0)
    return Step(_merge(record, id, "moving", "merged"), not ops, moved)


def undo(record: Record, principal: Principal, id: str, reason: str, most: int = BATCH) -> Step:
    """Take some more of a merge back; call it until it is done."""
    record.may(principal, PERMISSION)
    _check_reason(reason)
    merge = _merge(record, id, "moving", "merged", "undoing")
    keeper = mover(principal)
    if merge.state != "undoing":
        _may_undo(record, merge)
        merging.advance(record.database, id, "undoing")
        record.note(
            principal,
            Access(
                "unmerge",
                "Patient",
                merge.survivor,
                patients=(merge.survivor, merge.other),
                detail=reason.strip(),
            ),
        )
    some = merging.moved(record.database, id, most)
    if some:
        _back(record, keeper, merge, some)
    else:
        _part(record, keeper, merge)
        merging.advance(record.database, id, "undone")
    counts = merging.counts(record.database, id)
    kept = tuple(f"{one.type}/{one.id}" for one in merging.kept(record.database, id, BATCH))
    done = _merge(record, id, "undoing", "undone")
    return Step(done, not some, counts.get("back", 0), kept)


def link(record: Record, principal: Principal, one: str, other: str) -> None:
    """Say that two records belong together (`seealso`) without making them one. With the permission."""
    record.may(principal, PERMISSION)
    if one == other:
        raise Invalid("A record cannot be linked with itself.")
    ops = []
    for id, there in ((one, other), (other, one)):
        _read(record, principal, id)
        version = record.read(mover(principal), "Patient", id)
        patient = _patient(version)
        if any(_leads(entry, there) for entry in patient.link or ()):
            continue
        patient.link = [*(patient.link or []), _link("seealso", there)]
        ops.append(Update(patient, if_match=version.version, source="typed"))
    if ops:
        record.commit(mover(principal), ops)


# ---- the steps


def _may_undo(record: Record, merge: Merge) -> None:
    later = [
        one
        for one in merging.merges(record.database, merge.survivor)
        if one.other == merge.survivor and one.state != "undone"
    ]
    if later:
        raise Conflict("The survivor was merged into another record since; undo that first.")


def _join(staying: r4.Patient, leaving: r4.Patient, taken: frozenset[str]) -> None:
    """The survivor with what was chosen of the other one, its numbers and names kept as old ones."""
    before = list(staying.name or [])
    for name in taken & FIELDS.keys():
        for attribute in FIELDS[name][1]:
            setattr(staying, attribute, getattr(leaving, attribute))
    rest = before if "name" in taken else (leaving.name or [])
    known = {person_text(one) for one in staying.name or ()}
    for one in rest:
        if person_text(one) not in known:
            known.add(person_text(one))
            old = r4.HumanName(use="old", family=one.family, given=one.given, text=one.text)
            staying.name = [*(staying.name or []), old]
    numbers = {(one.system, one.value) for one in staying.identifier or ()}
    for number in leaving.identifier or ():
        if (number.system, number.value) not in numbers:
            use = "old" if number.use == "usual" else number.use
            kept = r4.Identifier(
                use=use, type=number.type, system=number.system, value=number.value,
                period=number.period, assigner=number.assigner,
            )  # fmt: skip
            staying.identifier = [*(staying.identifier or []), kept]
    if leaving.deceasedDateTime or (leaving.deceasedBoolean and not staying.deceasedDateTime):
        # A death that one of both tells of is of the person; the day that the survivor has stays.
        staying.deceasedDateTime = staying.deceasedDateTime or leaving.deceasedDateTime
        staying.deceasedBoolean = None if staying.deceasedDateTime else True
    if is_vip(leaving) and not is_vip(staying):
        staying.meta = staying.meta or r4.Meta()
        staying.meta.security = leaving.meta.security if leaving.meta else None
    staying.link = [*(staying.link or []), _link("replaces", leaving.id or "")]


def person_text(name: r4.HumanName) -> str:
    """A name for comparing."""
    return person(r4.Patient(name=[name])).name.lower()


def _back(record: Record, keeper: Principal, merge: Merge, some: list[Move]) -> None:
    """Give what is unchanged the content it had before; what was changed since, or is gone, stays."""
    ops, back, kept = [], [], []
    for one in some:
        try:
            now = record.read(keeper, one.type, one.id)
        except (NotFound, Gone):
            kept.append(one)
            continue
        if now.version < one.version:
            back.append(one)  # Noted, but never moved: the crash was between.
        elif now.version > one.version:
            kept.append(one)
        else:
            before = record.vread(keeper, one.type, one.id, one.version - 1)
            ops.append(
                Update(decode(before.content), if_match=now.version, source=f"merge:{merge.id}")
            )
            back.append(one)
    if ops:
        record.commit(keeper, ops)
    merging.settle(record.database, merge.id, back, "back")
    merging.settle(record.database, merge.id, kept, "kept")


def _part(record: Record, keeper: Principal, merge: Merge) -> None:
    """Both Patients as before; one that was changed since loses the link alone."""
    ops, came = [], None
    ways = (
        (merge.survivor, merge.survivor_before, merge.survivor_after, merge.other),
        (merge.other, merge.other_before, merge.other_after, merge.survivor),
    )
    for id, before, after, there in ways:
        now = record.read(keeper, "Patient", id)
        if after is not None and now.version == after:
            patient = _patient(record.vread(keeper, "Patient", id, before))
        else:
            patient = _patient(now)
            patient.link = [
                one
                for one in patient.link or ()
                if not (_leads(one, there) and one.type in {"replaces", "replaced-by"})
            ] or None
            if id == merge.other:
                patient.active = True
        ops.append(Update(patient, if_match=now.version, source="typed"))
        if id == merge.survivor and is_vip(_patient(now)) and not is_vip(patient):
            came = flags.without_vip(_patient(now), None)
    record.commit(keeper, ops)
    if came is not None:
        record.commit(keeper, [came])  # The label came with the other one.


def _pointing(record: Record, merge: Merge) -> re.Pattern[bytes]:
    base = re.escape((record.base_url or "").encode())
    other = re.escape(merge.other.encode())
    return re.compile(
        rb'"reference":"(?:' + base + rb"/)?Patient/" + other + rb'(?:/_history/\d+)?"'
    )


def _merge(record: Record, id: str, *states: str) -> Merge:
    found = merging.get(record.database, id)
    if found is None:
        raise NotFound("There is no such merge.")
    if found.state not in states:
        raise Conflict(f"The merge is {found.state} already.")
    return found


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < _SHORTEST_REASON:
        raise Invalid("Say why: whoever reads the record later must be able to follow it.")


def _read(record: Record, principal: Principal, id: str) -> r4.Patient:
    return _patient(record.read(principal, "Patient", id))


def _patient(version: Version) -> r4.Patient:
    found = decode(version.content)
    assert isinstance(found, r4.Patient), "a Patient is asked for"
    return found


def _link(kind: str, id: str) -> r4.PatientLink:
    return r4.PatientLink(other=r4.Reference(reference=f"Patient/{id}"), type=kind)  # type: ignore[arg-type]  # one of FHIR's four


def _leads(link: r4.PatientLink, id: str) -> bool:
    return link.other.reference == f"Patient/{id}"
