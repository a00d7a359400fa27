"""Changes of the allergies: add, edit, end, and the statement that none are known, which holds only while none are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from osler.clinic.allergies.listing import none_known, read_allergies
from osler.clinic.chart.allergies import NONE_KNOWN
from osler.clinic.lists.concepts import keep, same
from osler.clinic.lists.items import Chart, Item, concept, note, set_note
from osler.clinic.lists.mistakes import held
from osler.clinic.problems.writing import dated
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Conflict
from osler.kit.words import N_
from osler.record import Create, Update, Version

CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
SNOMED = "http://snomed.info/sct"
STATUSES = {"active": N_("Active"), "inactive": N_("Inactive"), "resolved": N_("Resolved")}
CERTAINTIES = {
    "confirmed": N_("Confirmed"),
    "unconfirmed": N_("Unconfirmed"),
    "refuted": N_("Ruled out"),
}
CATEGORIES = {
    "medication": N_("Medication"),
    "food": N_("Food"),
    "environment": N_("Surroundings"),
    "biologic": N_("Biologic"),
}
CRITICALITIES = {
    "high": N_("High: could be life-threatening"),
    "low": N_("Low"),
    "unable-to-assess": N_("Cannot tell"),
}
SEVERITIES = {"mild": N_("Mild"), "moderate": N_("Moderate"), "severe": N_("Severe")}
REACTIONS = 3
"""As many as the form shows."""
TYPES = {"allergy": N_("Allergy"), "intolerance": N_("Intolerance or side effect")}


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form says of an allergy; `reactions` are what happened with how bad it was."""

    code: r4.CodeableConcept
    type: str = "allergy"
    category: str = ""
    criticality: str = ""
    certainty: str = "confirmed"
    status: str = "active"
    onset: str = ""
    reactions: tuple[tuple[r4.CodeableConcept, str], ...] = ()
    note: str = ""


def add(chart: Chart, entered: Entered) -> Version:
    """Record an allergy; a statement that none are known is withdrawn with it."""
    made = r4.AllergyIntolerance(
        patient=chart.subject,
        code=entered.code,
        recordedDate=clock.now().isoformat(),
        recorder=chart.me,
    )
    _fill(made, entered)
    ops: list[Create | Update] = [Create(made, source="typed")]
    if entered.status == "active" and entered.certainty != "refuted":
        ops += _withdrawn(chart)
    return chart.write(ops)[0]


def edit(
    chart: Chart, item: Item[r4.AllergyIntolerance], entered: Entered, version: int
) -> Version:
    """Change an allergy, over the version that the form was made from."""
    item.resource.code = keep(item.resource.code, entered.code)
    _fill(item.resource, entered)
    ops: list[Create | Update] = [Update(item.resource, if_match=version, source="typed")]
    if entered.status == "active" and entered.certainty != "refuted":
        ops += _withdrawn(chart)
    return chart.write(ops)[0]


def _fill(one: r4.AllergyIntolerance, entered: Entered) -> None:
    one.type = entered.type or None  # type: ignore[assignment]  # checked by the form against TYPES
    others = [each for each in (one.category or [])[1:] if each != entered.category]
    one.category = [entered.category, *others] if entered.category else None  # type: ignore[list-item]
    one.criticality = entered.criticality or None  # type: ignore[assignment]
    one.clinicalStatus = concept(CLINICAL, entered.status, STATUSES[entered.status])
    one.verificationStatus = concept(VERIFIED, entered.certainty, CERTAINTIES[entered.certainty])
    one.onsetDateTime, one.onsetAge = dated(entered.onset)
    one.reaction = _reactions(one.reaction or [], entered) or None
    set_note(one, entered.note)


def _reactions(
    before: Sequence[r4.AllergyIntoleranceReaction], entered: Entered
) -> list[r4.AllergyIntoleranceReaction]:
    """What the form says, each with what else was known of it; then those that the form has no room for."""
    known = [(what, one) for one in before for what in one.manifestation or []]
    made = []
    for what, how in entered.reactions:
        old = next((one for said, one in known if same(said, what)), None)
        old = old or r4.AllergyIntoleranceReaction(manifestation=[what])
        made.append(replace(old, manifestation=[what], severity=how or None))
    return made + [replace(one, manifestation=[what]) for what, one in known[REACTIONS:]]


def _withdrawn(chart: Chart) -> list[Create | Update]:
    """The op that ends the statement of none, if there is one in force."""
    found, _more = held(chart, r4.AllergyIntolerance, 200)
    stated = none_known(found)
    if stated is None:
        return []
    item = next(one for one in found if one.id == stated.id)
    item.resource.clinicalStatus = concept(CLINICAL, "inactive", STATUSES["inactive"])
    note(chart, item.resource, "Withdrawn: an allergy was recorded.")
    return [chart.changed(item)]


def state_none(chart: Chart) -> Version:
    """Record on whose word and when that no allergies are known; unconfirmed by who may not see all of them.

    Raises Conflict while there is an active one that they see. Of one that they do not, nothing is told: who sees
    it is shown the allergy, and not the statement.
    """
    found = read_allergies(chart)
    if found.active:
        names = ", ".join(one.substance for one in found.active[:3])
        raise Conflict(
            f"An allergy is on the list ({names}). End it first, or mark it as entered in error."
        )
    certainty = "unconfirmed" if found.partly else "confirmed"
    verified = concept(VERIFIED, certainty, CERTAINTIES[certainty])
    if found.none is not None:
        item = chart.read(r4.AllergyIntolerance, found.none.id)
        item.resource.recordedDate = clock.now().isoformat()
        item.resource.asserter = item.resource.recorder = chart.me
        item.resource.verificationStatus = verified
        return chart.change(item)
    code = next(iter(NONE_KNOWN))
    made = r4.AllergyIntolerance(
        patient=chart.subject,
        code=concept(SNOMED, code, "No known allergy", "No known allergies"),
        clinicalStatus=concept(CLINICAL, "active", STATUSES["active"]),
        verificationStatus=verified,
        recordedDate=clock.now().isoformat(),
        recorder=chart.me,
        asserter=chart.me,
    )
    return chart.add(made)[0]


def alike(chart: Chart, code: r4.CodeableConcept, but: str = "") -> list[str]:
    """Names of active allergies to the same thing."""
    found = chart.items(r4.AllergyIntolerance, 200, ("_sort", "-date"))
    active = {one.id: one.substance for one in read_allergies(chart).active}
    return [
        active[one.id]
        for one in found
        if one.id in active and one.id != but and same(one.resource.code, code)
    ]
