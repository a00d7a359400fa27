"""Search by fields: each that was filled in is one more criterion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from osler.access import Principal
from osler.clinic.patients.person import person
from osler.clinic.patients.ranking import Grade
from osler.clinic.patients.searching import Found, marked, patients_of
from osler.record import Record
from osler.search import lookup
from osler.search.parse import parse
from osler.search.tree import And, Has, Match, Node, Or, Query

MOST = 50
_NODES = ("phone", "number", "payer")
"""Fields that are no one parameter of a search."""
_MARKS = str.maketrans({"\\": "\\\\", ",": "\\,", "|": "\\|", "$": "\\$"})


def search(record: Record, principal: Principal, values: Mapping[str, Any]) -> list[Found]:
    """The patients that fit all of it, by name; at most `MOST`."""
    pairs = [*_pairs(values)]
    if not pairs and not any(values.get(name) for name in _NODES):
        return []
    query = parse("Patient", [*pairs, ("_sort", "family,given"), ("_count", str(MOST))], record.registry)  # fmt: skip
    nodes: list[Node] = [query.where, *_numbers(record, values), *_payer(record, values)]
    used = (*query.used, *((name, "…") for name in _NODES if values.get(name)))
    asked = Query("Patient", And(tuple(nodes)), sort=query.sort, count=MOST, used=used)
    patients = patients_of(record, principal, asked)
    return marked([Found(person(one), Grade.EXACT) for one in patients])


def _pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    def text(name: str) -> str:
        return str(values.get(name) or "").strip().translate(_MARKS)

    pairs = [("name", word) for word in text("name").split()]
    pairs += [("birthdate", f"ge{text('born_from')}")] if text("born_from") else []
    pairs += [("birthdate", f"le{text('born_until')}")] if text("born_until") else []
    pairs += [("gender", text("gender"))] if text("gender") else []
    pairs += [("email", text("email"))] if text("email") else []
    pairs += [("address:contains", text("address"))] if text("address") else []
    pairs += [("general-practitioner", text("doctor"))] if text("doctor") else []
    if code := text("problem"):
        pairs.append(("_has:Condition:patient:code", code))
    match values.get("state"):
        case "active":
            pairs += [("active:not", "false"), ("deceased", "false")]
        case "inactive":
            pairs.append(("active", "false"))
        case "deceased":
            pairs.append(("deceased", "true"))
    return pairs


def _payer(record: Record, values: Mapping[str, Any]) -> list[Node]:
    """Insured under a member ID, or by a payer of this name."""
    said = str(values.get("payer") or "").strip().translate(_MARKS)
    beneficiary = record.registry.get("Coverage", "beneficiary")
    if not said or beneficiary is None:
        return []
    asked = (("identifier", said), ("payor:Organization.name", said))
    ways = tuple(parse("Coverage", [pair], record.registry).where for pair in asked)
    return [Has("Coverage", beneficiary, Or(ways))]


def _numbers(record: Record, values: Mapping[str, Any]) -> list[Node]:
    """Numbers as people write them."""
    nodes: list[Node] = []
    ends = list(lookup.ends(lookup.digits(str(values.get("phone") or ""))))[:1]
    phone, number = (record.registry.get("Patient", code) for code in ("phone", "identifier"))
    if ends and phone is not None:
        nodes.append(Match(phone, lookup.TYPED, (((lookup.DIGITS, ends[0]),),)))
    bare = lookup.bare(str(values.get("number") or ""))
    if bare and number is not None:
        nodes.append(Match(number, lookup.TYPED, (((lookup.BARE, bare),),)))
    return nodes
