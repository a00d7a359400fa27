"""The limits of one provision of a Consent: for whom, what for, when and about which data it speaks.

https://hl7.org/fhir/R4/consent.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Literal, TypeVar

from osler.access.caller import kinds_of, purposes
from osler.access.groups import about_patients
from osler.fhir.r4 import RESOURCES
from osler.fhir.r4.consent import ConsentProvision, ConsentProvisionActor
from osler.fhir.r4.datatypes import CodeableConcept, Coding, Period
from osler.search.date import span
from osler.search.hashing import CODE, CODING, key
from osler.search.persons import label_keys
from osler.search.reference import target
from osler.search.registry import Registry

Effect = Literal["permit", "deny"]
ROLES = "urn:osler:role"
"""The system of the codes of Osler's roles, as `actor.role`."""
NEVER = datetime.min.replace(tzinfo=UTC)
EVER = datetime.max.replace(tzinfo=UTC)

_T = TypeVar("_T", str, int)
_TYPES = "http://hl7.org/fhir/resource-types"
_PROFILE = "http://hl7.org/fhir/StructureDefinition/"
_ACTIONS = frozenset({"collect", "access", "use", "disclose", "correct"})
_READING = frozenset({"access", "use", "disclose"})
_MEANT = frozenset({"instance", "related", "dependents"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provision is confined to; an empty set confines nothing."""

    actors: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    labels: frozenset[int] = frozenset()
    types: frozenset[str] = frozenset()
    codes: frozenset[int] = frozenset()
    resources: frozenset[str] = frozenset()
    low: datetime = NEVER
    high: datetime = EVER
    data_low: datetime = NEVER
    data_high: datetime = EVER

    def within(self, outer: Limits) -> Limits | None:
        """These limits inside those of the provision around; None where nothing can be within both.

        Of actors, labels and codes a caller or resource may have several, so that "one of these and one of
        those" is no set; there the inner ones are kept, and the search asks the outer provision too.
        """
        both = Limits(
            self.actors or outer.actors,
            _common_purposes(self.purposes, outer.purposes),
            self.labels or outer.labels,
            (self.types & outer.types) if self.types and outer.types else self.types | outer.types,
            self.codes or outer.codes,
            self.resources or outer.resources,
            max(self.low, outer.low),
            min(self.high, outer.high),
            max(self.data_low, outer.data_low),
            min(self.data_high, outer.data_high),
        )
        for mine, theirs, left in (
            (self.types, outer.types, both.types),
            (self.purposes, outer.purposes, both.purposes),
        ):
            if mine and theirs and not left:
                return None
        empty = both.low >= both.high or both.data_low >= both.data_high
        return None if empty else both


def _common_purposes(mine: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    if not mine or not theirs:
        return mine | theirs
    narrower = {one for one in mine if theirs & set(kinds_of(one))}
    return frozenset(narrower | {one for one in theirs if mine & set(kinds_of(one))})


def concerns_reading(provision: ConsentProvision) -> bool:
    """Whether a provision is about seeing data at all, and not only about collecting or correcting them."""
    codes = {coding.code for one in provision.action or () for coding in one.coding or ()}
    return not codes or not codes <= _ACTIONS or bool(codes & _READING)


def limits_of(provision: ConsentProvision, effect: Effect, base_url: str) -> Limits | None:
    """The limits of a provision alone; None for a permission that has one which is not understood."""
    try:
        low, high = _period(provision.period)
        data_low, data_high = _period(provision.dataPeriod)
        return Limits(
            _known((_actor(one, base_url) for one in provision.actor or ()), effect),
            _known((_purpose(one) for one in provision.purpose or ()), effect),
            _known((_label(one) for one in provision.securityLabel or ()), effect),
            _known((_type(one) for one in provision.class_ or ()), effect),
            _codes(provision.code or (), effect),
            _known(
                (
                    _resource(one.reference.reference, base_url) if one.meaning in _MEANT else None
                    for one in provision.data or ()
                ),
                effect,
            ),
            low,
            high,
            data_low,
            data_high,
        )
    except _NotUnderstood:
        return None


class _NotUnderstood(Exception):
    """A limit of a permission of which nothing is understood."""


def _known(values: Iterable[_T | None], effect: Effect) -> frozenset[_T]:
    """The values of a limit that are understood. Where one is not, a denial is not limited by it."""
    found = list(values)
    known = frozenset(one for one in found if one is not None)
    if None not in found:
        return known
    if effect == "deny":
        return frozenset()
    if not known:
        raise _NotUnderstood
    return known


def _actor(actor: ConsentProvisionActor, base_url: str) -> str | None:
    """Who, as "Practitioner/1"; another server's actor is nobody here, and named by the URL."""
    for coding in actor.role.coding or ():
        if coding.system == ROLES and coding.code:
            return f"role:{coding.code}"
    return _resource(actor.reference.reference, base_url)


def _resource(text: str | None, base_url: str) -> str | None:
    if not text or text.startswith("#"):
        return None
    type, id = target(text, base_url)
    return f"{type}/{id}" if type else id


def _purpose(coding: Coding) -> str | None:
    return coding.code if coding.code in purposes() else None


def _label(coding: Coding) -> int | None:
    return label_keys(((coding.system, coding.code),))[0] if coding.code else None


def _type(coding: Coding) -> str | None:
    code = (coding.code or "").removeprefix(_PROFILE)
    if code in RESOURCES and (coding.system in {_TYPES, None} or code != coding.code):
        return code
    return None


@cache
def _code_names() -> tuple[str, ...]:
    """The search parameters that say what a resource about a patient is about."""
    registry = Registry.builtin()
    named = [(type, "code") for type in sorted(about_patients())]
    named += [
        ("Immunization", "vaccine-code"),
        ("DocumentReference", "type"),
        ("Composition", "type"),
    ]
    found = (registry.get(type, code) for type, code in named)
    return tuple(param.name for param in found if param is not None and param.kind == "token")


def _codes(concepts: Iterable[CodeableConcept], effect: Effect) -> frozenset[int]:
    found: list[tuple[int, ...] | None] = []
    for concept in concepts:
        codings = [one for one in concept.coding or () if one.code]
        found.append(tuple(k for one in codings for k in _code_keys(one)) or None)
    pairs = (k for keys in found for k in (keys if keys is not None else (None,)))
    return _known(pairs, effect)


def _code_keys(coding: Coding) -> Iterable[int]:
    code = coding.code or ""
    for name in _code_names():
        yield key(CODING, name, coding.system, code) if coding.system else key(CODE, name, code)


def _period(period: Period | None) -> tuple[datetime, datetime]:
    """From (inclusive) and to (exclusive): an end of 2026-05 is the last instant of May."""
    if period is None:
        return NEVER, EVER
    return (
        span(period.start)[0] if period.start else NEVER,
        span(period.end)[1] if period.end else EVER,
    )
