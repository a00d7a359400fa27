"""What was signed stays as it was signed: a Composition that is final is only added to, or marked as in error."""

from __future__ import annotations

import re
from typing import Any

from osler.access import Principal
from osler.fhir.codec import encode
from osler.kit.errors import Conflict
from osler.record import fields
from osler.record.plan import Work

_TYPE = "Composition"
_NEXT = {
    "final": {"final", "amended", "entered-in-error"},
    "amended": {"amended", "entered-in-error"},
    "entered-in-error": {"entered-in-error"},
}
# A second signature and the reason of a mark come later; the narrative repeats what the sections say.
_MAY_GROW = frozenset({"attester", "extension"})
_OWN = frozenset({"id", "meta", "status", "text", *_MAY_GROW})
_PATIENT = re.compile(r"Patient/[A-Za-z0-9.-]{1,64}(?:/_history/\d+)?")


def check(work: Work, principal: Principal) -> None:
    """Raises Conflict where a write would change or delete what has been signed."""
    if work.type != _TYPE or work.before is None or work.before.deleted:
        return
    before = fields.parse(work.before.content)
    allowed = _NEXT.get(str(before.get("status")))
    if allowed is None:
        return
    if work.resource is None:
        raise _refused(work, "it cannot be deleted")
    after = fields.parse(encode(work.resource))
    if _moves(
        work, principal
    ):  # Two records of one person become one: it says whose it is, no more.
        before, after = _of_anybody(before), _of_anybody(after)
    if after.get("status") not in allowed:
        raise _refused(work, f"its status may become {' or '.join(sorted(allowed))} only")
    for name in sorted((before.keys() | after.keys()) - _OWN):
        if before.get(name) != after.get(name):
            raise _refused(work, f"{name} cannot be changed")
    for name in sorted(_MAY_GROW):
        if not _grown(name, before, after):
            raise _refused(work, f"what it has as {name} stays")


def _moves(work: Work, principal: Principal) -> bool:
    """Whether the machine that merges records, or takes that back, points a note to its patient."""
    return "local" in principal.roles and (work.op.source or "").startswith("merge:")


def _of_anybody(node: Any) -> Any:
    """The same without whose it is."""
    match node:
        case dict():
            return {
                name: _PATIENT.sub("Patient/", inner)
                if name == "reference" and isinstance(inner, str)
                else _of_anybody(inner)
                for name, inner in node.items()
            }
        case list():
            return [_of_anybody(inner) for inner in node]
    return node


def _grown(name: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
    old, new = before.get(name) or [], after.get(name) or []
    if name == "attester":
        return bool(new[: len(old)] == old)
    return all(one in new for one in old)


def _refused(work: Work, why: str) -> Conflict:
    return Conflict(
        f"{work.type}/{work.id} is signed: {why}."
        " Write a new Composition that relates to it (appends, replaces), or mark it as entered in error.",
        expression=work.at or None,
    )
