"""The register of disclosures, and the accounting of it that a patient may ask for. 45 CFR 164.528; 170.315(d)(11).

Each disclosure is a FHIR Communication that has been sent: who got what of whose record, when, for which purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from osler.access import Principal
from osler.clinic.privacy import desk
from osler.clinic.privacy.codes import SYSTEM, concept
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.record import Create, Record
from osler.search.parse import parse

CATEGORY = "disclosure"
YEARS = 6
TREATMENT_PAYMENT_OPERATIONS = frozenset({"TREAT", "ETREAT", "HPAYMT", "HOPERAT"})
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_PAGE = "500"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One line of the accounting. `purpose` is a code of v3-PurposeOfUse."""

    at: datetime
    recipient: str
    address: str
    what: str
    purpose: str
    why: str
    by: str
    suspended_until: date | None = None


def disclose(
    record: Record,
    principal: Principal,
    patient: str,
    disclosure: Disclosure,
    *,
    about: tuple[str, ...] = (),
) -> str:
    """Write a disclosure into the register; the Communication's logical id.

    `about` are the resources that were disclosed. `suspended_until` keeps it out of accountings at the
    written request of law enforcement (164.528(a)(2)).

    Raises:
        Invalid: no recipient, no description, no purpose.
    """
    if not disclosure.purpose:
        raise Invalid("A disclosure needs its purpose (a code such as TREAT or PUBHLTH).")
    desk.said(disclosure.recipient, "The recipient")
    what = desk.said(disclosure.what, "What was disclosed")
    receiver = r4.Organization(
        id="recipient",
        name=disclosure.recipient,
        address=[r4.Address(text=disclosure.address)] if disclosure.address else None,
    )
    note = r4.Communication(
        status="completed",
        category=[concept(CATEGORY)],
        subject=r4.Reference(reference=f"Patient/{patient}"),
        about=[r4.Reference(reference=one) for one in about] or None,
        contained=[receiver],
        recipient=[r4.Reference(reference="#recipient", display=disclosure.recipient)],
        sender=r4.Reference(reference=principal.person) if principal.person else None,
        sent=disclosure.at.isoformat(),
        reasonCode=[_reason(disclosure)],
        payload=[r4.CommunicationPayload(contentString=what)],
        note=_notes(principal, disclosure),
    )
    outcome = record.commit(principal, [Create(note)])[0]
    assert outcome.version is not None
    return outcome.version.id


def _reason(disclosure: Disclosure) -> r4.CodeableConcept:
    coding = r4.Coding(system=_PURPOSE, code=disclosure.purpose)
    return r4.CodeableConcept(coding=[coding], text=disclosure.why or None)


_SUSPENDED = "Accounting suspended until "


def _notes(principal: Principal, disclosure: Disclosure) -> list[r4.Annotation]:
    notes = [
        desk.entry(principal, f"Disclosed by {disclosure.by or principal.name or principal.id}")
    ]
    if disclosure.suspended_until is not None:
        notes.append(desk.entry(principal, f"{_SUSPENDED}{disclosure.suspended_until}"))
    return notes


def accounting(
    record: Record,
    principal: Principal,
    patient: str,
    *,
    since: date | None = None,
    until: date | None = None,
    routine: bool = False,
) -> list[Disclosure]:
    """A patient's disclosures, newest first: of the last six years unless told otherwise.

    Those for treatment, payment and operations are left out unless `routine`; suspended ones are left out
    while their suspension lasts.
    """
    first = since or desk.today() - timedelta(days=365 * YEARS + 2)
    last = until or desk.today()
    found = [
        one
        for one in _register(record, principal, patient)
        if first.isoformat() <= clock.day_of(one.at.isoformat()) <= last.isoformat()
        and (routine or one.purpose not in TREATMENT_PAYMENT_OPERATIONS)
        and (one.suspended_until is None or one.suspended_until < desk.today())
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _register(record: Record, principal: Principal, patient: str) -> Iterator[Disclosure]:
    pairs = [
        ("patient", f"Patient/{patient}"),
        ("category", f"{SYSTEM}|{CATEGORY}"),
        ("_count", _PAGE),
    ]
    while True:
        page = record.search(principal, parse("Communication", pairs, record.registry))
        for match in page.matches:
            note = decode(match.content)
            assert isinstance(note, r4.Communication)
            if note.status == "completed":  # What was entered in error was not disclosed.
                yield _read(note)
        if page.next is None:
            return
        pairs = [*pairs[:3], ("_cursor", page.next)]


def _moment(note: r4.Communication) -> datetime:
    """When it was sent; of one that another program wrote without that, when it was written."""
    text = note.sent or (note.meta.lastUpdated if note.meta else None) or ""
    if "T" in text:
        return datetime.fromisoformat(text)
    return clock.midnight(desk.day_of(text) or desk.today())


def _read(note: r4.Communication) -> Disclosure:
    receiver = next((one for one in note.contained or [] if isinstance(one, r4.Organization)), None)
    reason = (note.reasonCode or [r4.CodeableConcept()])[0]
    texts = [one.text or "" for one in note.note or []]
    suspended = [text.removeprefix(_SUSPENDED) for text in texts if text.startswith(_SUSPENDED)]
    by = next((t.removeprefix("Disclosed by ") for t in texts if t.startswith("Disclosed by ")), "")
    return Disclosure(
        at=_moment(note),
        recipient=(receiver.name if receiver else None) or "",
        address=((receiver.address or [r4.Address()])[0].text if receiver else None) or "",
        what=next((one.contentString for one in note.payload or [] if one.contentString), ""),
        purpose=(reason.coding or [r4.Coding()])[0].code or "",
        why=reason.text or "",
        by=by,
        suspended_until=date.fromisoformat(suspended[0]) if suspended else None,
    )
