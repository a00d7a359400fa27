"""What people type for a measurement, understood: '72kg', '159 lb', '7 lb 5 oz', 5'10", '98,6', '138/84'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from osler.clinic.vitals.said import NotUnderstood, Said
from osler.fhir.ucum import convert
from osler.kit.words import N_

Kind = Literal["weight", "length", "temperature", "pressure", "rate", "percent", "score", "flow"]
_NUMBER = r"\d+(?:[.,]\d+)?|[.,]\d+"
_ONE = re.compile(rf"({_NUMBER})\s*(.*)")
_TWO = re.compile(rf"({_NUMBER})\s*([a-z'′’]+)\.?\s*(?:,|and)?\s*({_NUMBER})\s*([a-z\"″”']*)\.?")
_PAIR = re.compile(r"(\d{1,3})\s*(?:/|\\|over|on|,|-|\s)\s*(\d{1,3})\s*(?:mm\s?\[?hg\]?)?")
_WORDS: dict[Kind, dict[str, str]] = {
    "weight": {
        "kg": "kg kgs kilo kilos kilogram kilograms k",
        "g": "g gm gr gram grams",
        "[lb_av]": "lb lbs pound pounds # l",
        "[oz_av]": "oz ounce ounces",
    },
    "length": {
        "cm": "cm cms centimeter centimeters centimetre centimetres",
        "m": "m meter meters metre metres",
        "mm": "mm",
        "[in_i]": "in ins inch inches \" ″ ” ''",
        "[ft_i]": "ft feet foot ' ′ ’",
    },
    "temperature": {"Cel": "c °c cel celsius", "[degF]": "f °f fahrenheit"},
    "rate": {"/min": "/min bpm min per minute /m"},
    "percent": {"%": "% pct percent"},
    "score": {"{score}": "/10 of ten"},
    "flow": {"L/min": "l/min l lpm"},
    "pressure": {"mm[Hg]": "mmhg mm[hg]"},
}
_UNITS = {
    kind: {word: unit for unit, words in known.items() for word in words.split()}
    for kind, known in _WORDS.items()
}
_UNITS["rate"]["per minute"] = "/min"
_PARTS = {("[lb_av]", "[oz_av]"): 16, ("[ft_i]", "[in_i]"): 12}
_SMALL = {"[lb_av]": "[oz_av]", "[ft_i]": "[in_i]"}


@dataclass(frozen=True, slots=True)
class Measure:
    """A number in a UCUM unit, as it was measured."""

    value: Decimal
    unit: str

    def to(self, unit: str) -> Decimal:
        """The number in another unit of the same kind."""
        found = convert(self.value, self.unit, unit)
        assert found is not None, f"{self.unit} and {unit} measure the same"
        return found


@dataclass(frozen=True, slots=True)
class Pressure:
    """Systolic and diastolic, in mmHg."""

    systolic: Decimal
    diastolic: Decimal


def measure(text: str, kind: Kind, unit: str) -> Measure:
    """One measurement; `unit` is meant where none is typed. Raises NotUnderstood with what could be typed instead."""
    typed = _plain(text)
    two = _TWO.fullmatch(typed)
    if two is not None and (found := _parts(two, kind)) is not None:
        return found
    one = _ONE.fullmatch(typed)
    if one is None:
        raise NotUnderstood(_not_understood(text, kind))
    given = one[2].strip().rstrip(".")
    if given and given not in _UNITS[kind]:
        raise NotUnderstood(_not_understood(text, kind))
    typed_unit = _UNITS[kind].get(given, "")
    value = _number(one[1], thousands=typed_unit == "g")
    return _stored(Measure(value, typed_unit or _meant(value, kind, unit)))


def pressure(text: str) -> Pressure:
    """A blood pressure such as '138/84', '138 84' or '138 over 84'. Raises NotUnderstood."""
    found = _PAIR.fullmatch(_plain(text))
    if found is None:
        raise NotUnderstood(Said(N_("Enter systolic and diastolic, such as 138/84.")))
    return Pressure(Decimal(found[1]), Decimal(found[2]))


def gestation(text: str) -> int:
    """Days of gestation at birth of '32+4', '32 4/7', '32w4d' or '32'. Raises NotUnderstood."""
    found = re.fullmatch(
        r"(\d{2})\s*(?:w(?:eeks?|k)?)?\s*(?:\+?\s*([0-6])\s*(?:/\s*7|d(?:ays?)?)?)?", _plain(text)
    )
    if found is None or not 20 <= int(found[1]) <= 44:
        raise NotUnderstood(Said(N_("Enter weeks and days from 20 to 44 weeks, such as 32+4.")))
    return int(found[1]) * 7 + int(found[2] or 0)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("\u00a0", " ").split())


def _number(text: str, *, thousands: bool = False) -> Decimal:
    if thousands and re.fullmatch(r"\d{1,3},\d{3}", text):
        return Decimal(text.replace(",", ""))
    plain = text.replace(",", ".")
    return Decimal(f"0{plain}" if plain.startswith(".") else plain)


def _parts(found: re.Match[str], kind: Kind) -> Measure | None:
    """Pounds and ounces, feet and inches; the smaller unit may be left out. None where it is neither."""
    large = _UNITS[kind].get(found[2], "")
    small = _UNITS[kind].get(found[4], "") if found[4] else _SMALL.get(large, "")
    each = _PARTS.get((large, small))
    if each is None:
        return None
    rest = _number(found[3])
    if rest >= each:
        about = {"each": str(each), "rest": str(rest)}
        text = N_("Enter less than %(each)s after the whole number; %(rest)s was typed.")
        raise NotUnderstood(Said(text, about))
    if small == "[oz_av]":
        return Measure(_rounded(_number(found[1]) + rest / each), large)
    return Measure(_number(found[1]) * each + rest, small)


def _meant(value: Decimal, kind: Kind, unit: str) -> str:
    """The unit of a bare number. Degrees tell themselves: no body is both 37 °C and 37 °F."""
    if kind == "temperature" and Decimal(25) <= value <= Decimal(45):
        return "Cel"
    if kind == "temperature" and Decimal(77) <= value <= Decimal(115):
        return "[degF]"
    return unit


def _stored(given: Measure) -> Measure:
    """In a unit that the profiles of vital signs allow: grams stay, meters and feet do not."""
    match given.unit:
        case "m" | "mm":
            return Measure(given.to("cm"), "cm")
        case "[ft_i]":
            return Measure(given.to("[in_i]"), "[in_i]")
        case "[oz_av]":
            return Measure(_rounded(given.to("[lb_av]")), "[lb_av]")
    return given


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001")).normalize() + Decimal(0)


def _not_understood(text: str, kind: Kind) -> Said:
    examples = {
        "weight": "72 kg, 159 lb, 7 lb 5 oz",
        "length": "178 cm, 70 in, 5'10\"",
        "temperature": "98.6, 37.0",
    }
    about = {"typed": text[:30], "example": examples.get(kind, "72")}
    return Said(N_("“%(typed)s” was not understood. Enter a number, such as: %(example)s."), about)
