"""UDI of the Health Industry Business Communications Council: “+”, the labeler, the product, then lot and dates."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date

from osler.clinic.devices.dates import century, julian, six, whole
from osler.kit.errors import Invalid

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_PRIMARY = re.compile(r"\+([A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9])")
_LOT = re.compile(r"[A-Z0-9\-. ]{0,18}")
_QUANTITY = {"8": 2, "9": 5}


def read(text: str, today: date) -> dict[str, str]:
    """`di`, `lot`, `serial`, `expires` and `made`, each where the label has it. Raises Invalid."""
    if any(one not in _ALPHABET for one in text):
        raise Invalid("A UDI of HIBCC has capital letters and digits only. Scan the label again.")
    if _ALPHABET[sum(map(_ALPHABET.index, text[:-1])) % 43] != text[-1]:
        raise Invalid("The check character at the end does not fit: a character is wrong.")
    primary, *others = text[:-1].split("/")
    di = _PRIMARY.fullmatch(primary)
    if di is None:
        raise Invalid("The part after “+” is no device identifier. Scan the label again.")
    found = {"di": di.group(1)}
    for part in others:
        found |= _secondary(part, today)
    return found


def _secondary(part: str, today: date) -> dict[str, str]:
    """One part behind a slash."""
    match part:
        case _ if part.startswith("$$+"):
            expires, rest = _expiry(part[3:], today)
            return {**expires, "serial": _lot(rest)}
        case _ if part.startswith("$$"):
            expires, rest = _expiry(part[2:], today)
            return {**expires, **({"lot": _lot(rest)} if rest else {})}
        case _ if part.startswith("$+"):
            return {"serial": _lot(part[2:])}
        case _ if part.startswith("$"):
            return {"lot": _lot(part[1:])}
        case _ if part.startswith("S"):
            return {"serial": _lot(part[1:])}
        case _ if part.startswith("16D"):
            return {"made": whole(part[3:], "16D")}
        case _ if part.startswith("14D"):
            return {"expires": whole(part[3:], "14D")}
        case _ if part.startswith("Q"):
            return {}
        case _:
            raise Invalid(f"The label has a part “/{part[:6]}…” that is not known here.")


def _expiry(text: str, today: date) -> tuple[dict[str, str], str]:
    """A date in the form that its first digit says, and what follows it."""
    if text[:1] in _QUANTITY:
        text = text[1 + _QUANTITY[text[0]] :]
    kind = text[:1]
    if kind == "7" or not text:
        return {}, text[1:]
    if kind not in _FORMS:
        raise Invalid(f"“{kind}” begins no date of expiry. Scan the label again.")
    size, read_it = _FORMS[kind]
    body = text if kind in "01" else text[1:]
    if not body[:size].isdigit() or len(body) < size:
        raise Invalid(f"“{body[:size]}” is no date of expiry. Scan the label again.")
    return {"expires": read_it(body[:size], today)}, body[size:]


def _month_year(text: str, today: date) -> str:
    month, year = int(text[:2]), century(int(text[2:]), today)
    if not 1 <= month <= 12:
        raise Invalid(f"“{text}” is no month and year of expiry. Scan the label again.")
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()


def _month_first(text: str, today: date) -> str:
    return six(text[4:] + text[:4], today, "$$2")


def _year_first(text: str, today: date) -> str:
    return six(text[:6], today, "$$3")


def _day_number(text: str, today: date) -> str:
    return julian(century(int(text[:2]), today), int(text[2:5]), text)


_FORMS: dict[str, tuple[int, Callable[[str, date], str]]] = {
    "0": (4, _month_year),
    "1": (4, _month_year),
    "2": (6, _month_first),
    "3": (6, _year_first),
    "4": (8, _year_first),
    "5": (5, _day_number),
    "6": (7, _day_number),
}


def _lot(text: str) -> str:
    if not _LOT.fullmatch(text):
        raise Invalid("A lot or serial number of HIBCC has at most 18 letters and digits.")
    return text
