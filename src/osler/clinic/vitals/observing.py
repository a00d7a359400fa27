"""Measurements as FHIR Observations in the shape of US Core vital signs; http://hl7.org/fhir/us/core/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from osler.clinic.vitals import codes
from osler.clinic.vitals.childhood import stage, words
from osler.clinic.vitals.parsing import Measure, Pressure
from osler.clinic.vitals.ranges import Expected, Flag, expected
from osler.clinic.vitals.reading import POSITION, Person, flag_of
from osler.clinic.vitals.signs import (
    DIASTOLIC,
    LOINC,
    SIGNS,
    SYSTOLIC,
    UCUM,
    Sign,
    category,
    concept,
    printed,
)
from osler.fhir import r4
from osler.fhir.r4.observation import ObservationComponent, ObservationReferenceRange

_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_FLAG_NAMES = {
    "N": "Normal",
    "L": "Low",
    "H": "High",
    "LL": "Critical low",
    "HH": "Critical high",
}
_RHYTHM = concept("8884-9", "Heart rate rhythm")
_CUFF = concept("8358-4", "Blood pressure device Cuff size")
_FLOW = concept("3151-8", "Inhaled oxygen flow rate")
_SHARE = concept("3150-6", "Inhaled oxygen concentration")
_POSTURE = {
    "standing": ("8308-9", "Body height --standing"),
    "recumbent": ("8306-3", "Body height --lying"),
}
_ROOM_AIR = Measure(Decimal(21), "%")


@dataclass(frozen=True, slots=True)
class About:
    """What all Observations of one rooming have in common."""

    patient: str
    at: datetime
    encounter: str
    performer: str
    performer_name: str
    who: Person

    def of(self, code: r4.CodeableConcept, category: list[r4.CodeableConcept]) -> r4.Observation:
        """An Observation without its value."""
        by = r4.Reference(reference=self.performer, display=self.performer_name or None)
        visit = r4.Reference(reference=f"Encounter/{self.encounter}") if self.encounter else None
        return r4.Observation(
            status="final",
            category=category,
            code=code,
            subject=r4.Reference(reference=f"Patient/{self.patient}"),
            encounter=visit,
            effectiveDateTime=self.at.isoformat(timespec="seconds"),
            performer=[by] if self.performer else None,
        )

    def started(self, sign: Sign) -> r4.Observation:
        """A vital sign without its value."""
        made = self.of(concept(sign.code, sign.display, sign.name), category())
        if sign.key == "spo2":
            second = r4.Coding(
                system=LOINC, code="2708-6", display="Oxygen saturation in Arterial blood"
            )
            made.code.coding = [*(made.code.coding or []), second]
        return made


def observation(
    about: About,
    key: str,
    value: Measure,
    details: Mapping[str, str],
    flow: Measure | None = None,
) -> r4.Observation:
    """One sign with its value, how it stands to the age's range, and how it was measured."""
    sign = SIGNS[key]
    made = about.started(sign)
    made.valueQuantity = quantity(value)
    flag = flag_of(key, value, None, about.who, about.at)
    made.interpretation = interpretation(flag)
    range = expected(key, about.who.age(about.at), about.who.sex)
    made.referenceRange = _ranges(range, "Cel" if key == "temp" else sign.metric)
    made.bodySite = codes.concept(codes.ROUTES, details.get("route", ""))
    posture = details.get("posture", "")
    if posture in _POSTURE:
        code, display = _POSTURE[posture]
        second = r4.Coding(system=LOINC, code=code, display=display)
        made.code.coding = [*(made.code.coding or []), second]
        made.method = codes.concept(codes.POSTURES, posture)
    parts = []
    if rhythm := codes.concept(codes.RHYTHMS, details.get("rhythm", "")):
        parts.append(ObservationComponent(code=_RHYTHM, valueCodeableConcept=rhythm))
    if flow is not None:
        parts.append(ObservationComponent(code=_FLOW, valueQuantity=quantity(flow)))
    elif details.get("air") == "room":
        parts.append(ObservationComponent(code=_SHARE, valueQuantity=quantity(_ROOM_AIR)))
    made.component = parts or None
    return made


def panel(about: About, value: Pressure, details: Mapping[str, str]) -> r4.Observation:
    """A blood pressure with its two parts, position, site, cuff and method."""
    made = about.started(SIGNS["bp"])
    age, sex = about.who.age(about.at), about.who.sex
    flag = flag_of("bp", None, value, about.who, about.at)
    made.interpretation = interpretation(flag)
    if age is not None and made.interpretation and flag != "N":
        found = stage(sex, age, about.who.height, value.systolic, value.diastolic)
        made.interpretation[0].text = words(found, age) or None
    upper, lower = (expected(key, age, sex, about.who.height) for key in ("sys", "dia"))
    parts = [
        _part(SYSTOLIC, "Systolic blood pressure", value.systolic, upper),
        _part(DIASTOLIC, "Diastolic blood pressure", value.diastolic, lower),
    ]
    if cuff := codes.concept(codes.CUFFS, details.get("cuff", "")):
        parts.append(ObservationComponent(code=_CUFF, valueCodeableConcept=cuff))
    made.component = parts
    made.bodySite = codes.concept(codes.SITES, details.get("site", ""))
    made.method = codes.concept(codes.METHODS, details.get("method", ""))
    if position := codes.concept(codes.POSITIONS, details.get("position", "")):
        made.extension = [r4.Extension(url=POSITION, valueCodeableConcept=position)]
    return made


def quantity(value: Measure) -> r4.Quantity:
    """A measure as FHIR has it, its unit in UCUM."""
    return r4.Quantity(value=value.value, unit=printed(value.unit), system=UCUM, code=value.unit)


def interpretation(flag: Flag) -> list[r4.CodeableConcept] | None:
    """A flag as FHIR has it."""
    if not flag:
        return None
    coding = r4.Coding(system=_INTERPRETATION, code=flag, display=_FLAG_NAMES[flag])
    return [r4.CodeableConcept(coding=[coding])]


def _part(code: str, display: str, value: Decimal, range: Expected | None) -> ObservationComponent:
    return ObservationComponent(
        code=concept(code, display),
        valueQuantity=quantity(Measure(value, "mm[Hg]")),
        interpretation=interpretation(range.flag(value)) if range else None,
        referenceRange=_ranges(range, "mm[Hg]"),
    )


def _ranges(range: Expected | None, unit: str) -> list[ObservationReferenceRange] | None:
    if range is None or (range.low is None and range.high is None):
        return None
    low, high = (
        quantity(Measure(end, unit)) if end is not None else None for end in (range.low, range.high)
    )
    return [ObservationReferenceRange(low=low, high=high)]
