"""AuditEvent: the audit as FHIR shows it, for reading only; each is made of a row when it is asked for.

See https://hl7.org/fhir/R4/auditevent.html#search
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from osler.kit.errors import Invalid, NotFound
from osler.record import AuditPage, AuditQuery, audit_event
from osler.record.audit_words import ACTIONS, action
from osler.rest import bundles, subset
from osler.rest.instants import period
from osler.rest.interactions.history import count
from osler.rest.problems import Problem
from osler.rest.request import Request
from osler.rest.response import Response, version_headers

TYPE = "AuditEvent"
_DEFAULT, _MOST = 50, 1000

# What `_sort` takes, and the field of the audit that it means.
_SORTS = {
    "date": "at",
    "_lastUpdated": "at",
    "agent": "person",
    "agent-name": "actor_name",
    "action": "action",
    "type": "action",
    "subtype": "action",
    "patient": "patients",
    "outcome": "outcome",
    "entity": "type",
    "address": "address",
    "agent-role": "roles",
    "purpose": "purpose",
    "_id": "at",
}
_PAGING = frozenset(
    {"_count", "_cursor", "_sort", "_total", "_summary", "_elements", "_format", "_pretty"}
)


def read(request: Request) -> Response:
    """One event by the number of its row."""
    if not (request.id.isascii() and request.id.isdigit() and len(request.id) < 19):
        raise NotFound(f"There is no AuditEvent/{request.id}.")
    found = request.door.record.audit(request.principal, AuditQuery(seqs=(int(request.id),)))
    if not found.rows:
        raise NotFound(f"There is no AuditEvent/{request.id}.")
    version = audit_event.version(found.rows[0])
    content = subset.cut(version.content, subset.wanted(request))
    return Response(200, content, version_headers(version))


def search(request: Request) -> Response:
    """The events that match, newest first unless `_sort` says otherwise."""
    query, used = _parsed(request)
    summary = request.value("_summary")
    size = count(request)
    size = 0 if summary == "count" else min(_DEFAULT if size is None else size, _MOST)
    total = size == 0 or request.value("_total") in {"accurate", "estimate"}
    page = request.door.record.audit(request.principal, replace(query, count=size), total=total)
    wish = subset.wanted(request)
    versions = [audit_event.version(row) for row in page.rows]
    body = bundles.searchset(
        request.base,
        [(version, subset.cut(version.content, wish)) for version in versions],
        (),
        total=page.total,
        where=_links(request, used, page),
    )
    return Response(200, body)


def refused(request: Request) -> Response:
    """Nobody writes the audit."""
    raise ReadOnly(request.environ["REQUEST_METHOD"])


class ReadOnly(Problem):
    """An attempt to write the audit."""

    status = 405
    code = "not-supported"
    headers = (("Allow", "GET, HEAD, OPTIONS"),)

    def __init__(self, method: str) -> None:
        super().__init__(
            f"{method} is not possible: AuditEvents are written by the server alone, one for each"
            " access; nobody can create, change or delete one"
        )


def _links(request: Request, used: list[tuple[str, str]], page: AuditPage) -> list[tuple[str, str]]:
    path = f"{request.base}/{TYPE}"
    cursor = request.value("_cursor")
    here = used if cursor is None else [*used, ("_cursor", cursor)]
    links = [("self", bundles.address(path, here)), ("first", bundles.address(path, used))]
    if page.next is not None:
        after = base64.urlsafe_b64encode(json.dumps(page.next).encode()).decode().rstrip("=")
        links.append(("next", bundles.address(path, [*used, ("_cursor", after)])))
    return links


def _parsed(request: Request) -> tuple[AuditQuery, list[tuple[str, str]]]:
    """The query, and the parameters it was made of."""
    query = AuditQuery()
    used = []
    seen = set()
    for name, text in request.pairs:
        reader = PARAMETERS.get(name)
        if reader is None and name not in _PAGING:
            if request.prefer.lenient:
                continue
            known = ", ".join(sorted({*PARAMETERS, *_PAGING}))
            raise Invalid(f"AuditEvent is searched by {known}", expression=name)
        if name in seen and name not in {"date", "_lastUpdated"}:
            raise Invalid(f"{name} may be given only once", expression=name)
        seen.add(name)
        if name != "_cursor":
            used.append((name, text))
        if reader is not None and text:
            query = reader(query, text)
    query = replace(query, sort=_sort(request.value("_sort")))
    cursor = request.value("_cursor")
    return (query if cursor is None else replace(query, cursor=_place(cursor))), used


def _sort(text: str | None) -> str:
    if not text:
        return "-at"
    name, down = text.lstrip("-"), text.startswith("-")
    if name not in _SORTS:
        raise Invalid(f"_sort takes one of {', '.join(_SORTS)}", expression="_sort")
    return ("-" if down else "") + _SORTS[name]


def _place(cursor: str) -> tuple[str, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        value, seq = json.loads(text)
        return str(value), int(seq)
    except (ValueError, TypeError) as error:
        raise Invalid(
            "This page link is not one that this server made; start from page one."
        ) from error


# -- parameters ----------------------------------------------------------------------------------


def _codes(text: str) -> list[str]:
    """The codes of a token parameter's values, whatever their system."""
    return [value.rpartition("|")[2] for value in text.split(",") if value]


