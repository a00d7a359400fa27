"""The search parameters in force: those of R4 and the practice's own SearchParameter resources.

A custom parameter is indexed for every write from the moment it is stored, and may be searched by once
`reindex` has indexed what was there before.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass

from osler.fhir import path, r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.fhir.definitions import SearchParameterDef
from osler.kit.database import Database
from osler.kit.errors import Invalid, Issue
from osler.search.parameter import Parameter
from osler.search.registry import Registry
from osler.store import registry as stored

POLL_SECONDS = 1.0
"""How long another process may go on with the parameters it knows after one was changed."""


@dataclass(frozen=True, slots=True)
class Custom:
    """A stored search parameter and the sha256 of its resource without version and time."""

    definition: SearchParameterDef
    digest: str


class Parameters:
    """The registries of one process, kept up to date with the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._builtin = Registry.builtin()
        self._searching = self._indexing = self._builtin
        self._version = -1
        self._next_look = 0.0
        self._lock = threading.Lock()

    @property
    def registry(self) -> Registry:
        """Parameters that may be searched by."""
        return self._searching

    @property
    def indexing(self) -> Registry:
        """Parameters that writes are indexed by: also those still waiting for `reindex`."""
        return self._indexing

    def refresh(self) -> None:
        """Look at the database now."""
        with self._lock:
            self._look()

    def look(self) -> None:
        """Follow the database, at most once a second. Not while holding a connection: this takes one."""
        if time.monotonic() < self._next_look:
            return
        # While one looks the others go on with what is known: they would wait one after another for a
        # database that is away.
        if not self._lock.acquire(blocking=self._version < 0):
            return
        try:
            if time.monotonic() >= self._next_look:
                self._look()
        finally:
            self._lock.release()

    def _look(self) -> None:
        with self._database.connection() as conn:
            version = stored.version(conn)
            if version != self._version:
                custom = customs(stored.definitions(conn))
                active = {(p.url, p.definition) for p in stored.progress(conn) if p.active}
                self._set(custom, active)
                self._version = version
        self._next_look = time.monotonic() + POLL_SECONDS

    def _set(self, custom: list[Custom], active: set[tuple[str, str]]) -> None:
        if not custom:
            self._searching = self._indexing = self._builtin
            return
        self._indexing = self._builtin.with_custom([c.definition for c in custom])
        ready = [c.definition for c in custom if (c.definition.url, c.digest) in active]
        self._searching = self._builtin.with_custom(ready)


def customs(contents: list[bytes]) -> list[Custom]:
    """The usable ones among stored SearchParameter resources: active, and not R4's own."""
    found = []
    for content in contents:
        resource = decode(content)
        assert isinstance(resource, r4.SearchParameter)
        usable = resource.status != "retired" and resource.expression and resource.type != "special"
        if usable and not _standard(resource) and not findings(resource):
            found.append(Custom(_definition(resource), _digest(resource)))
    return found


def findings(resource: Resource) -> list[Issue]:
    """What keeps a SearchParameter from being used; nothing for other resources.

    Refused when it is stored, because a search that silently finds nothing is worse.
    """
    if not isinstance(resource, r4.SearchParameter) or resource.status == "retired":
        return []
    issues = []
    if resource.expression:
        try:
            path.compile(resource.expression)
        except Invalid as error:
            where = "SearchParameter.expression"
            issues.append(Issue("invalid", error.issues[0].diagnostics, where))
    for base, taken in _taken(resource):
        if taken.url != resource.url:
            text = f"{base} has a search parameter {resource.code!r} already; choose another code."
            issues.append(Issue("duplicate", text, "SearchParameter.code"))
    return issues


def _standard(resource: r4.SearchParameter) -> bool:
    """Whether it is one of the specification's own, which are known without being stored."""
    return any(taken.url == resource.url for _, taken in _taken(resource))


def _taken(resource: r4.SearchParameter) -> list[tuple[str, Parameter]]:
    """R4's parameters of the same code, by type."""
    known = Registry.builtin()
    bases = [base for base in resource.base or () if base in r4.RESOURCES]
    found = [(base, known.get(base, resource.code or "")) for base in bases if base]
    return [(base, one) for base, one in found if one is not None]


def _definition(resource: r4.SearchParameter) -> SearchParameterDef:
    assert resource.url
    assert resource.code
    assert resource.type
    return SearchParameterDef(
        url=resource.url,
        code=resource.code,
        type=resource.type,
        base=tuple(base for base in resource.base or () if base),
        expression=resource.expression or "",
        target=tuple(target for target in resource.target or () if target),
        components=tuple(
            (component.definition or "", component.expression or "")
            for component in resource.component or ()
        ),
    )


def _digest(resource: r4.SearchParameter) -> str:
    parts = (resource.url, resource.code, resource.type, resource.expression, resource.base)
    return hashlib.sha256(repr(parts).encode()).hexdigest()
