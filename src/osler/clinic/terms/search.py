"""Terms for what somebody types: from Osler's own tables, from an imported release where there is one, by use.

search(record, principal, "diagnosis", "heart attack")  → (Term("…icd-10-cm", "I21.9", …), …)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from osler.access import Principal
from osler.clinic.terms import drugs, tables
from osler.clinic.terms.matching import Index, best, entry
from osler.clinic.terms.tables import Term
from osler.clinic.terms.words import Unit, fold, units
from osler.kit.errors import NotFound
from osler.record import Record
from osler.record import terms as imported

MOST = 12
_CODE = re.compile(r"[A-Za-z]\d[0-9A-Za-z]([0-9A-Za-z.]{0,5})")
_OUT_OF_LISTS = frozenset({"IN", "PIN", "MIN", "BN"})


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can be looked for: the systems of its codes, and what is shipped of them."""

    systems: tuple[str, ...]
    shipped: Callable[[], tuple[Term, ...]]
    imports: bool = False


def _allergens() -> tuple[Term, ...]:
    return (*tables.drug_classes(), *drugs.ingredient_terms(), *tables.substances())


KINDS: dict[str, Kind] = {
    "diagnosis": Kind((tables.ICD,), tables.diagnoses, imports=True),
    "drug": Kind((tables.RXNORM,), drugs.shipped, imports=True),
    "allergen": Kind((tables.RXNORM, tables.SNOMED, tables.CLASSES), _allergens),
    "reaction": Kind((tables.SNOMED,), tables.reactions),
    "procedure": Kind((tables.SNOMED,), tables.procedures),
    "vaccine": Kind((tables.CVX,), tables.vaccines, imports=True),
    "manufacturer": Kind((tables.MVX,), tables.manufacturers, imports=True),
}


def search(
    record: Record, principal: Principal, kind: str, text: str, limit: int = MOST
) -> list[Term]:
    """The best answers to what was typed, best first; before anything is typed, what this person chooses most.

    Raises NotFound for a kind that there is not.
    """
    what = _kind(kind)
    uses = imported.uses(record.database, principal, what.systems)
    found = index(kind).find(text, uses, limit)
    if not what.imports or not fold(text) or (len(found) >= limit and _sure(found, text)):
        return found
    return _merged(found, _imported(record, what, text, uses, limit), limit)


def term(record: Record, kind: str, value: str) -> Term | None:
    """The term that a form's "system|code" means; None where no table or release has it."""
    what = _kind(kind)
    known = _values(kind).get(value)
    system, _, code = value.rpartition("|")
    if known is not None or system not in what.systems or not what.imports:
        return known
    found = imported.named(record.database, system, _stored(system, code))
    return _term(system, code, *found) if found else None


def chosen(record: Record, principal: Principal, term: Term | None) -> None:
    """Remember that this person chose a term: next time it comes first."""
    if term is not None:
        imported.chosen(record.database, principal, term.system, term.code)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise NotFound(
            f"There are no terms of the kind {name[:40]!r}; there are {', '.join(KINDS)}."
        )
    return KINDS[name]


@cache
def index(kind: str) -> Index:
    """The shipped terms of a kind, ready for questions."""
    return Index(_kind(kind).shipped())


@cache
def _values(kind: str) -> Mapping[str, Term]:
    return {one.value: one for one in _kind(kind).shipped()}


def _sure(found: list[Term], text: str) -> bool:
    """Whether enough is found that an imported release could only add what is rarer."""
    return bool(found) and not _CODE.fullmatch(text.strip())


def _imported(record: Record, what: Kind, text: str, uses: Mapping[str, int], limit: int) -> list[Term]:  # fmt: skip
    rows = imported.find(record.database, what.systems, question(text))
    if _CODE.fullmatch(text.strip()):
        start = text.strip().upper().replace(".", "")
        rows += imported.by_code(record.database, what.systems, start)
    terms = [_term(*row) for row in rows if row[3] not in _OUT_OF_LISTS]
    return best(map(entry, terms), text, uses, limit)


def question(text: str) -> str:
    """What was typed as a tsquery: every unit as said or as meant, every word a beginning."""
    return " & ".join(f"({' | '.join(_ways(unit))})" for unit in units(text))


def _ways(unit: Unit) -> list[str]:
    ways = dict.fromkeys((unit.said, *unit.meant))
    words = ([word for part in way for word in re.findall(r"[a-z0-9]+", part)] for way in ways)
    return [" & ".join(f"{word}:*" for word in way) for way in words]


def _merged(first: list[Term], second: list[Term], limit: int) -> list[Term]:
    known = {one.value for one in first}
    return [*first, *(one for one in second if one.value not in known)][:limit]


def _term(system: str, code: str, name: str, kind: str) -> Term:
    """A row of a release as a term of ours."""
    match system:
        case tables.ICD:
            return Term(system, dotted(code), name)
        case tables.RXNORM:
            parts = drugs.ingredients_of(None, name)
            return Term(
                system,
                code,
                drugs.readable(name),
                members=tuple((one.name, one.code) for one in parts),
            )
        case _:
            return Term(system, code, name, about="" if kind != "Inactive" else "historical")


def dotted(code: str) -> str:
    """A code of ICD-10-CM with its point: E119 → E11.9."""
    plain = code.replace(".", "")
    return plain if len(plain) <= 3 else f"{plain[:3]}.{plain[3:]}"


def _stored(system: str, code: str) -> str:
    return code.replace(".", "") if system == tables.ICD else code
