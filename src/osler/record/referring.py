"""What refers to a resource, within what the principal may see.

    for group in referring(record, principal, "Practitioner", "1"): group.type, group.param, group.found

Which parameters to ask by comes from the index; what is answered comes from searches, each under the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from osler.access import Principal
from osler.fhir.r4 import RESOURCES
from osler.kit.errors import NotAllowed
from osler.search.parameter import Storage
from osler.search.parse import parse
from osler.search.tree import Nothing
from osler.store import referring as store
from osler.store.rows import Version

if TYPE_CHECKING:
    from osler.record import Record

_GROUPS_AT_MOST = 60


@dataclass(frozen=True, slots=True)
class Group:
    """Resources of one type that refer by one parameter; `more`: there are others."""

    type: str
    param: str
    found: tuple[Version, ...]
    more: bool


def referring(
    record: Record, principal: Principal, type: str, id: str, count: int = 10
) -> list[Group]:
    """The newest few by type and parameter. Raises NotFound where the resource itself may not be seen."""
    record.read(principal, type, id)
    with record.database.connection() as conn:
        numbers = set(store.params(conn, type, id))
        about = set(store.types_about(conn, id)) if type == "Patient" else set()
    groups = []
    for source, code in _parameters(record, principal, numbers, about)[:_GROUPS_AT_MOST]:
        pairs = [(code, f"{type}/{id}"), ("_count", str(count)), ("_sort", "-_lastUpdated")]
        try:
            page = record.search(principal, parse(source, pairs, record.registry))
        except NotAllowed:
            continue
        if page.matches:
            groups.append(Group(source, code, page.matches, page.next is not None))
    return groups


def _parameters(
    record: Record, principal: Principal, numbers: set[int], about: set[str]
) -> list[tuple[str, str]]:
    policy, registry = record.policy(principal), record.registry
    found = []
    for type in sorted(RESOURCES):
        if isinstance(policy.where(type, "search"), Nothing):
            continue
        for code, param in registry.for_type(type).items():
            if param.kind != "reference":
                continue
            by_column = type in about and param.storage is Storage.PATIENT
            if by_column or (param.storage is Storage.ROWS and param.id in numbers):
                found.append((type, code))
    return found
