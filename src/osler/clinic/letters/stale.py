"""What the record has changed since a letter was filled from it: a drug that was stopped, an allergy that was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from osler.clinic.letters.templates import PLACEHOLDER
from osler.clinic.lists.items import Chart
from osler.kit.errors import NotAllowed
from osler.kit.words import N_
from osler.search.parse import parse

_TYPES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "allergies": (N_("Allergies"), ("AllergyIntolerance",)),
    "medications": (N_("Medications"), ("MedicationRequest", "MedicationStatement")),
    "problems": (N_("Problems"), ("Condition",)),
    "immunizations": (N_("Immunizations"), ("Immunization",)),
    "results": (N_("Results"), ("DiagnosticReport",)),
}


def changed(chart: Chart, template: str, since: str) -> list[str]:
    """Of what a template is filled with, the parts that were written to after `since`, an instant."""
    try:
        datetime.fromisoformat(since)
    except ValueError:
        return []
    wanted = set(PLACEHOLDER.findall(template))
    return [
        label
        for name, (label, types) in _TYPES.items()
        if name in wanted and any(_written(chart, type, since) for type in types)
    ]


def _written(chart: Chart, type: str, since: str) -> bool:
    pairs = [
        ("patient", f"Patient/{chart.patient}"),
        ("_lastUpdated", f"gt{since}"),
        ("_count", "1"),
    ]
    try:
        found = chart.record.search(chart.principal, parse(type, pairs, chart.record.registry))
    except NotAllowed:
        return False  # Then nothing of it was filled in.
    return bool(found.matches)
