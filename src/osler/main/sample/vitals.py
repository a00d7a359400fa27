"""Vital signs and other things measured or asked at a visit (LOINC, UCUM)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from osler.fhir import r4
from osler.main.sample import questions
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import (
    LOINC,
    SNOMED,
    Code,
    concept,
    moment,
    narrative,
    quantity,
    ref,
    terminology,
)

_VITAL = terminology("observation-category", "vital-signs", "Vital Signs")
_SOCIAL = terminology("observation-category", "social-history", "Social History")
_SURVEY = terminology("observation-category", "survey", "Survey")
_BLOOD_PRESSURE = Code(LOINC, "85354-9", "Blood pressure panel with all children optional")
_SYSTOLIC = Code(LOINC, "8480-6", "Systolic blood pressure")
_DIASTOLIC = Code(LOINC, "8462-4", "Diastolic blood pressure")
_SMOKING = Code(LOINC, "72166-2", "Tobacco smoking status")
_PHQ9 = Code(LOINC, "44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]")


@dataclass(frozen=True, slots=True)
class _Sign:
    code: Code
    name: str
    unit: str
    ucum: str
    digits: int = 0


HEART_RATE = _Sign(Code(LOINC, "8867-4", "Heart rate"), "Heart rate", "beats/min", "/min")
BREATHING = _Sign(Code(LOINC, "9279-1", "Respiratory rate"), "Respiratory rate", "/min", "/min")
TEMPERATURE = _Sign(Code(LOINC, "8310-5", "Body temperature"), "Temperature", "°C", "Cel", 1)
SATURATION = _Sign(
    Code(LOINC, "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
    "Oxygen saturation",
    "%",
    "%",
)
HEIGHT = _Sign(Code(LOINC, "8302-2", "Body height"), "Height", "cm", "cm", 1)
WEIGHT = _Sign(Code(LOINC, "29463-7", "Body weight"), "Weight", "kg", "kg", 1)
MASS_INDEX = _Sign(
    Code(LOINC, "39156-5", "Body mass index (BMI) [Ratio]"), "Body mass index", "kg/m2", "kg/m2", 1
)

HEAD = _Sign(
    Code(LOINC, "9843-4", "Head Occipital-frontal circumference"),
    "Head circumference",
    "cm",
    "cm",
    1,
)
PAIN = _Sign(
    Code(LOINC, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported"),
    "Pain",
    "/10",
    "{score}",
)

FUNDUS = _Sign(
    Code(LOINC, "11881-0", "Uterus Fundal height Tape measure"), "Fundal height", "cm", "cm"
)
FETAL_HEART = _Sign(
    Code(LOINC, "55283-6", "Fetal Heart rate"), "Fetal heart rate", "beats/min", "/min"
)

SMOKER = Code(SNOMED, "449868002", "Smokes tobacco daily")
FORMER_SMOKER = Code(SNOMED, "8517006", "Ex-smoker")
NEVER_SMOKED = Code(SNOMED, "266919005", "Never smoked tobacco")


def blood_pressure(chart: Chart, visit: Visit, systolic: int, diastolic: int) -> None:
    """One reading, both values in one Observation."""
    observation = _observation(chart, visit, _VITAL, _BLOOD_PRESSURE, "Blood pressure")
    observation.text = narrative(f"Blood pressure {systolic}/{diastolic} mmHg")
    observation.component = [
        r4.ObservationComponent(code=concept(code), valueQuantity=quantity(value, "mmHg", "mm[Hg]"))
        for code, value in ((_SYSTOLIC, systolic), (_DIASTOLIC, diastolic))
    ]


def sign(chart: Chart, visit: Visit, what: _Sign, value: float) -> None:
    """One vital sign."""
    observation = _observation(chart, visit, _VITAL, what.code, what.name)
    observation.valueQuantity = quantity(value, what.unit, what.ucum, what.digits)
    observation.text = narrative(f"{what.name} {observation.valueQuantity.value} {what.unit}")


def body(chart: Chart, visit: Visit, height: float, weight: float) -> None:
    """Height, weight and the body mass index that follows from them."""
    sign(chart, visit, HEIGHT, height)
    sign(chart, visit, WEIGHT, weight)
    sign(chart, visit, MASS_INDEX, weight / (height / 100) ** 2)


_FRAMES = {  # by story, of women and of men: cm and kg in the years that the chart tells of
    "decade": ((164, 84), (174, 91)),
    "heart": ((160, 66.2), (175, 78)),
    "elder": ((158, 55), (170, 66)),
    "copd": ((162, 60), (175, 68)),
    "apnea": ((165, 96), (178, 108)),
    "survivor": ((165, 71), (176, 80)),
    "warfarin": ((163, 68), (176, 80)),
    "diabetes": ((163, 80), (174, 92)),
    "pregnancy": ((166, 63), (0, 0)),
}


def frame(chart: Chart) -> tuple[float, float]:
    """Height and weight of an adult; the same whenever it is asked for."""
    random = Random(f"{chart.number}/frame")  # noqa: S311 - made-up charts, no secrets
    female = chart.person.sex == "female"
    for story in chart.person.stories:
        if story in _FRAMES:
            tall, heavy = _FRAMES[story][0 if female else 1]
            return tall + random.randint(-3, 3), heavy
    height = random.gauss(163 if female else 176, 6)
    return height, height**2 / 10_000 * random.gauss(25.5, 2.5)


def usual(chart: Chart, visit: Visit, *, fever: float = 0.0) -> None:
    """Pulse, breathing, temperature and oxygen as they are in most people."""
    random, age = chart.random, chart.age_on(visit.day)
    pulse = 72 if age >= 12 else 120 - 4 * age
    sign(chart, visit, HEART_RATE, round(random.gauss(pulse + 10 * fever, 7)))
    sign(chart, visit, BREATHING, round(random.gauss(15 if age >= 12 else 30 - age, 1.5)))
    sign(chart, visit, TEMPERATURE, random.gauss(36.7 + fever, 0.2))
    sign(chart, visit, SATURATION, min(100, round(random.gauss(98, 0.8))))


def pain(chart: Chart, visit: Visit, score: int) -> None:
    """What the patient says of pain, 0 to 10."""
    sign(chart, visit, PAIN, score)


def home_pressure(chart: Chart, at: datetime, systolic: int, diastolic: int) -> None:
    """What the patient's own cuff said, as they reported it."""
    made = _at_home(chart, at, _BLOOD_PRESSURE, "Blood pressure")
    made.component = [
        r4.ObservationComponent(code=concept(code), valueQuantity=quantity(value, "mmHg", "mm[Hg]"))
        for code, value in ((_SYSTOLIC, systolic), (_DIASTOLIC, diastolic))
    ]
    made.text = narrative(f"Blood pressure at home {systolic}/{diastolic} mmHg")


