"""Content negotiation: what the client accepts, prefers and sends.

See https://hl7.org/fhir/R4/http.html#mime-type and https://hl7.org/fhir/R4/http.html#ops
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from osler.kit.errors import Invalid
from osler.rest.problems import NotAcceptable, UnsupportedMedia

FHIR = "application/fhir+json"
JSON = "application/json"
TEXT = "text/json"
JSON_PATCH = "application/json-patch+json"
FORM = "application/x-www-form-urlencoded"

_ANSWERS = {
    FHIR: FHIR,
    "application/json+fhir": FHIR,
    "application/*": FHIR,
    "*/*": FHIR,
    JSON: JSON,
    TEXT: TEXT,
    "text/*": TEXT,
}
_FORMATS = {"json": FHIR, FHIR: FHIR, "application/json+fhir": FHIR, JSON: JSON, TEXT: TEXT}
BODIES = frozenset({FHIR, "application/json+fhir", JSON, TEXT})
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})

Return = Literal["minimal", "representation", "OperationOutcome"]


def _parameters(text: str) -> tuple[str, dict[str, str]]:
    """`a/b; q=1; c="d"` as its value (lower case) and its parameters."""
    value, *rest = text.split(";")
    parameters = {}
    for part in rest:
        name, _, content = part.partition("=")
        parameters[name.strip().lower()] = content.strip().strip('"')
    return value.strip().lower(), parameters


def _quality(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0


def _right_version(parameters: dict[str, str]) -> bool:
    return parameters.get("fhirversion", "4.0").startswith("4.0")


@lru_cache(maxsize=256)
def accepted(accept: str) -> str:
    """The media type to answer with for an Accept header; NotAcceptable where there is none."""
    best, best_quality = "", 0.0
    for item in accept.split(","):
        value, parameters = _parameters(item)
        answer = _ANSWERS.get(value)
        quality = _quality(parameters)
        if answer and quality > best_quality and _right_version(parameters):
            best, best_quality = answer, quality
    if not best and accept.strip():
        raise NotAcceptable(f"Answers are {FHIR} (FHIR 4.0) only; XML and Turtle are not written")
    return best or FHIR


@lru_cache(maxsize=256)
def wishes(accept: str) -> tuple[tuple[str, float], ...]:
    """The media types of an Accept header, each with its quality."""
    items = map(_parameters, accept.split(","))
    return tuple((value, _quality(given)) for value, given in items)


def is_fhir(content_type: str) -> bool:
    """Whether a body says that it is a FHIR resource, or a form of FHIR that we do not read."""
    value, _ = _parameters(content_type)
    return value in BODIES or value.startswith("application/fhir")


@lru_cache(maxsize=256)
def html_wanted(accept: str) -> bool:
    """Whether an Accept header asks for HTML by name, as browsers do and FHIR clients do not."""
    items = map(_parameters, accept.split(","))
    return any(value == "text/html" and _quality(given) > 0 for value, given in items)


def formatted(value: str) -> str:
    """The media type that a `_format` parameter asks for."""
    # An unescaped + in a query string arrives as a space.
    name, parameters = _parameters(value.strip().replace(" ", "+"))
    answer = _FORMATS.get(name)
    if answer is None or not _right_version(parameters):
        raise NotAcceptable(f"_format must be json (or {FHIR}); XML and Turtle are not written")
    return answer


@lru_cache(maxsize=256)
def body_type(content_type: str) -> str:
    """The media type of a request body, its charset checked."""
    value, parameters = _parameters(content_type)
    if parameters.get("charset", "utf-8").lower() not in _CHARSETS:
        raise UnsupportedMedia("Bodies must be UTF-8")
    if not _right_version(parameters):
        raise UnsupportedMedia("Bodies must be FHIR version 4.0")
    return value


def require_json(content_type: str) -> None:
    """Refuse a body that does not say it is JSON."""
    if body_type(content_type) not in BODIES:
        raise UnsupportedMedia(f"Content-Type must be {FHIR} (or {JSON})")


@lru_cache(maxsize=256)
def gzip_wanted(accept_encoding: str) -> bool:
    """Whether the client reads gzip."""
    for item in accept_encoding.split(","):
        value, parameters = _parameters(item)
        if value in ("gzip", "*"):
            return _quality(parameters) > 0
    return False


@dataclass(frozen=True, slots=True)
class Prefer:
    """What a Prefer header asks for; None where it is silent."""

    answer: Return | None = None
    lenient: bool | None = None


SILENT = Prefer()


@lru_cache(maxsize=256)
def preferences(prefer: str) -> Prefer:
    """A Prefer header as a value; a preference that we do not know is ignored, as RFC 7240 asks."""
    answer: Return | None = None
    lenient: bool | None = None
    for item in prefer.replace(";", ",").split(","):
        name, _, value = item.strip().partition("=")
        match name.strip().lower(), value.strip().strip('"'):
            case "return", ("minimal" | "representation" | "OperationOutcome") as wish:
                answer = wish
            case "handling", "lenient":
                lenient = True
            case "handling", "strict":
                lenient = False
            case _:
                continue
    return Prefer(answer, lenient)


def flag(value: str, name: str) -> bool:
    """A query parameter that is true or false."""
    match value:
        case "true" | "":
            return True
        case "false":
            return False
        case _:
            raise Invalid(f"{name} must be true or false", expression=name)
