"""Searches of one patient's record, as notes need them: resources with the version they were seen in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from osler.access import Principal
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit.errors import NotAllowed
from osler.record import Record, Version
from osler.search.parse import parse

R = TypeVar("R", bound=Resource)


def of(version: Version) -> str:
    """The reference of a version."""
    return f"{version.type}/{version.id}/_history/{version.version}"


def search(
    record: Record, principal: Principal, kind: type[R], *pairs: tuple[str, str]
) -> list[tuple[str, R]]:
    """(versioned reference, resource) of what matches; nothing of a type the principal may not see."""
    try:
        asked = [_named(*pair) for pair in pairs]
        page = record.search(principal, parse(kind.__name__, asked, record.registry))
    except NotAllowed:
        return []
    found = [(of(match), decode(match.content)) for match in page.matches]
    return [(ref, one) for ref, one in found if isinstance(one, kind)]


def by_ids(
    record: Record, principal: Principal, type: str, ids: Iterable[str], patient: str
) -> list[Version]:
    """The current versions of these ids that are this patient's."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    pairs = [("_id", ",".join(wanted)), _named("patient", patient), ("_count", str(len(wanted)))]
    try:
        return list(record.search(principal, parse(type, pairs, record.registry)).matches)
    except NotAllowed:
        return []


def _named(name: str, value: str) -> tuple[str, str]:
    """The patient with their type: of a bare id, others than patients are looked for too, by a long statement."""
    return name, f"Patient/{value}" if name == "patient" and "/" not in value else value


def split(ref: str) -> tuple[str, str, int]:
    """Type, id and version of a versioned reference."""
    type, id, _, version = ref.split("/")
    return type, id, int(version)


def bare(ref: str) -> str:
    """A reference without its version."""
    return "/".join(ref.split("/")[:2])
