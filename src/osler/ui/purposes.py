"""Purposes of use in the words a patient knows."""

from __future__ import annotations

from functools import cache

from osler.access.caller import PURPOSES
from osler.fhir import definitions

# Where the standard's own word would puzzle a patient.
_OURS = {
    "TREAT": "your treatment",
    "ETREAT": "emergency treatment",
    "BTG": "an emergency",
    "COC": "the coordination of your care",
    "HPAYMT": "billing and payment",
    "HOPERAT": "the work of the practice",
    "PATADMIN": "registration and appointments",
    "PATRQT": "a request of yours",
    "FAMRQT": "a request of your family",
    "PWATRNY": "somebody who may act for you",
    "HCOMPL": "the protection of your data",
    "HLEGAL": "a legal matter",
    "HSYSADMIN": "the running of the system",
    "PUBHLTH": "public health",
}


def words(code: str | None) -> str:
    """A purpose in words; the code where nothing better is known."""
    return "" if not code else _OURS.get(code) or _standard().get(code, code).lower()


def standard(code: str | None) -> str:
    """The same as the standard has it, for staff."""
    return _standard().get(code, code).lower() if code else ""


@cache
def _standard() -> dict[str, str]:
    system = definitions.code_system(PURPOSES)
    concepts = system.concepts if system is not None else ()
    return {one.code: one.display for one in concepts if one.display}
