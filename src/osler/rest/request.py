"""The request as a value: lazily read, so that a plain read pays for nothing it does not use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from osler.access import LOCAL, Origin, Principal
from osler.fhir import codec
from osler.fhir.base import Resource
from osler.kit.errors import Invalid, TooLarge, Unavailable
from osler.record import Record
from osler.rest import body, negotiate
from osler.rest.arrivals import Arrivals
from osler.rest.options import BASE, Options
from osler.rest.problems import UnsupportedMedia
from osler.rest.table import Route, Table
from osler.search.registry import Registry

_MAX_FIELDS = 2000
_MAX_AGENT = 200


class Known:
    """The search parameters that were last in force, for when the database cannot be asked."""

    __slots__ = ("_last", "_record")

    def __init__(self, record: Record) -> None:
        self._record = record
        self._last: Registry | None = None

    def now(self) -> Registry:
        """Those in force now. Raises Unavailable."""
        self._last = self._record.registry
        return self._last

    def last(self) -> Registry:
        """Those in force now or, where the database is away, when it last answered.

        Raises:
            Unavailable: it has never answered.
        """
        try:
            return self.now()
        except Unavailable:
            if self._last is None:
                raise
            return self._last


Authenticate = Callable[[Mapping[str, Any]], Principal]


def local(environ: Mapping[str, Any]) -> Principal:  # noqa: ARG001 - whoever can call is the operator
    """Everybody is the operator: for a door that is used in this process alone, never for a port."""
    return LOCAL


@dataclass(frozen=True, slots=True)
class Door:
    """What every request needs.

    `ready` raises Unavailable where the database does not answer; `authenticate` says who asks, or
    raises NotAuthenticated.
    """

    record: Record
    options: Options
    table: Table
    ready: Callable[[], None]
    metrics: Callable[[], tuple[str, bytes]]
    arrivals: Arrivals = field(default_factory=Arrivals)
    authenticate: Authenticate = local
    known: Known = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", Known(self.record))


class Request:
    """One request. `type`, `id`, `version` and `member` come from the path, "" where it has none."""

    __slots__ = (
        "_body",
        "_pairs",
        "_principal",
        "door",
        "environ",
        "id",
        "member",
        "request_id",
        "route",
        "type",
        "version",
    )

    def __init__(
        self, door: Door, environ: dict[str, Any], route: Route, values: list[str], request_id: str
    ) -> None:
        self.door = door
        self.environ = environ
        self.route = route
        self.request_id = request_id
        self.type = self.id = self.version = self.member = ""
        for name, value in zip(route.names, values, strict=True):
            setattr(self, name, value)
        self._pairs: list[tuple[str, str]] | None = None
        self._body: bytes | None = None
        self._principal: Principal | None = None

    def header(self, name: str) -> str | None:
        """A header by its WSGI name without HTTP_, as IF_MATCH."""
        value: str | None = self.environ.get("HTTP_" + name)
        return value

    @property
    def base(self) -> str:
        """The base URL of the FHIR API, without a slash at the end."""
        configured = self.door.options.base_url
        if configured:
            return configured
        environ = self.environ
        return f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{BASE}"

    @property
    def principal(self) -> Principal:
        """Who asks, and from where; asked once. Raises NotAuthenticated."""
        if self._principal is None:
            found = self.door.authenticate(self.environ)
            self._principal = replace(found, origin=self._origin())
        return self._principal

    def _origin(self) -> Origin:
        agent = self.environ.get("HTTP_USER_AGENT", "")[:_MAX_AGENT].replace("\0", "")
        return Origin(self.environ.get("REMOTE_ADDR", ""), agent, self.request_id)

    @property
    def prefer(self) -> negotiate.Prefer:
        """What the client prefers."""
        header = self.environ.get("HTTP_PREFER")
        return negotiate.preferences(header) if header else negotiate.SILENT

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the query string and, for a search form, of the body."""
        if self._pairs is None:
            self._pairs = self._parse(self.environ.get("QUERY_STRING", ""))
            if self.route.form:
                self._pairs += self._form()
        return self._pairs

    def values(self, name: str) -> list[str]:
        """All values of a parameter."""
        return [value for key, value in self.pairs if key == name]

    def value(self, name: str) -> str | None:
        """The value of a parameter that may be given once."""
        values = self.values(name)
        if len(values) > 1:
            raise Invalid(f"{name} may be given only once", expression=name)
        return values[0] if values else None

    def _form(self) -> list[tuple[str, str]]:
        content = self.body()
        kind = self.environ.get("CONTENT_TYPE", "")
        if not content:
            return []
        if negotiate.body_type(kind) != negotiate.FORM:
            raise UnsupportedMedia(f"A search is posted as {negotiate.FORM}")
        try:
            return self._parse(content.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise Invalid("The form is not UTF-8") from error

    def _parse(self, text: str) -> list[tuple[str, str]]:
        if not text:
            return []
        if len(text) > self.door.options.max_query:
            raise TooLarge("The query is too long")
        try:
            pairs = parse_qsl(
                text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
            )
        except ValueError as error:
            raise Invalid("The query is not valid percent-encoded UTF-8") from error
        if "%00" in text or "\0" in text:
            raise Invalid("The query contains a NUL character")
        return pairs

    def body(self) -> bytes:
        """The body, read once."""
        if self._body is None:
            self._body = body.read(self.environ, self.door.options, self.door.arrivals)
        return self._body

    def content(self) -> bytes:
        """The body, which must be JSON and must not be empty."""
        content = self.body()
        if not content:
            raise Invalid("The request has no body")
        negotiate.require_json(self.environ.get("CONTENT_TYPE", ""))
        return content

    def resource(self) -> Resource:
        """The body as a resource of the type in the path, if there is one there."""
        resource = codec.decode(self.content())
        if self.type and resource.resourceType != self.type:
            raise Invalid(
                f"The path says {self.type}, the body is a {resource.resourceType}",
                expression=f"{resource.resourceType}",
            )
        return resource
