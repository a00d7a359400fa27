"""Reads unique device identifiers (UDI) as labels carry them: GS1, HIBCC and ICCBBA, typed or from a scanner.

read("(01)10884521062856(17)141231(10)A213B1", today=…)  → Udi(issuer="GS1", di="10884521062856", …)

Formats: FDA, "UDI formats by FDA-accredited issuing agency"; check digits: GS1 General Specifications (modulo 10),
HIBCC Supplier Labeling Standard (modulo 43). What a label does not say is left empty; nothing is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from osler.clinic.devices import hibcc
from osler.clinic.devices.dates import day_of_year, six
from osler.kit.errors import Invalid

GS1, HIBCC, ICCBBA = "GS1", "HIBCC", "ICCBBA"
ISSUERS = {
    GS1: "http://hl7.org/fhir/NamingSystem/gs1-di",
    HIBCC: "http://hl7.org/fhir/NamingSystem/hibcc-di",
    ICCBBA: "http://hl7.org/fhir/NamingSystem/iccbba-other-di",
}
_SEPARATOR = "\x1d"
_LONGEST = 200
_SYMBOLOGY = re.compile(r"^\](?:[CdQeJ][0-9])")
_BRACKETED = re.compile(r"\((\d{2,4})\)([^()]*)")
# AI: length of its value; 0 is up to 20 characters and ends at a separator.
_FIXED = {
    "00": 18,
    "01": 14,
    "02": 14,
    "11": 6,
    "12": 6,
    "13": 6,
    "15": 6,
    "16": 6,
    "17": 6,
    "20": 2,
}
_OPEN = ("240", "241", "250", "251", "10", "21", "22", "30", "37", *map(str, range(90, 100)))
_VALUE = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,90}")
_LOT = 20


@dataclass(frozen=True, slots=True)
class Udi:
    """What a label says: the device identifier, and what identifies this one piece. Dates are FHIR's."""

    issuer: str
    di: str
    text: str
    lot: str = ""
    serial: str = ""
    expires: str = ""
    made: str = ""
    donation: str = ""


def read(text: str, *, today: date) -> Udi:
    """The identifier in a text.

    Raises:
        Invalid: it is none, or a check digit does not fit; the message says which part to look at.
    """
    plain = _SYMBOLOGY.sub("", text.strip().strip("*"))
    if not plain or len(plain) > _LONGEST:
        raise Invalid("A UDI has between 1 and 200 characters. Scan the label again.")
    if plain.startswith("+"):
        found = hibcc.read(plain, today)
        return Udi(HIBCC, found.pop("di"), plain, **found)
    if plain.startswith(("=", "&")):
        return _iccbba(plain)
    if plain.startswith("(") or plain[:2] in _FIXED:
        return _gs1(plain, today)
    raise Invalid(
        "This is no UDI of GS1 (it begins with “(01)” or “01”), HIBCC (“+”) or ICCBBA (“=”)."
    )


def _gs1(text: str, today: date) -> Udi:
    parts = _bracketed(text) if text.startswith("(") else _scanned(text)
    di = parts.get("01", "")
    if not di:
        raise Invalid("The label has no device identifier: “(01)” and 14 digits.")
    _check_gtin(di)
    for ai in ("10", "21"):
        if len(parts.get(ai, "")) > _LOT:
            raise Invalid(f"The part “({ai})” is longer than 20 characters. Scan the label again.")
    return Udi(
        GS1,
        di,
        text if text.startswith("(") else "".join(f"({ai}){v}" for ai, v in parts.items()),
        lot=parts.get("10", ""),
        serial=parts.get("21", ""),
        expires=six(parts["17"], today, "17") if "17" in parts else "",
        made=six(parts["11"], today, "11") if "11" in parts else "",
    )


def _bracketed(text: str) -> dict[str, str]:
    found = {ai: value.strip() for ai, value in _BRACKETED.findall(text)}
    if "".join(f"({ai}){value}" for ai, value in _BRACKETED.findall(text)) != text:
        raise Invalid("The parentheses do not match. Type the UDI as it is printed on the label.")
    if len(found) < len(_BRACKETED.findall(text)):
        raise Invalid("One part stands twice. Type the UDI as it is printed on the label.")
    for ai, value in found.items():
        size = _FIXED.get(ai)
        if size and len(value) != size:
            raise Invalid(f"The part “({ai})” must have {size} characters, and has {len(value)}.")
        if not _VALUE.fullmatch(value):
            raise Invalid(f"The part “({ai})” is empty or has characters that no label has.")
    return found


def _scanned(text: str) -> dict[str, str]:
    """As a scanner sends it: parts of a fixed length follow each other, others end at a separator or blank."""
    found: dict[str, str] = {}
    rest = text.replace(" ", _SEPARATOR)
    while rest := rest.lstrip(_SEPARATOR):
        ai = rest[:2]
        size = _FIXED.get(ai, 0)
        if not size:
            ai = next((one for one in _OPEN if rest.startswith(one)), "")
            if not ai:
                raise Invalid(f"The label has a part “{rest[:4]}…” that is not known here.")
        value, rest = (
            (rest[2 : 2 + size], rest[2 + size :])
            if size
            else (rest[len(ai) :].partition(_SEPARATOR)[0], rest.partition(_SEPARATOR)[2])
        )
        if size and len(value) != size:
            raise Invalid(f"The part “({ai})” must have {size} characters, and has {len(value)}.")
        if not _VALUE.fullmatch(value):
            raise Invalid(f"The part “({ai})” is empty or has characters that no label has.")
        found[ai] = value
    return found


def _check_gtin(di: str) -> None:
    """Weights 3 and 1 from the right, without the last digit, which completes the sum to tens."""
    if not di.isascii() or not di.isdigit():
        raise Invalid("The device identifier after “(01)” has 14 digits and nothing else.")
    total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(di[:-1])))
    if (10 - total % 10) % 10 != int(di[-1]):
        raise Invalid("The check digit of the device identifier does not fit: a digit is wrong.")


def _one(text: str) -> str:
    return text


# ICCBBA's data identifiers: what follows them, and the field that it is.
_PARTS: tuple[tuple[str, re.Pattern[str], str, Callable[[str], str]], ...] = (
    ("=/", re.compile(r"[A-Z0-9]{16}"), "di", _one),
    ("=)", re.compile(r"[A-Z0-9]{10}"), "di", _one),
    ("=,", re.compile(r"[A-Z0-9]{6}"), "serial", _one),
    ("=>", re.compile(r"\d{6}"), "expires", day_of_year),
    ("=}", re.compile(r"\d{6}"), "made", day_of_year),
    ("&,1", re.compile(r"[A-Z0-9]{18}"), "lot", _one),
    ("&)", re.compile(r"[A-Z0-9]{10}"), "lot", _one),
    ("=", re.compile(r"[A-NP-Z1-9][A-Z0-9]{4}\d{8}[A-Z0-9]{2}"), "donation", _one),
)


def _iccbba(text: str) -> Udi:
    """ISBT 128, as human cells, tissues and blood bags have it: parts that follow each other."""
    found = Udi(ICCBBA, "", text)
    rest = text.replace(_SEPARATOR, "").replace(" ", "")
    while rest:
        for mark, pattern, name, meant in _PARTS:
            match = pattern.match(rest, len(mark)) if rest.startswith(mark) else None
            if match:
                found = replace(found, **{name: meant(match.group())})
                rest = rest[match.end() :]
                break
        else:
            raise Invalid(f"The label has a part “{rest[:6]}…” that ISBT 128 does not know.")
    if not found.di:
        raise Invalid("The label has no device identifier: “=/” and 16 characters.")
    return found
