"""The answer as a value, and the headers that describe a version of a resource."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus

from osler.record import Version

Header = tuple[str, str]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "",
    *["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
)
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Response:
    """Status, headers and body: bytes, or chunks that are sent as they come.

    `plain` marks a body that is not FHIR JSON (health, metrics), which is never reformatted.
    """

    __slots__ = ("body", "chunks", "headers", "plain", "status")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        headers: list[Header] | None = None,
        *,
        chunks: Iterable[bytes] | None = None,
        plain: str | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = [] if headers is None else headers
        self.chunks = chunks
        self.plain = plain


def http_date(at: datetime) -> str:
    """An instant as HTTP writes it (RFC 9110 5.6.7); the standard library's is five times slower."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    day, month = _DAYS[at.weekday()], _MONTHS[at.month]
    return f"{day}, {at.day:02} {month} {at.year:04} {at.hour:02}:{at.minute:02}:{at.second:02} GMT"


def etag(version: int) -> str:
    """The weak entity tag of a version."""
    return f'W/"{version}"'


def version_headers(version: Version) -> list[Header]:
    """ETag and Last-Modified of a version."""
    return [("ETag", f'W/"{version.version}"'), ("Last-Modified", http_date(version.updated))]
