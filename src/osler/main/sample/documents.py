"""Visit notes, kept as documents with their text inside."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from osler.fhir import r4
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import LOINC, Code, concept, moment, narrative, ref
from osler.main.sample.practice import NAME

_PROGRESS_NOTE = Code(LOINC, "11506-3", "Progress note")
_CLINICAL_NOTE = Code(
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "clinical-note",
    "Clinical Note",
)


def note(chart: Chart, visit: Visit, findings: Sequence[str], plan: Sequence[str]) -> None:
    """Adds the note of a visit: what was found and what is to be done."""
    lines = [
        f"{NAME} - Progress note",
        f"Patient: {chart.person.name}, born {chart.born}",
        f"Visit: {visit.day}",
        "",
        *findings,
        "",
        "Plan:",
        *(f"- {step}" for step in plan),
    ]
    text = "\n".join(lines) + "\n"
    chart.resources.append(
        r4.DocumentReference(
            id=chart.identify("document"),
            text=narrative(f"Progress note of {visit.day}"),
            status="current",
            docStatus="final",
            type=concept(_PROGRESS_NOTE),
            category=[concept(_CLINICAL_NOTE)],
            subject=chart.subject,
            date=moment(visit.start),
            author=[ref(visit.clinician)],
            custodian=ref(chart.practice.organization, NAME),
            content=[
                r4.DocumentReferenceContent(
                    attachment=r4.Attachment(
                        contentType="text/plain; charset=utf-8",
                        data=base64.b64encode(text.encode()).decode(),
                        title=f"Progress note {visit.day}",
                        creation=moment(visit.start),
                    )
                )
            ],
            context=r4.DocumentReferenceContext(encounter=[ref(visit.encounter)]),
        )
    )