def _date(query: AuditQuery, text: str) -> AuditQuery:
    prefix = text[:2] if text[:1].isalpha() else "eq"
    low, high = period(text[2:] if text[:1].isalpha() else text, "date")
    since: datetime | None = None
    until: datetime | None = None
    match prefix:
        case "eq" | "ap":
            since, until = low, high
        case "ge" | "sa" | "gt":
            since = low if prefix == "ge" else high
        case "le" | "lt" | "eb":
            until = high if prefix == "le" else low
        case _:
            raise Invalid(f"date takes eq, ge, gt, le or lt; found {prefix}", expression="date")
    starts = [one for one in (query.since, since) if one is not None]
    ends = [one for one in (query.until, until) if one is not None]
    return replace(query, since=max(starts, default=None), until=min(ends, default=None))


def _patient(query: AuditQuery, text: str) -> AuditQuery:
    found = []
    for value in text.split(","):
        type, _, id = value.rpartition("/")
        if type.rpartition("/")[2] not in {"", "Patient"}:
            raise Invalid("patient takes the id of a Patient", expression="patient")
        found.append(id)
    return replace(query, patients=tuple(found))


def _agent(query: AuditQuery, text: str) -> AuditQuery:
    found = ["/".join(value.split("/")[-2:]) for value in text.split(",")]
    if any("/" not in value for value in found):
        raise Invalid("agent takes Practitioner/ID, Patient/ID …", expression="agent")
    return replace(query, persons=tuple(found))


def _entity(query: AuditQuery, text: str) -> AuditQuery:
    parts = text.split("/")
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    if len(parts) < 2 or "," in text:
        raise Invalid("entity takes one reference, as Observation/ID", expression="entity")
    type, id = parts[-2:]
    if type == "Patient":
        return _patient(query, id)
    return replace(query, types=(type,), id=id)


def _one_of(test: Callable[[str, set[str]], bool]) -> Callable[[AuditQuery, str], AuditQuery]:
    """A parameter that chooses among the actions; a further one chooses among those."""

    def reader(query: AuditQuery, text: str) -> AuditQuery:
        codes = set(_codes(text))
        among = query.actions or tuple(ACTIONS)
        return replace(query, actions=tuple(name for name in among if test(name, codes)) or ("",))

    return reader


def _has_subtype(name: str, codes: set[str]) -> bool:
    return name in codes or audit_event.subtype(name).code in codes


def _outcome(query: AuditQuery, text: str) -> AuditQuery:
    failed = {code != "0" for code in _codes(text)}
    return query if len(failed) != 1 else replace(query, failed=failed.pop())


def _purpose(query: AuditQuery, text: str) -> AuditQuery:
    return replace(query, purposes=tuple(_codes(text)))


PARAMETERS: dict[str, Callable[[AuditQuery, str], AuditQuery]] = {
    "_id": lambda query, text: replace(
        query, seqs=tuple(int(v) if v.isdigit() else -1 for v in text.split(","))
    ),
    "_lastUpdated": _date,
    "action": _one_of(lambda name, codes: action(name).crude in codes),
    "address": lambda query, text: replace(query, address=text),
    "agent": _agent,
    "agent:identifier": lambda query, text: replace(query, actors=tuple(_codes(text))),
    "agent.identifier": lambda query, text: replace(query, actors=tuple(_codes(text))),
    "agent-name": lambda query, text: replace(query, actor_name=text),
    "agent-role": lambda query, text: replace(query, roles=tuple(_codes(text))),
    "altid": lambda query, text: replace(query, actors=tuple(_codes(text))),
    "date": _date,
    "entity": _entity,
    "entity-type": lambda query, text: replace(query, entity_types=tuple(_codes(text))),
    "outcome": _outcome,
    "patient": _patient,
    "purpose": _purpose,
    "subtype": _one_of(_has_subtype),
    "type": _one_of(lambda name, codes: action(name).event in codes),
}


def kind(name: str) -> str:
    """The type of a search parameter, for the CapabilityStatement."""
    match name:
        case "date" | "_lastUpdated":
            return "date"
        case "agent" | "patient" | "entity":
            return "reference"
        case "address" | "agent-name":
            return "string"
        case _:
            return "token"
