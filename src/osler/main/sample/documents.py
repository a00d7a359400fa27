"""The note of a visit long ago, signed then, and the PDF that was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from osler.fhir import r4
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import ref
from osler.main.sample.notes import Soap, compose, value
from osler.main.sample.papers import printed


def note(
    chart: Chart, visit: Visit, findings: Sequence[str], plan: Sequence[str]
) -> r4.Composition:
    """Adds the signed note of a visit, with what was measured and diagnosed in it so far."""
    here = ref(visit.encounter).reference
    made = [
        one
        for one in chart.resources
        if isinstance(one, r4.Observation | r4.Condition)
        and one.encounter is not None
        and one.encounter.reference == here
    ]
    reason = visit.encounter.reasonCode
    told = (reason[0].text if reason else None) or "Follow-up"
    soap = Soap(
        told=f"Comes for: {told[0].lower()}{told[1:]}.",
        found=" ".join(findings),
        meaning="As found; see the plan.",
        plan=plan,
        facts=[one for one in made if isinstance(one, r4.Observation)],
        problems=[one for one in made if isinstance(one, r4.Condition)],
    )
    signed = visit.start + timedelta(minutes=50)
    written = compose(chart, visit, soap, signed=signed)
    printed(chart, visit, written, _paragraphs(soap))
    return written


def _paragraphs(soap: Soap) -> list[str]:
    """What the note says, without links."""
    measured = ", ".join(f"{one.code.text} {value(one)}" for one in soap.facts)
    problems = ", ".join(one.code.text or "" for one in soap.problems if one.code)
    parts = (
        ("Subjective", soap.told),
        ("Objective", f"{measured}. {soap.found}" if measured else soap.found),
        ("Assessment", f"{problems}. {soap.meaning}" if problems else soap.meaning),
        ("Plan", "; ".join(soap.plan)),
    )
    return [f"{title}: {text}" for title, text in parts]
