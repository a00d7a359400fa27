"""Visit notes as Compositions with SOAP sections, whose numbers are links to what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import LOINC, Code, concept, identity, moment, narrative, ref
from osler.main.sample.practice import NAME

PROGRESS = Code(LOINC, "11506-3", "Progress note")
HISTORY = Code(LOINC, "34117-2", "History and physical note")
_CATEGORY = Code(
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "clinical-note",
    "Clinical Note",
)
_SUBJECTIVE = Code(LOINC, "61150-9", "Subjective Narrative")
_OBJECTIVE = Code(LOINC, "61149-1", "Objective Narrative")
_ASSESSMENT = Code(LOINC, "51848-0", "Evaluation note")
_PLAN = Code(LOINC, "18776-5", "Plan of care note")
_BLOOD_PRESSURE = "85354-9"


@dataclass(frozen=True, slots=True)
class Soap:
    """What a note says: what was told, what was found, what it means, what is to be done."""

    told: str
    found: str
    meaning: str
    plan: Sequence[str]
    facts: Sequence[r4.Observation] = ()
    problems: Sequence[r4.Condition] = ()


def compose(
    chart: Chart,
    visit: Visit,
    soap: Soap,
    *,
    signed: datetime | None,
    author: r4.Practitioner | None = None,
    kind: Code = PROGRESS,
) -> r4.Composition:
    """Adds the note of a visit; without `signed` it is still being written."""
    who = author or visit.clinician
    made = r4.Composition(
        id=chart.identify("note"),
        text=narrative(f"{kind.display} of {visit.day}"),
        identifier=r4.Identifier(
            system="urn:ietf:rfc:3986", value=f"urn:uuid:{identity(visit.encounter.id, 'note')}"
        ),
        status="final" if signed else "preliminary",
        type=concept(kind),
        category=[concept(_CATEGORY)],
        subject=chart.subject,
        encounter=ref(visit.encounter),
        date=moment(signed or visit.start + timedelta(minutes=25)),
        author=[ref(who, _name(who))],
        title=kind.display,
        attester=None
        if signed is None
        else [
            r4.CompositionAttester(mode="legal", time=moment(signed), party=ref(who, _name(who)))
        ],
        custodian=ref(chart.practice.organization, NAME),
        section=_sections(soap),
    )
    chart.resources.append(made)
    return made


def _sections(soap: Soap) -> list[r4.CompositionSection]:
    measured = ", ".join(_fact(one) for one in soap.facts)
    found = f"<p>{measured}</p>" if measured else ""
    found += f"<p>{_plain(soap.found)}</p>" if soap.found else ""
    steps = "".join(f"<li>{_plain(step)}</li>" for step in soap.plan)
    meaning = f"<p>{_plain(soap.meaning)}</p>"
    if soap.problems:
        items = "".join(f"<li>{_problem(one)}</li>" for one in soap.problems)
        meaning = f"<ul>{items}</ul>{meaning}"
    return [
        _section("Subjective", _SUBJECTIVE, f"<p>{_plain(soap.told)}</p>"),
        _section("Objective", _OBJECTIVE, found or "<p>Not examined.</p>", soap.facts),
        _section("Assessment", _ASSESSMENT, meaning, soap.problems),
        _section("Plan", _PLAN, f"<ul>{steps}</ul>" if steps else "<p>To be written.</p>"),
    ]


def _section(
    title: str, code: Code, xhtml: str, entries: Sequence[Resource] = ()
) -> r4.CompositionSection:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{xhtml}</div>'
    return r4.CompositionSection(
        title=title,
        code=concept(code),
        text=r4.Narrative(status="additional" if entries else "generated", div=div),
        entry=[ref(one) for one in entries] or None,
    )


def _fact(observation: r4.Observation) -> str:
    """The name, and the value as a link to the version that was seen."""
    name = _plain(observation.code.text or "")
    link = f"Observation/{observation.id}/_history/1"
    return f'{name} <a class="fact" href="{link}">{_plain(value(observation))}</a>'


def value(observation: r4.Observation) -> str:
    """As it is said: 138/84 mmHg, 6.9 %."""
    parts = [one.valueQuantity for one in observation.component or () if one.valueQuantity]
    if parts:
        numbers = "/".join(str(part.value) for part in parts)
        return f"{numbers} {parts[0].unit}"
    quantity = observation.valueQuantity
    if quantity is not None:
        return f"{quantity.value} {quantity.unit}"
    coded = observation.valueCodeableConcept
    return (coded.text if coded else observation.valueString) or ""


def _problem(condition: r4.Condition) -> str:
    name = _plain((condition.code.text if condition.code else None) or "")
    return f'<a class="fact" href="Condition/{condition.id}/_history/1">{name}</a>'


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _name(practitioner: r4.Practitioner) -> str | None:
    return practitioner.name[0].text if practitioner.name else None
