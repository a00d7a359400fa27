"""The note of a visit long ago, signed then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from osler.fhir import r4
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import ref
from osler.main.sample.notes import Soap, compose


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
    return compose(chart, visit, soap, signed=visit.start + timedelta(minutes=50))
