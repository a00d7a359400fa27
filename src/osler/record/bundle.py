"""Bundles of requests: transactions (all or nothing) and batches (each on its own).

https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from osler.access import Principal
from osler.fhir import r4
from osler.fhir.r4.bundle import Bundle, BundleEntry
from osler.kit.errors import Invalid, Issue, NotSupported, OslerError
from osler.record.ops import Checks, Create, Delete, Op, Outcome, Patch, Update
from osler.record.plan import place, relocated
from osler.store.rows import Version

if TYPE_CHECKING:
    from osler.record import Record

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_VERSION_TAG = re.compile(r'(?:W/)?"([0-9]+)"')


@dataclass(frozen=True, slots=True)
class Got:
    """The answer to a GET entry: a resource or searchset Bundle as JSON bytes."""

    status: int
    body: bytes
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class EntryResult:
    """What came of one entry: an outcome of a write, an answer to a GET, or (batches only) an error."""

    outcome: Outcome | None = None
    got: Got | None = None
    error: OslerError | None = None

    @property
    def version(self) -> Version | None:
        """The version written or found by a write."""
        return self.outcome.version if self.outcome else None


Get = Callable[[str, str], Got]
"""(address relative to the base, `at`) -> answer; raises OslerError."""


def process(
    record: Record, principal: Principal, bundle: Bundle, *, get: Get, checks: Checks
) -> list[EntryResult]:
    """Carry out a batch or transaction; one result for each entry, in their order.

    Raises:
        Invalid: the Bundle is of another type, or an entry is not a request.
        OslerError: from a transaction: nothing was written.
    """
    entries = bundle.entry or []
    match bundle.type:
        case "transaction":
            return _transaction(record, principal, entries, get, checks)
        case "batch":
            return [
                _one(record, principal, entry, f"Bundle.entry[{i}]", get, checks)
                for i, entry in enumerate(entries)
            ]
        case other:
            raise Invalid(
                f"A Bundle of type {other!r} cannot be carried out; expected batch or transaction.",
                expression="Bundle.type",
            )


def _transaction(
    record: Record,
    principal: Principal,
    entries: Sequence[BundleEntry],
    get: Get,
    checks: Checks,
) -> list[EntryResult]:
    places = [f"Bundle.entry[{i}]" for i in range(len(entries))]
    methods = [_method(entry, at) for entry, at in zip(entries, places, strict=True)]
    writes = [i for i, method in enumerate(methods) if method not in ("GET", "HEAD")]
    ops = [op_of(entries[i], places[i], record.base_url) for i in writes]
    ops = [replace(op, source="api") for op in ops]
    outcomes = record.commit(principal, ops, checks=checks) if ops else []
    results: dict[int, EntryResult] = {
        i: EntryResult(outcome=outcome) for i, outcome in zip(writes, outcomes, strict=True)
    }
    for i, method in enumerate(methods):
        if method in ("GET", "HEAD"):
            results[i] = EntryResult(got=get(_address(entries[i], record.base_url), places[i]))
    return [results[i] for i in range(len(entries))]


def _one(
    record: Record, principal: Principal, entry: BundleEntry, at: str, get: Get, checks: Checks
) -> EntryResult:
    try:
        if _method(entry, at) in ("GET", "HEAD"):
            return EntryResult(got=get(_address(entry, record.base_url), at))
        op = op_of(entry, at, record.base_url)
        return EntryResult(
            outcome=record.commit(principal, [replace(op, source="api")], checks=checks)[0]
        )
    except OslerError as error:
        return EntryResult(error=relocated(error, at))


def _method(entry: BundleEntry, at: str) -> str:
    if entry.request is None:
        raise Invalid(
            "This entry has no request: say what to do with it.", expression=f"{at}.request"
        )
    return str(entry.request.method)


def _address(entry: BundleEntry, base_url: str | None) -> str:
    """request.url relative to the base of this server."""
    assert entry.request is not None
    url = entry.request.url or ""
    if base_url and url.startswith(base_url.rstrip("/") + "/"):
        url = url[len(base_url.rstrip("/")) + 1 :]
    return url.lstrip("/")


def op_of(entry: BundleEntry, at: str, base_url: str | None) -> Op:
    """The write that an entry asks for.

    Raises:
        Invalid: the request's address does not fit its method or its resource.
        NotSupported: a method or address that cannot stand in a Bundle.
    """
    request = entry.request
    assert request is not None
    address = urlsplit(_address(entry, base_url))
    path = [unquote(part) for part in address.path.split("/") if part]
    type_ = path[0] if path else ""
    if type_ not in r4.RESOURCES or len(path) > 2:
        raise NotSupported(
            f"{request.method} {request.url} cannot be carried out in a Bundle;"
            " expected Type, Type/id or Type?criteria.",
            expression=f"{at}.request.url",
        )
    id = path[1] if len(path) == 2 else None
    if id is not None and not _ID.fullmatch(id):
        raise Invalid(f"{id[:80]!r} cannot be an id.", expression=f"{at}.request.url")
    where = address.query or None
    try:
        return _op(entry, at, type_, id, where)
    except Invalid as error:
        error.issues = tuple(
            replace(issue, expression=issue.expression or f"{at}.request.url")
            for issue in error.issues
        )
        raise


def _op(entry: BundleEntry, at: str, type: str, id: str | None, where: str | None) -> Op:
    request = entry.request
    assert request is not None
    if_match = version_of_tag(request.ifMatch, f"{at}.request.ifMatch")
    names_one = (id is None) != (where is None)
    match request.method:
        case "POST" if id is None and where is None:
            resource = _resource(entry, at, type)
            return Create(resource, request.ifNoneExist, entry.fullUrl, at)
        case "PUT" if names_one:
            resource = _resource(entry, at, type)
            if id is not None:
                if resource.id not in (None, id):
                    raise Invalid(
                        f"The address says {type}/{id}, the resource's id is {resource.id}.",
                        expression=place(at, f"{type}.id"),
                    )
                resource.id = id
            return Update(resource, if_match, where, request.ifNoneMatch == "*", entry.fullUrl, at)
        case "PATCH" if names_one:
            return Patch(type, _patch_document(entry, at), id, where, if_match, entry.fullUrl, at)
        case "DELETE" if names_one:
            return Delete(type, id, where, if_match, entry.fullUrl, at)
    raise Invalid(f"{request.method} does not go with the address {request.url}.")


def _resource(entry: BundleEntry, at: str, type: str) -> r4.Resource:
    resource = entry.resource
    if resource is None:
        raise Invalid("This entry has no resource to write.", expression=f"{at}.resource")
    if resource.resourceType != type:
        raise Invalid(
            f"The address says {type}, the resource is a {resource.resourceType}.",
            expression=f"{at}.resource",
        )
    return resource


def _patch_document(entry: BundleEntry, at: str) -> bytes:
    """A JSON Patch in a Bundle travels as a Binary.  https://hl7.org/fhir/R4/http.html#patch"""
    from base64 import b64decode

    resource = entry.resource
    if resource is None or resource.resourceType != "Binary":
        raise Invalid(
            "A PATCH entry carries its JSON Patch in a Binary.", expression=f"{at}.resource"
        )
    assert isinstance(resource, r4.Binary)
    return b64decode(resource.data or "")


def version_of_tag(tag: str | None, expression: str | None = None) -> int | None:
    """The version number of an entity tag: W/"3" is 3.

    Raises:
        Invalid: not such a tag.
    """
    if tag is None:
        return None
    match = _VERSION_TAG.fullmatch(tag.strip())
    if match is None:
        raise Invalid(f'{tag!r} is no version tag; expected W/"3".', expression=expression)
    return int(match[1])


def issues_of(error: OslerError) -> tuple[Issue, ...]:
    """The issues of an entry's error."""
    return error.issues
