"""The primitive types of FHIR R4 as annotated Python types; https://hl7.org/fhir/R4/datatypes.html#primitive

Temporal values stay `str`, as they were written; decimals are `Decimal`, so that 1.50 stays 1.50.
"""

from __future__ import annotations

import decimal
from typing import Annotated, Final, TypeVar

from msgspec import Meta

T = TypeVar("T")

_LEAP = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_MONTH_DAY = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
)
_YEAR = r"(?!0000)[0-9]{4}"
_DAY = rf"(?:{_YEAR}-{_MONTH_DAY}|(?!0000){_LEAP}-02-29)"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?"
_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)"

PATTERNS: Final[dict[str, str]] = {
    "base64Binary": r"^[0-9A-Za-z+/\s]+={0,2}\s*\Z",
    "canonical": r"^\S+\Z",
    "code": r"^\S+(?:\s\S+)*\Z",
    "date": rf"^(?:{_DAY}|{_YEAR}(?:-(?:0[1-9]|1[0-2]))?)\Z",
    "dateTime": rf"^(?:{_DAY}(?:T{_TIME}{_ZONE})?|{_YEAR}(?:-(?:0[1-9]|1[0-2]))?)\Z",
    "id": r"^[A-Za-z0-9.-]{1,64}\Z",
    "instant": rf"^{_DAY}T{_TIME}{_ZONE}\Z",
    "oid": r"^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+\Z",
    "time": rf"^{_TIME}\Z",
    "uri": r"^\S+\Z",
    "url": r"^\S+\Z",
    "uuid": r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z",
}
"""Regular expressions by FHIR type. `\\d` is only ever matched against text, so digits are ASCII (see `re.A`)."""

BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "integer": (-(2**31), 2**31 - 1),
    "positiveInt": (1, 2**31 - 1),
    "unsignedInt": (0, 2**31 - 1),
}
EXPONENT_LIMIT: Final = 1000
"""A decimal of a larger magnitude is refused: 1e999999999 is legal JSON and a denial of service."""
DIGIT_LIMIT: Final = 120


def _text(fhir_type: str) -> Meta:
    return Meta(pattern="(?a)" + PATTERNS[fhir_type])


def _whole(fhir_type: str) -> Meta:
    low, high = BOUNDS[fhir_type]
    return Meta(ge=low, le=high)


Many = Annotated[list[T], Meta(min_length=1)]
"""A repeating element. FHIR forbids the empty list: an absent element is left out."""

Boolean = bool
Decimal = decimal.Decimal
String = Annotated[str, Meta(min_length=1)]
Markdown = Annotated[str, Meta(min_length=1)]
Xhtml = Annotated[str, Meta(min_length=1)]
Base64Binary = Annotated[str, _text("base64Binary")]
Canonical = Annotated[str, _text("canonical")]
Code = Annotated[str, _text("code")]
Date = Annotated[str, _text("date")]
DateTime = Annotated[str, _text("dateTime")]
Id = Annotated[str, _text("id")]
Instant = Annotated[str, _text("instant")]
Oid = Annotated[str, _text("oid")]
Time = Annotated[str, _text("time")]
Uri = Annotated[str, _text("uri")]
Url = Annotated[str, _text("url")]
Uuid = Annotated[str, _text("uuid")]
Integer = Annotated[int, _whole("integer")]
PositiveInt = Annotated[int, _whole("positiveInt")]
UnsignedInt = Annotated[int, _whole("unsignedInt")]


def unruly(value: decimal.Decimal) -> bool:
    """Whether a decimal is too large, too small or too long to be a clinical number."""
    return not -EXPONENT_LIMIT < value.adjusted() < EXPONENT_LIMIT or len(str(value)) > DIGIT_LIMIT
