"""Searches that are no stored parameter: `near`, and words in the narrative or anywhere in the content.

https://hl7.org/fhir/R4/search.html#special
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from psycopg import sql

from osler.kit.errors import Invalid, NotSupported
from osler.search.parameter import Parameter
from osler.search.scope import Scope, any_of
from osler.search.text import split
from osler.search.tree import Match, Words

_KM: dict[str, float] = {
    "km": 1.0,
    "m": 0.001,
    "[mi_i]": 1.609344,
    "mi": 1.609344,
    "[mi_us]": 1.609347,
}
_DEFAULT_KM = 10.0
_EARTH_KM = 6371.0
_TAGS = "<[^>]*>"


@dataclass(frozen=True, slots=True)
class Place:
    """A point in degrees and a radius in kilometres."""

    latitude: float
    longitude: float
    km: float


def parse(param: Parameter, _: str | None, text: str) -> Place:
    """`latitude|longitude|distance|units`; distance and units may be left out (10 km)."""
    if param.code != "near":
        raise NotSupported(f"{param.code}: this special parameter is not supported")
    parts = [*split(text, "|"), "", ""]
    try:
        latitude, longitude = float(Decimal(parts[0])), float(Decimal(parts[1]))
        distance = float(Decimal(parts[2])) if parts[2] else None
    except (InvalidOperation, OverflowError, ValueError):
        raise _bad_place(text) from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or (parts[3] or "km") not in _KM:
        raise _bad_place(text)
    if distance is not None and not 0 <= distance <= 50_000:
        raise _bad_place(text)
    km = _DEFAULT_KM if distance is None else distance * _KM[parts[3] or "km"]
    return Place(latitude, longitude, km)


def _bad_place(text: str) -> Invalid:
    return Invalid(
        f"near: found {text!r}, expected latitude|longitude|distance|unit (km, m or [mi_i])"
    )


_DISTANCE = sql.SQL(
    "({earth} * acos(least(1, greatest(-1, sin(radians({lat})) * sin(radians({there_lat}))"
    " + cos(radians({lat})) * cos(radians({there_lat})) * cos(radians({there_lon} - {lon})))))) <= {km}"
)


def condition(match: Match, scope: Scope) -> sql.Composable:
    """Places within the radius, on a sphere. Nothing is indexed: places are few, and their content is read."""
    # A number beyond any degree must not break everybody's search.
    position = sql.SQL("least(greatest(({} #>> {})::numeric, -1000), 1000)::float8")
    content = scope.column("content")
    return any_of(
        [
            _DISTANCE.format(
                earth=sql.Literal(_EARTH_KM),
                lat=sql.Literal(place.latitude),
                lon=sql.Literal(place.longitude),
                there_lat=position.format(content, sql.Literal("{position,latitude}")),
                there_lon=position.format(content, sql.Literal("{position,longitude}")),
                km=sql.Literal(place.km + math.ulp(place.km)),
            )
            for place in match.values
        ]
    )


def present(_: Parameter, scope: Scope) -> sql.Composable:
    """Places with a position."""
    return sql.SQL("{} #> '{{position}}' IS NOT NULL").format(scope.column("content"))


def words_query(text: str, *, everywhere: bool) -> Words:
    """`_text` or `_content`: words, quoted phrases, `or`, and `-` for not."""
    if not re.search(r"\w", text):
        raise Invalid(f"{'_content' if everywhere else '_text'}: found no words in {text!r}")
    return Words(text, everywhere)


def words(node: Words, scope: Scope) -> sql.Composable:
    """Unindexed: PostgreSQL reads the content of every row that the other conditions leave.

    `_content` reads all strings, names of properties excluded; tags of the narrative do not count.
    """
    content = scope.column("content")
    if node.everywhere:
        vector = sql.SQL(
            "jsonb_to_tsvector('simple', {}::jsonb #- '{{resourceType}}', '[\"string\"]')"
        ).format(content)
    else:
        text = sql.SQL("regexp_replace({} #>> '{{text,div}}', {}, ' ', 'g')").format(
            content, sql.Literal(_TAGS)
        )
        vector = sql.SQL("to_tsvector('simple', coalesce({}, ''))").format(text)
    return sql.SQL("{} @@ websearch_to_tsquery('simple', {})").format(
        vector, sql.Literal(node.text)
    )
