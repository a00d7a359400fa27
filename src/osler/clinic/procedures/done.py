"""Procedures that were done: the list, and how one is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.chart.words import display, said
from osler.clinic.lists.concepts import keep
from osler.clinic.lists.items import Chart, Item, remarks, set_note
from osler.clinic.lists.mistakes import held
from osler.clinic.problems.listing import when
from osler.fhir import r4
from osler.kit.words import N_
from osler.record import Version

STATUSES = {
    "completed": N_("Done"),
    "in-progress": N_("Under way"),
    "preparation": N_("Planned"),
    "not-done": N_("Not done"),
    "stopped": N_("Broken off"),
}


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form says of a procedure."""

    code: r4.CodeableConcept
    status: str = "completed"
    date: str = ""
    performer: str = ""
    site: str = ""
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """One line of the list."""

    id: str
    version: int
    name: str
    status: str
    date: str
    performer: str
    site: str
    outcome: str
    note: str
    coded: bool


def read_procedures(chart: Chart, most: int) -> tuple[list[Done], bool]:
    """A patient's procedures, newest first, with one search; and whether there are older ones."""
    found, more = held(chart, r4.Procedure, most)
    return [done(one) for one in found], more


def done(item: Item[r4.Procedure]) -> Done:
    """One as the list shows it."""
    one = item.resource
    return Done(
        id=item.id,
        version=item.version,
        name=said(one.code),
        status=str(one.status or ""),
        date=when(
            one.performedDateTime, one.performedAge, one.performedString, one.performedPeriod
        ),
        performer=", ".join(filter(None, (display(p.actor) for p in one.performer or []))),
        site=", ".join(filter(None, map(said, one.bodySite or []))),
        outcome=said(one.outcome),
        note=remarks(one),
        coded=bool(one.code and one.code.coding),
    )


def add(chart: Chart, entered: Entered) -> Version:
    """Record a procedure."""
    made = r4.Procedure(
        status="completed", code=entered.code, subject=chart.subject, recorder=chart.me
    )
    _fill(chart, made, entered)
    return chart.add(made)[0]


def edit(chart: Chart, item: Item[r4.Procedure], entered: Entered, version: int) -> Version:
    """Change one, over the version that the form was made from."""
    item.resource.code = keep(item.resource.code, entered.code)
    _fill(chart, item.resource, entered)
    return chart.change(item, version)


def _fill(chart: Chart, one: r4.Procedure, entered: Entered) -> None:
    one.status = entered.status  # type: ignore[assignment]  # checked by the form against STATUSES
    if entered.date:
        one.performedPeriod = one.performedString = one.performedAge = one.performedRange = None
    one.performedDateTime = entered.date or None
    before = [display(p.actor) for p in one.performer or []]
    if entered.performer and [entered.performer] != before:
        mine = (
            chart.me if chart.me is not None and entered.performer == chart.principal.name else None
        )
        one.performer = [
            r4.ProcedurePerformer(actor=mine or r4.Reference(display=entered.performer))
        ]
    elif not entered.performer:
        one.performer = None
    one.bodySite = [r4.CodeableConcept(text=entered.site)] if entered.site else None
    one.outcome = r4.CodeableConcept(text=entered.outcome) if entered.outcome else None
    set_note(one, entered.note)
