"""Value sets and code systems for searches: those stored as resources, beside the definitions of R4."""

from __future__ import annotations

from osler.access import Rule, RulePolicy
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.record.held import Held
from osler.search import compile as sql_of
from osler.search.parse import parse
from osler.search.registry import Registry
from osler.search.terminology import Codes
from osler.search.tree import Everything
from osler.store import select

_TYPES = ("ValueSet", "CodeSystem")
POLICY = RulePolicy(Rule(type, Everything(), frozenset({"search"})) for type in _TYPES)
"""What looking up codes may see: definitions, which are about nobody."""


def codes(database: Held) -> Codes:
    """A Terminology that also knows the ValueSets and CodeSystems in the record."""

    def fetch(url: str) -> Resource | None:
        bare = url.partition("|")[0]
        for type in _TYPES:
            query = parse(type, [("url", bare)], Registry.builtin())
            with database.any() as conn:
                found = select.contents(conn, sql_of.select(query, POLICY, limit=1))
            if found:
                return decode(found[0])
        return None

    return Codes(fetch)
