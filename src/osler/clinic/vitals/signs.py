"""The vital signs that Osler measures: their LOINC codes (US Core vital signs), units and names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from osler.fhir import r4
from osler.kit.words import N_

Units = Literal["us", "metric"]
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SYSTOLIC, DIASTOLIC = "8480-6", "8462-4"


@dataclass(frozen=True, slots=True)
class Sign:
    """One vital sign: a key of ours, LOINC, and the unit in which each system of units shows it.

    `also` are further codes of the same measurement, which profiles ask for or others send.
    """

    key: str
    name: str
    code: str
    display: str
    metric: str
    us: str
    short: str = ""
    also: tuple[str, ...] = ()
    decimals: int = 0

    def unit(self, units: Units) -> str:
        """The UCUM unit that a reader of these units wants."""
        return self.us if units == "us" else self.metric


_SIGNS = (
    Sign(
        "bp",
        N_("Blood pressure"),
        "85354-9",
        "Blood pressure panel with all children optional",
        "mm[Hg]",
        "mm[Hg]",
        N_("BP"),
        ("55284-4",),
    ),
    Sign("hr", N_("Heart rate"), "8867-4", "Heart rate", "/min", "/min", N_("HR"), ("8889-8",)),
    Sign("rr", N_("Respiratory rate"), "9279-1", "Respiratory rate", "/min", "/min", N_("RR")),
    Sign(
        "temp",
        N_("Temperature"),
        "8310-5",
        "Body temperature",
        "Cel",
        "[degF]",
        N_("Temp"),
        decimals=1,
    ),
    Sign(
        "spo2",
        N_("Oxygen saturation"),
        "59408-5",
        "Oxygen saturation in Arterial blood by Pulse oximetry",
        "%",
        "%",
        N_("SpO₂"),
        ("2708-6",),
    ),
    Sign(
        "weight",
        N_("Weight"),
        "29463-7",
        "Body weight",
        "kg",
        "[lb_av]",
        also=("3141-9",),
        decimals=1,
    ),
    Sign(
        "height",
        N_("Height"),
        "8302-2",
        "Body height",
        "cm",
        "[in_i]",
        also=("8306-3", "8308-9"),
        decimals=1,
    ),
    Sign(
        "bmi", N_("BMI"), "39156-5", "Body mass index (BMI) [Ratio]", "kg/m2", "kg/m2", decimals=1
    ),
    Sign(
        "head",
        N_("Head circumference"),
        "9843-4",
        "Head Occipital-frontal circumference",
        "cm",
        "[in_i]",
        N_("Head"),
        ("8287-5",),
        decimals=1,
    ),
    Sign(
        "waist",
        N_("Waist"),
        "8280-0",
        "Waist Circumference at umbilicus by Tape measure",
        "cm",
        "[in_i]",
        also=("56086-2",),
        decimals=1,
    ),
    Sign(
        "pain",
        N_("Pain (0 to 10)"),
        "72514-3",
        "Pain severity - 0-10 verbal numeric rating [Score] - Reported",
        "{score}",
        "{score}",
        N_("Pain"),
    ),
)
SIGNS = {one.key: one for one in _SIGNS}
"""By our keys, in the order in which they are shown."""
BY_CODE = {code: one for one in _SIGNS for code in (one.code, *one.also)}
"""By LOINC code."""
_PRINTED = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "[lb_av]": "lb",
    "[oz_av]": "oz",
    "[in_i]": "in",
    "[ft_i]": "ft",
    "kg/m2": "kg/m²",
    "{score}": "/10",
    "L/min": "L/min",
}


def printed(ucum: str) -> str:
    """A UCUM unit as it is read."""
    return _PRINTED.get(ucum, ucum)


def sign_of(observation: r4.Observation) -> Sign | None:
    """Which vital sign an Observation is of; None for another kind."""
    for coding in observation.code.coding or []:
        if coding.system == LOINC and coding.code in BY_CODE:
            return BY_CODE[coding.code]
    return None


def concept(code: str, display: str, text: str = "") -> r4.CodeableConcept:
    """A LOINC code as FHIR has it."""
    coding = [r4.Coding(system=LOINC, code=code, display=display)]
    return r4.CodeableConcept(coding=coding, text=text or display)


def category(code: str = "vital-signs") -> list[r4.CodeableConcept]:
    """The category of an Observation."""
    names = {"vital-signs": "Vital Signs", "social-history": "Social History", "exam": "Exam"}
    coding = r4.Coding(system=CATEGORY, code=code, display=names[code])
    return [r4.CodeableConcept(coding=[coding])]
