"""A chart as one file: made by a page at once where it is short, by a worker in the background where it is long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from osler.access import Principal
from osler.clinic.chart.asking import Asking
from osler.clinic.notes.paper import moment
from osler.clinic.notes.signing import Desk, signer_name
from osler.clinic.printing import chart
from osler.clinic.printing.chart import Wanted
from osler.clinic.printing.document import Document
from osler.clinic.printing.heads import letterhead, long_day, patient_head
from osler.clinic.printing.pieces import one_file
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.record import Record
from osler.record.prints import making
from osler.record.several import Reader


@dataclass(frozen=True, slots=True)
class Order:
    """What is printed, and for whom where it leaves the practice (`recipient`, `purpose`: empty where it stays)."""

    wanted: Wanted
    recipient: str = ""
    purpose: str = ""

    def kept(self) -> dict[str, Any]:
        """As it waits for a worker."""
        one = self.wanted
        return {
            "parts": list(one.parts), "since": one.since, "until": one.until, "zone": str(one.zone or "UTC"),
            "recipient": self.recipient, "purpose": self.purpose,
        }  # fmt: skip

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Order:
        """As it was kept."""
        wanted = Wanted(tuple(kept["parts"]), kept["since"], kept["until"], ZoneInfo(kept["zone"]))
        return cls(wanted, kept["recipient"], kept["purpose"])


def frame(record: Record, principal: Principal, patient: r4.Patient, order: Order) -> Document:
    """The print without its parts: whose it is, who made it when, of which span."""
    wanted = order.wanted
    who = signer_name(Desk(record, principal, patient.id or "")) or principal.name or principal.id
    at = moment(clock.now().isoformat(), wanted.zone)
    about = [("Printed by", who), ("On", at)]
    if wanted.since or wanted.until:
        since = long_day(wanted.since) if wanted.since else "the beginning"
        until = long_day(wanted.until) if wanted.until else "today"
        about.append(("Span", f"{since} to {until}"))
    if order.recipient:
        about.append(("For", order.recipient))
    return Document(
        title="Chart",
        letterhead=letterhead(record, principal),
        patient=patient_head(patient),
        parts=(),
        about=tuple(about),
        foot=f"Printed by {who}, {at}",
    )


def make(record: Record, id: str) -> None:
    """Make a print that waits, with the rights of who asked for it; what goes wrong is told to them."""
    with making(record, id) as job:
        if job is None:
            return
        order = Order.of(job.wanted)
        reader = Reader(record, job.principal)
        patient = decode(reader.read("Patient", job.patient).content)
        assert isinstance(patient, r4.Patient), "a Patient is asked for"
        asking = Asking(reader, job.patient)
        about = chart.steps(chart.counted(asking, order.wanted))
        job.step(0, 3 * about)
        found = []
        for piece in chart.pieces(asking, patient, order.wanted):
            found.append(piece)
            job.step(min(len(found), about), 3 * about)
        total = 3 * len(found)
        document = frame(record, job.principal, patient, order)
        content, pages = one_file(document, found, lambda done: job.step(len(found) + done, total))
        job.finish(content, pages)
