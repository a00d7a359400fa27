"""Vital signs: understood as typed, checked by age, written in one transaction, read as a flowsheet.

latest(record, principal, patient, person(resource)) -> LatestVitals     one search
words(observation, "us", person(resource)) -> Shown("138/84", "mmHg", "H")
"""

from __future__ import annotations

from osler.clinic.vitals.latest import LatestVitals, latest
from osler.clinic.vitals.reading import FLAG_WORDS, Person, Reading, Shown, person, words
from osler.clinic.vitals.signs import SIGNS, Sign, Units

__all__ = [
    "FLAG_WORDS",
    "SIGNS",
    "LatestVitals",
    "Person",
    "Reading",
    "Shown",
    "Sign",
    "Units",
    "latest",
    "person",
    "words",
]
