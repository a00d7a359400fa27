"""What looks wrong about an address: words of warning, never a refusal, for streets are stranger than rules."""

from __future__ import annotations

import re

from osler.clinic.patients.tables import zips
from osler.kit.words import N_

_POSTAL = {
    "US": r"\d{5}(-\d{4})?",
    "CA": r"[A-CEGHJ-NPR-TV-Z]\d[A-CEGHJ-NPR-TV-Z] ?\d[A-CEGHJ-NPR-TV-Z]\d",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "MX": r"\d{5}", "DE": r"\d{5}", "FR": r"\d{5}", "ES": r"\d{5}", "IT": r"\d{5}",
    "AT": r"\d{4}", "CH": r"\d{4}", "AU": r"\d{4}", "IN": r"\d{6}", "BR": r"\d{5}-?\d{3}",
}  # fmt: skip
_NAMES = {"USA": "US", "UNITED STATES": "US", "": "US", "CANADA": "CA", "UK": "GB", "MEXICO": "MX"}


def warnings(city: str, state: str, postal: str, country: str) -> tuple[str, ...]:
    """What to look at again, in words."""
    if not any((city, state, postal)):
        return ()
    land = country.strip().upper()
    land = _NAMES.get(land, land)
    code = postal.strip().upper()
    found = []
    shape = _POSTAL.get(land)
    right = shape is None or re.fullmatch(shape, code) is not None
    if code and not right:
        found.append(N_("The postal code is not written as this country writes them."))
    if land == "US":
        if state and state.strip().upper() not in zips.PREFIXES:
            found.append(N_("The state is not one of the two-letter codes of the Postal Service."))
        elif state and code and right and not zips.fits(state.strip(), code):
            found.append(N_("This ZIP code lies in another state."))
        if not code:
            found.append(N_("The ZIP code is missing."))
    if not city:
        found.append(N_("The city is missing."))
    return tuple(found)
