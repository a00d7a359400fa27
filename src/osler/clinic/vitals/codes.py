"""How something was measured: positions, sites and methods by keys of our own, with their words."""

from __future__ import annotations

from osler.fhir import r4
from osler.kit.words import N_

SYSTEM = "urn:osler:measuring"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
POSITIONS = {"sitting": N_("Sitting"), "standing": N_("Standing"), "lying": N_("Lying")}
SITES = {
    "left-arm": N_("Left arm"),
    "right-arm": N_("Right arm"),
    "left-leg": N_("Left leg"),
    "right-leg": N_("Right leg"),
    "left-wrist": N_("Left wrist"),
    "right-wrist": N_("Right wrist"),
}
CUFFS = {
    "infant": N_("Infant cuff"),
    "child": N_("Child cuff"),
    "small-adult": N_("Small adult cuff"),
    "adult": N_("Adult cuff"),
    "large-adult": N_("Large adult cuff"),
    "thigh": N_("Thigh cuff"),
}
METHODS = {
    "automatic": N_("Automatic device"),
    "manual": N_("By stethoscope"),
    "palpation": N_("By palpation"),
}
RHYTHMS = {
    "regular": N_("Regular"),
    "irregular": N_("Irregular"),
    "irregularly-irregular": N_("Irregularly irregular"),
}
ROUTES = {
    "oral": N_("Oral"),
    "temporal": N_("Forehead"),
    "tympanic": N_("Ear"),
    "axillary": N_("Armpit"),
    "rectal": N_("Rectal"),
}
POSTURES = {"standing": N_("Standing height"), "recumbent": N_("Recumbent length")}
ABSENT = {
    "refused": ("asked-declined", N_("Refused")),
    "unable": ("not-performed", N_("Not possible")),
    "not-needed": ("not-applicable", N_("Not needed today")),
}
PREGNANCY = {
    "pregnant": ("LA15173-0", N_("Pregnant")),
    "not-pregnant": ("LA26683-5", N_("Not pregnant")),
    "unknown": ("LA4489-6", N_("Unknown")),
}
"""LOINC answers, as the International Patient Summary has them."""


def concept(words: dict[str, str], key: str) -> r4.CodeableConcept | None:
    """One of ours as FHIR has it; None for no key."""
    if key not in words:
        return None
    coding = r4.Coding(system=SYSTEM, code=key, display=words[key])
    return r4.CodeableConcept(coding=[coding], text=words[key])


def absent(key: str) -> r4.CodeableConcept:
    """Why something was not measured."""
    code, text = ABSENT[key]
    return r4.CodeableConcept(coding=[r4.Coding(system=_ABSENT, code=code)], text=text)


def pregnancy(key: str) -> r4.CodeableConcept:
    """An answer about pregnancy."""
    code, text = PREGNANCY[key]
    coding = r4.Coding(system="http://loinc.org", code=code, display=text)
    return r4.CodeableConcept(coding=[coding], text=text)
