"""A principal with the facts about it, in the form that rules are compiled with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from osler.access.facts import Facts
from osler.access.principal import Principal
from osler.access.reach import OWN
from osler.access.role import Grant, Role
from osler.access.variables import ids
from osler.fhir import definitions
from osler.search.registry import Registry

PURPOSES = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
"""The code system of the value set v3-PurposeOfUse."""


@cache
def _ancestors() -> dict[str, tuple[str, ...]]:
    system = definitions.code_system(PURPOSES)
    known = definitions.value_set("http://terminology.hl7.org/ValueSet/v3-PurposeOfUse") or {}
    codes = {code for some in known.values() for code in some} - {"PurposeOfUse"}
    concepts = system.concepts if system is not None else ()
    return {
        one.code: tuple(code for code in one.ancestors if code in codes)
        for one in concepts
        if one.code in codes
    }


def purposes() -> frozenset[str]:
    """The codes of v3-PurposeOfUse."""
    return frozenset(_ancestors())


def kinds_of(purpose: str) -> tuple[str, ...]:
    """A purpose and those it is a kind of, so that emergency treatment is treatment."""
    return (purpose, *_ancestors().get(purpose, ()))


@dataclass(frozen=True)
class Caller:
    """Who asks, and what is known of them."""

    principal: Principal
    facts: Facts
    registry: Registry

    @property
    def me(self) -> str | None:
        """The logical id of the Practitioner the caller is."""
        return self._person("Practitioner")

    def _person(self, type: str) -> str | None:
        kind, _, id = (self.principal.person or "").partition("/")
        return next(iter(ids(id)), None) if kind == type else None

    @property
    def values(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What the variables of rules stand for."""
        return (
            ("me", ids(self.me)),
            ("patient", ids(self.principal.patient)),
            ("related", ids(self._person("RelatedPerson"))),
            ("organizations", ids(*self.facts.organizations)),
            ("locations", ids(*self.facts.locations)),
        )

    def actors(self, role: Role) -> tuple[str, ...]:
        """All that the caller answers to in a consent, acting in a role."""
        person = self.principal.person
        return tuple(
            sorted(
                {
                    *self.facts.actors,
                    *([person] if person else []),
                    *(f"Organization/{id}" for id in self.facts.organizations),
                    *(f"Location/{id}" for id in self.facts.locations),
                    f"role:{role.code}",
                }
            )
        )

    def purpose(self, role: Role) -> str | None:
        """The purpose of use in a role: what was said, else the usual one; None where it is not the role's."""
        said = self.principal.purpose
        if said is None:
            return role.purposes[0] if role.purposes else None
        emergency = role.break_glass and bool(self.facts.glass) and "ETREAT" in kinds_of(said)
        return said if said in role.purposes or emergency else None

    def has(self, role: Role, grant: Grant) -> bool:
        """Whether a grant of a role applies: its purpose, and what it needs of the caller."""
        purpose = self.purpose(role)
        if purpose is None:
            return False
        if grant.purposes and not set(kinds_of(purpose)) & set(grant.purposes):
            return False
        return self._meets(grant)

    def _meets(self, grant: Grant) -> bool:
        proxy = self.principal.proxy
        if proxy is not None and proxy.until is not None and proxy.until <= self.facts.now:
            return False
        kind, _, category = grant.needs.partition(":")
        match kind:
            case "":
                return grant.patients != OWN or proxy is None
            case "proxy":
                return proxy is not None and (not category or category in proxy.categories)
            case "scopes":
                return bool(self.principal.scopes)
            case _:
                return False