def home_weight(chart: Chart, at: datetime, weight: float) -> None:
    """What the patient's own scale said."""
    made = _at_home(chart, at, WEIGHT.code, WEIGHT.name)
    made.valueQuantity = quantity(weight, WEIGHT.unit, WEIGHT.ucum, WEIGHT.digits)
    made.text = narrative(f"Weight at home {made.valueQuantity.value} kg")


def _at_home(chart: Chart, at: datetime, code: Code, name: str) -> r4.Observation:
    made = r4.Observation(
        id=chart.identify("home"),
        status="final",
        category=[concept(_VITAL)],
        code=concept(code, text=name),
        subject=chart.subject,
        effectiveDateTime=moment(at),
        issued=moment(at),
        performer=[chart.subject],
        method=concept(text="Measured at home"),
    )
    chart.resources.append(made)
    return made


def smoking(chart: Chart, visit: Visit, status: Code) -> None:
    """What the patient says about tobacco."""
    observation = _observation(chart, visit, _SOCIAL, _SMOKING, "Tobacco smoking status")
    observation.valueCodeableConcept = concept(status)
    observation.text = narrative(status.display)


def phq9(chart: Chart, visit: Visit, score: int) -> None:
    """The total of the depression questionnaire, 0 to 27."""
    observation = _observation(chart, visit, _SURVEY, _PHQ9, "PHQ-9 score")
    observation.valueQuantity = quantity(score, "score", "{score}")
    observation.derivedFrom = [ref(questions.phq9(chart, visit, score))]
    observation.text = narrative(f"PHQ-9 score {score}")


def _observation(
    chart: Chart, visit: Visit, category: Code, code: Code, name: str
) -> r4.Observation:
    observation = r4.Observation(
        id=chart.identify("observation"),
        status="final",
        category=[concept(category)],
        code=concept(code, text=name),
        subject=chart.subject,
        encounter=ref(visit.encounter),
        effectiveDateTime=moment(visit.start),
        issued=moment(visit.start),
        performer=[ref(visit.clinician)],
    )
    chart.resources.append(observation)
    return observation
