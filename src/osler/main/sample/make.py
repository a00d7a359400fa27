"""Small makers of FHIR datatypes, so that the sample practice reads like a chart."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from osler.fhir import r4
from osler.fhir.base import Resource

# Of practices that are made for tests; the demo's is the one that its pages show.
ZONE = timezone(timedelta(hours=-5))
BASE = "https://osler.example/sample"

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"

_NAMESPACE = uuid.UUID("3c2ef3b6-1f0a-5a43-8b7f-6c1f6d2f9a10")


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its system and the name people know it by."""

    system: str
    code: str
    display: str

    def coding(self) -> r4.Coding:
        """As a FHIR Coding."""
        return r4.Coding(system=self.system, code=self.code, display=self.display)


def terminology(system: str, code: str, display: str) -> Code:
    """A code of one of HL7's own code systems, by the last part of its address."""
    return Code(f"{TERMINOLOGY}/{system}", code, display)


def concept(*codes: Code, text: str | None = None) -> r4.CodeableConcept:
    """One concept in as many code systems as given; its text is the first name."""
    return r4.CodeableConcept(
        coding=[code.coding() for code in codes] or None,
        text=text or (codes[0].display if codes else None),
    )


def identity(*parts: object) -> str:
    """An id that is the same in every run for the same parts."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in parts)))


def ref(resource: Resource, display: str | None = None) -> r4.Reference:
    """A literal reference to a resource."""
    return r4.Reference(reference=f"{resource.resourceType}/{resource.id}", display=display)


def quantity(value: float, unit: str, code: str | None = None, digits: int = 0) -> r4.Quantity:
    """A UCUM quantity; `digits` after the point are kept as measured (98.60 is not 98.6)."""
    amount = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits))
    return r4.Quantity(value=amount, unit=unit, system=UCUM, code=code or unit)


def moment(at: datetime) -> str:
    """A FHIR dateTime or instant with seconds and offset."""
    return at.replace(microsecond=0).isoformat()


def at(day: date, hour: int, minute: int = 0, zone: tzinfo = ZONE) -> datetime:
    """A time of a day at the practice."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def years_before(day: date, years: int, *, month: int, dom: int) -> date:
    """The birth date of someone who is `years` old on `day` and born on that day of the year."""
    had_birthday = (month, dom) <= (day.month, day.day)
    return date(day.year - years - (0 if had_birthday else 1), month, dom)


def narrative(text: str) -> r4.Narrative:
    """Plain text as a generated narrative."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{safe}</div>'
    return r4.Narrative(status="generated", div=div)
