"""Why somebody comes, by their story, and what their note then says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from osler.main.sample.make import Code
from osler.main.sample.roster import Person

_TYPES = "urn:osler:visit-type"
FOLLOW_UP = Code(_TYPES, "follow-up", "Follow-up")
PHYSICAL = Code(_TYPES, "physical", "Annual physical")
WELL_CHILD = Code(_TYPES, "well-child", "Well child visit")
PRENATAL = Code(_TYPES, "prenatal", "Prenatal visit")
ACUTE = Code(_TYPES, "acute", "Acute visit")
NEW = Code(_TYPES, "new-patient", "New patient")
WALK_IN = Code(_TYPES, "walk-in", "Walk-in")


@dataclass(frozen=True, slots=True)
class Reason:
    """One sort of visit, with the words of its note."""

    type: Code
    text: str
    told: str
    found: str
    meaning: str
    plan: tuple[str, ...]


_WELL = Reason(
    PHYSICAL,
    "Annual physical",
    "Feels well, no complaints. Sleeps well, walks most days.",
    "Heart regular, lungs clear, abdomen soft, no edema.",
    "Healthy adult; screening reviewed.",
    ("Influenza vaccine offered", "Labs in a year", "Back in 12 months"),
)
REASONS: Mapping[str, Reason] = {
    "diabetes": Reason(
        FOLLOW_UP,
        "Diabetes follow-up",
        "Checks sugar twice a week, mostly 110 to 150. No lows. Takes every dose.",
        "Feet: skin intact, pulses and monofilament normal.",
        "Type 2 diabetes, close to goal.",
        ("Continue present drugs", "A1c in 3 months", "Eye exam this year"),
    ),
    "decade": Reason(
        FOLLOW_UP,
        "Diabetes and kidney follow-up",
        "More tired than in summer. Ankles swell by evening.",
        "Trace edema at both ankles, lungs clear.",
        "Diabetes with kidney disease that is slowly worse.",
        ("Repeat kidney panel in 6 weeks", "Nephrology letter sent", "No NSAIDs"),
    ),
    "hypertension": Reason(
        FOLLOW_UP,
        "Blood pressure check",
        "Brought home readings, mostly in the 120s and 130s. No dizziness.",
        "Heart regular, no murmur, no edema.",
        "Hypertension, controlled on present drugs.",
        ("Continue present drugs", "Home readings twice a week", "Back in 6 months"),
    ),
    "heart": Reason(
        FOLLOW_UP,
        "Heart failure follow-up",
        "Weighs herself every morning; sleeps on two pillows, climbs one flight.",
        "Neck veins flat, few crackles at the left base, trace edema.",
        "Heart failure, stable.",
        ("Continue furosemide", "Call if 2 kg up in 3 days", "Basic metabolic panel"),
    ),
    "warfarin": Reason(
        FOLLOW_UP,
        "INR check",
        "No bleeding, no missed tablets, no new drugs or foods.",
        "No bruises.",
        "On warfarin after a mechanical aortic valve; goal INR 2.5 to 3.5.",
        ("Same weekly dose", "INR in 2 weeks"),
    ),
    "pregnancy": Reason(
        PRENATAL,
        "Prenatal visit",
        "Feels the baby move every day. No bleeding, no fluid, no headache.",
        "Fundal height fits the dates. Fetal heart rate 148.",
        "Normal pregnancy, growing as expected.",
        ("Glucose test at 26 weeks", "Tdap at 28 weeks", "Back in 4 weeks"),
    ),
    "newborn": Reason(
        WELL_CHILD,
        "Newborn weight check",
        "Nurses every 2 to 3 hours, eight wet diapers a day.",
        "Alert, cord dry, mild jaundice of the face only.",
        "Healthy newborn regaining birth weight.",
        ("Vitamin D drops", "Back at 1 month"),
    ),
    "child": Reason(
        WELL_CHILD,
        "Well child visit",
        "Eats and sleeps well; parents have no worries.",
        "Alert and playful. Ears, heart, lungs and hips normal.",
        "Healthy child, growing along the curve.",
        ("Vaccines as due", "Reading and screen time discussed"),
    ),
    "depression": Reason(
        FOLLOW_UP,
        "Depression follow-up",
        "Mood better, back at work, sleeps seven hours. No thoughts of self-harm.",
        "Calm, good eye contact, full affect.",
        "Depression, in partial remission.",
        ("Continue sertraline", "PHQ-9 next visit", "Counseling goes on"),
    ),
    "copd": Reason(
        FOLLOW_UP,
        "COPD follow-up",
        "Short of breath on hills. Uses the rescue inhaler three times a week.",
        "Breath sounds distant, no wheeze.",
        "COPD without exacerbation.",
        ("Inhaler technique checked", "Pulmonary rehabilitation", "Back in 4 months"),
    ),
    "asthma": Reason(
        FOLLOW_UP,
        "Asthma follow-up",
        "Wakes with cough once a month; reliever once a week.",
        "Lungs clear.",
        "Asthma, well controlled.",
        ("Same inhalers", "Action plan renewed"),
    ),
    "elder": Reason(
        FOLLOW_UP,
        "Fall at home",
        "Slipped at night on the way to the bathroom; no head strike, hip sore.",
        "Walks with a frame, tender over the left hip, full range of motion.",
        "Fall; too many drugs that make her dizzy.",
        ("Stop trazodone", "Physical therapy", "Home safety visit"),
    ),
    "thyroid": Reason(
        FOLLOW_UP,
        "Thyroid follow-up",
        "Energy is fine, weight steady.",
        "Thyroid not enlarged, reflexes normal.",
        "Hypothyroidism, on the right dose.",
        ("Continue levothyroxine", "TSH in 12 months"),
    ),
}


def reason_of(person: Person) -> Reason:
    """The visit that fits the first story with one; a check-up for who is well."""
    if "new" in person.marks:
        return Reason(NEW, "New patient visit", "", "", "", ())
    for story in person.stories:
        if story in REASONS:
            return REASONS[story]
    return REASONS["child"] if person.age < 18 else _WELL
