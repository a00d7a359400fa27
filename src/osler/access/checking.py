"""Whether a role makes sense: what is unknown or contradictory in it is refused before it applies."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from osler.access import groups, reach
from osler.access.caller import kinds_of, purposes
from osler.access.labels import CATEGORIES, PSYCHOTHERAPY
from osler.access.role import INTERACTIONS, PERMISSIONS, WRITING, Grant, Role
from osler.access.variables import parsed
from osler.fhir.model import Elements
from osler.fhir.r4 import RESOURCES, type_class
from osler.kit.errors import Issue, OslerError
from osler.search.registry import Registry

PROXY_CATEGORIES = frozenset({"clinical", "scheduling", "billing", "messages"})
_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
_RESERVED = frozenset({"local"})
_ALWAYS_SHOWN = frozenset({"id", "meta", "resourceType", "text", "contained"})
_IDLE_AT_MOST = 12 * 60


def check(role: Role, registry: Registry | None = None) -> list[Issue]:
    """What is wrong with a role, and how to mend it; nothing where it may be used."""
    known = registry or Registry.builtin()
    found = list(_of_role(role))
    for at, grant in enumerate(role.grants):
        found.extend(
            replace(one, expression=f"grants[{at}].{one.expression}")
            for one in _of_grant(grant, role, known)
        )
    return found


_Findings = Iterator[Issue]


def _of_role(role: Role) -> _Findings:
    if not _CODE.fullmatch(role.code):
        yield Issue(
            "value",
            f"found {role.code!r}, expected small letters, digits and hyphens, as in night-nurse",
            "code",
        )
    if role.code in _RESERVED:
        yield Issue(
            "value", f"{role.code!r} is the operator at the machine; choose another code", "code"
        )
    if not role.name.strip():
        yield Issue("value", "A role needs a name that people understand", "name")
    for one in _unknown(role.permissions, PERMISSIONS):
        known = ", ".join(PERMISSIONS)
        yield Issue("value", f"There is no permission {one!r}; there are {known}", "permissions")
    yield from _unknown_purposes(role.purposes)
    if not role.purposes:
        yield Issue(
            "value",
            "A role needs at least one purpose of use, such as TREAT; the first is the usual one",
            "purposes",
        )
    if not 1 <= role.idle_minutes <= _IDLE_AT_MOST:
        yield Issue(
            "value", f"found {role.idle_minutes}, expected 1 to {_IDLE_AT_MOST}", "idle_minutes"
        )


def _of_grant(grant: Grant, role: Role, registry: Registry) -> _Findings:
    yield from _of_types(grant)
    for one in _unknown(grant.interactions, INTERACTIONS):
        known = ", ".join(sorted(INTERACTIONS))
        yield Issue("value", f"There is no interaction {one!r}; there are {known}", "interactions")
    if not grant.interactions:
        yield Issue("value", "A grant without interactions allows nothing", "interactions")
    yield from _unknown_purposes(grant.purposes)
    if grant.purposes and not any(_serves(one, role) for one in grant.purposes):
        yield Issue(
            "value",
            f"The role has none of these purposes; it has {', '.join(role.purposes)}",
            "purposes",
        )
    for one in _unknown(grant.labels, CATEGORIES):
        known = ", ".join(sorted(CATEGORIES))
        yield Issue("value", f"There is no sensitive category {one!r}; there are {known}", "labels")
    if PSYCHOTHERAPY in grant.labels:
        yield Issue(
            "value",
            "Psychotherapy notes are open to their author only; no role can open them",
            "labels",
        )
    yield from _of_needs(grant)
    yield from _of_where(grant, registry)
    yield from _of_patients(grant, registry)
    yield from _of_elements("hidden", grant.hidden, grant)
    yield from _of_elements("readonly", grant.readonly, grant)
    if grant.readonly and not grant.interactions & WRITING:
        yield Issue(
            "value",
            "The grant changes nothing; elements that may not be changed mean nothing in it",
            "readonly",
        )


def _unknown(found: Iterable[str], known: Collection[str]) -> list[str]:
    return sorted(set(found) - set(known))


def _unknown_purposes(found: Iterable[str]) -> _Findings:
    for one in _unknown(found, purposes()):
        yield Issue("value", f"There is no purpose of use {one!r}", "purposes")


def _serves(purpose: str, role: Role) -> bool:
    return any(purpose in kinds_of(one) for one in role.purposes)


def _of_types(grant: Grant) -> _Findings:
    unknown = [name.removeprefix("-") for name in grant.types]
    unknown = [name for name in unknown if not groups.members(name)]
    for name in unknown:
        if "@" in name:
            yield Issue("value", f"There is no group of types {name!r}", "types")
        else:
            yield Issue("value", f"There is no resource type {name!r}", "types")
    if not unknown and not groups.expand(grant.types):
        yield Issue("value", "A grant needs at least one resource type", "types")


def _of_needs(grant: Grant) -> _Findings:
    kind, _, category = grant.needs.partition(":")
    if kind not in {"", "proxy", "scopes"} or (category and kind != "proxy"):
        yield Issue(
            "value",
            f"found {grant.needs!r}, expected proxy, proxy: and a category, or scopes",
            "needs",
        )
    elif category and category not in PROXY_CATEGORIES:
        known = ", ".join(sorted(PROXY_CATEGORIES))
        yield Issue("value", f"Proxies have no category {category!r}; there are {known}", "needs")
    if kind == "proxy" and grant.patients not in {reach.OWN, ""}:
        yield Issue("value", f"A proxy acts for one patient: patients must be {reach.OWN}", "needs")


def _of_where(grant: Grant, registry: Registry) -> _Findings:
    if not grant.where:
        return
    wrong: dict[str, list[str]] = {}
    for type in sorted(groups.expand(grant.types)):
        try:
            parsed(type, grant.where, registry)
        except OslerError as error:
            wrong.setdefault(str(error).replace(type, "The type", 1), []).append(type)
    for text, types in wrong.items():
        yield Issue(
            "value",
            f"{text} ({', '.join(types)}); make a grant of its own for those types",
            "where",
        )


def _of_patients(grant: Grant, registry: Registry) -> _Findings:
    whose = grant.patients
    if not whose:
        return
    if whose.startswith("@") and whose not in {*reach.NAMED, reach.NOBODY}:
        known = ", ".join(sorted((*reach.NAMED, reach.NOBODY)))
        yield Issue(
            "value",
            f"There is no {whose!r}; there are {known}, or write a search of Patients",
            "patients",
        )
        return
    if not whose.startswith("@"):
        try:
            parsed("Patient", whose, registry)
        except OslerError as error:
            yield Issue("value", str(error), "patients")
    if not groups.expand(grant.types) & groups.about_patients():
        yield Issue("value", "None of the types is about a patient; leave patients out", "patients")


def _of_elements(place: str, paths: tuple[str, ...], grant: Grant) -> _Findings:
    types = groups.expand(grant.types)
    for path in paths:
        type, _, element = path.partition(".")
        if type not in RESOURCES or not element:
            yield Issue(
                "value",
                f"found {path!r}, expected a type and an element of it, as Patient.photo",
                place,
            )
        elif type not in types:
            yield Issue("value", f"{path}: the grant is not about {type}", place)
        elif element in _ALWAYS_SHOWN and place == "hidden":
            yield Issue(
                "value", f"{path} cannot be hidden; nothing could be done with the resource", place
            )
        elif not _exists(type, element):
            yield Issue("value", f"There is no element {path}", place)


def _exists(type: str, element: str) -> bool:
    """Whether the element is there, by its name in the element table: `value` for value[x]."""
    inside = [type]
    for name in element.split("."):
        inside = [
            one.type for each in inside for one in _elements(each).get(name.removesuffix("[x]"), ())
        ]
        if not inside:
            return False
    return True


def _elements(type: str) -> Elements:
    try:
        return type_class(type).__fhir_elements__
    except KeyError:
        return {}
