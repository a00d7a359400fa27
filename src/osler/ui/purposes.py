"""Purposes of use in the words a patient knows."""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext

from osler.access.caller import PURPOSES
from osler.fhir import definitions
from osler.kit.words import N_

# Where the standard's own word would puzzle a patient.
_OURS = {
    "TREAT": N_("your treatment"),
    "ETREAT": N_("emergency treatment"),
    "BTG": N_("an emergency"),
    "COC": N_("the coordination of your care"),
    "HPAYMT": N_("billing and payment"),
    "HOPERAT": N_("the work of the practice"),
    "PATADMIN": N_("registration and appointments"),
    "PATRQT": N_("a request of yours"),
    "FAMRQT": N_("a request of your family"),
    "PWATRNY": N_("somebody who may act for you"),
    "HCOMPL": N_("the protection of your data"),
    "HLEGAL": N_("a legal matter"),
    "HSYSADMIN": N_("the running of the system"),
    "PUBHLTH": N_("public health"),
}


_STANDARD = (
    *(
        N_("treatment"),
        N_("emergency treatment"),
        N_("break the glass"),
        N_("coordination of care"),
    ),
    *(N_("healthcare payment"), N_("healthcare operations"), N_("healthcare research")),
    *(N_("patient administration"), N_("patient requested"), N_("family requested")),
    *(N_("power of attorney"), N_("health compliance"), N_("legal"), N_("public health")),
    *(
        N_("health system administration"),
        N_("coverage under policy or program"),
        N_("care management"),
    ),
    *(N_("health quality improvement"), N_("patient safety"), N_("records management")),
)
"""The standard's words for the purposes that roles and disclosures have, for translators."""


def words(code: str | None) -> str:
    """A purpose in words; the code where nothing better is known."""
    if not code:
        return ""
    ours = _OURS.get(code)
    return gettext(ours) if ours else standard(code)


def standard(code: str | None) -> str:
    """The same as the standard has it, for staff."""
    return gettext(_standard().get(code, code).lower()) if code else ""


@cache
def _standard() -> dict[str, str]:
    system = definitions.code_system(PURPOSES)
    concepts = system.concepts if system is not None else ()
    return {one.code: one.display for one in concepts if one.display}
