"""Conditions on requests: the entity tags and dates of HTTP, and FHIR's searches in place of an id.

See https://hl7.org/fhir/R4/http.html#concurrency and https://hl7.org/fhir/R4/http.html#cond-update
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from osler.kit.errors import Invalid, PreconditionFailed
from osler.record import Version
from osler.rest.request import Request

_TAG = re.compile(r'(?:W/)?"?([^",\s]*)"?')
_NO_VERSION = 0


def if_match(request: Request) -> int | None:
    """The version that If-Match says must be current; None where it says nothing (or `*`)."""
    header = request.header("IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    found = _TAG.fullmatch(header.strip())
    if found is None:
        raise Invalid('If-Match must be one entity tag, as W/"3"')
    if not _is_version(found[1]):
        raise PreconditionFailed("If-Match names a version that this resource never had")
    return int(found[1])


def must_not_exist(request: Request) -> bool:
    """Whether `If-None-Match: *` forbids an update to replace anything."""
    header = request.header("IF_NONE_MATCH")
    if header is None:
        return False
    if header.strip() != "*":
        raise Invalid("If-None-Match of an update must be *")
    return True


def unchanged(request: Request, version: Version) -> bool:
    """Whether the client already has this version, so that 304 answers it."""
    tags = request.environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        if tags.strip() == "*":
            return True
        return str(version.version) in _TAG.findall(tags)
    since = request.environ.get("HTTP_IF_MODIFIED_SINCE")
    if since is None:
        return False
    moment = _http_moment(since)
    return moment is not None and version.updated.replace(microsecond=0) <= moment


def _http_moment(text: str) -> datetime | None:
    """The instant of an HTTP date; None where it is not one, which RFC 9110 says to ignore."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and _NO_VERSION < len(text) <= 9


def criteria(request: Request) -> str:
    """The search that stands in the place of an id; refused where it selects nothing in particular."""
    query: str = request.environ.get("QUERY_STRING", "")
    general = ("_format", "_pretty")
    if not any(name not in general for name, _ in request.pairs):
        raise PreconditionFailed(
            "A conditional interaction needs search criteria, as ?identifier=…"
        )
    kept = [part for part in query.split("&") if part.partition("=")[0] not in general]
    return "&".join(kept)
