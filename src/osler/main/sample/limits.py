"""Limits and dangers: an allergy that kills, a patient of both sites with a limited consent, a public figure."""

from __future__ import annotations

from datetime import timedelta

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample import care, facts, pharmacy, vitals
from osler.main.sample.chart import FOLLOW_UP, Chart
from osler.main.sample.documents import note
from osler.main.sample.make import LOINC, TERMINOLOGY, Code, concept, narrative, ref, terminology
from osler.main.sample.stories.young import label
from osler.main.sample.treatments import ALLERGENS, allergy, prescribe

_MENTAL = Code(f"{TERMINOLOGY}/v3-ActCode", "MH", "mental health information sensitivity")
_PRIVACY = Code(LOINC, "59284-0", "Patient Consent")
_OTHER = 0  # the clinician at the other site


def anaphylaxis(chart: Chart) -> None:
    """Peanut and penicillin, both once with the ambulance."""
    visit = chart.visit(chart.weeks_ago(120), FOLLOW_UP, "After the emergency room")
    vitals.usual(chart, visit)
    for allergen in (ALLERGENS[4], ALLERGENS[0]):
        allergy(chart, visit, allergen, severe=True)
    prescribe(chart, visit, pharmacy.EPINEPHRINE)
    findings = ["Throat swelling and hives ten minutes after a cookie. Epinephrine twice."]
    note(chart, visit, findings, ["Epinephrine at hand always", "Allergist"])
    care.flag(chart, "alert", "Anaphylaxis to peanut and penicillin", visit.day)


def both_sites(chart: Chart) -> None:
    """Seen for her mood at one site, for her blood pressure at the other, which must not see the first."""
    for resource in chart.resources:
        if _mental(resource):
            label(resource, _MENTAL)
    other = chart.practice.staff[_OTHER]
    for weeks in (44, 18):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Blood pressure check")
        visit.encounter.participant = [r4.EncounterParticipant(individual=ref(other, _name(other)))]
        room = chart.practice.rooms_of(_OTHER)[0]
        visit.encounter.location = [r4.EncounterLocation(location=ref(room, room.name))]
        vitals.blood_pressure(chart, visit, 134, 84)
        if weeks == 44:
            chart.problem(facts.HYPERTENSION, visit)
    care.team(chart, others=(ref(other, _name(other)),))
    chart.resources.append(_consent(chart, other))


def _mental(resource: Resource) -> bool:
    """Whether it tells of her mood."""
    match resource:
        case r4.Encounter(reasonCode=[reason, *_]):
            return reason.text == "Low mood"
        case r4.Observation():
            return resource.code.text == "PHQ-9 score"
        case r4.Condition() | r4.Composition() | r4.MedicationRequest():
            return True
        case r4.DocumentReference() | r4.Binary() | r4.QuestionnaireResponse():
            return True
        case _:
            return False


def _consent(chart: Chart, other: r4.Practitioner) -> r4.Consent:
    since = chart.today - timedelta(days=320)
    recipient = terminology("v3-ParticipationType", "IRCP", "information recipient")
    return r4.Consent(
        id=chart.identify("consent"),
        text=narrative("Mental health is not shown to the clinician at Linden Street"),
        status="active",
        scope=concept(terminology("consentscope", "patient-privacy", "Privacy Consent")),
        category=[concept(_PRIVACY)],
        patient=chart.subject,
        dateTime=since.isoformat(),
        policyRule=r4.CodeableConcept(text="Restriction agreed with the patient"),
        policy=[r4.ConsentPolicy(uri="urn:osler:policy:restriction")],
        provision=r4.ConsentProvision(
            type="deny",
            period=r4.Period(start=since.isoformat()),
            actor=[
                r4.ConsentProvisionActor(
                    role=concept(recipient), reference=ref(other, _name(other))
                )
            ],
            securityLabel=[_MENTAL.coding()],
        ),
    )


def public_figure(chart: Chart) -> None:
    """Only those who treat her may open the chart."""
    care.flag(chart, "alert", "Public figure: opens only for her own team", chart.today)
    care.team(chart)


def _name(practitioner: r4.Practitioner) -> str | None:
    return practitioner.name[0].text if practitioner.name else None
