"""Whether a role makes sense: what is unknown or contradictory in it is refused before it applies."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

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
    found = [Issue("value", text, place) for place, text in _of_role(role)]
    for at, grant in enumerate(role.grants):
        for place, text in _of_grant(grant, role, known):
            found.append(Issue("value", text, f"grants[{at}].{place}"))
    return found


_Findings = Iterator[tuple[str, str]]


def _of_role(role: Role) -> _Findings:
    if not _CODE.fullmatch(role.code):
        yield (
            "code",
            f"found {role.code!r}, expected small letters, digits and hyphens, as in night-nurse",
        )
    if role.code in _RESERVED:
        yield "code", f"{role.code!r} is the operator at the machine; choose another code"
    if not role.name.strip():
        yield "name", "A role needs a name that people understand"
    yield from _unknown("permissions", role.permissions, PERMISSIONS, "permission")
    yield from _unknown("purposes", role.purposes, purposes(), "purpose of use")
    if not role.purposes:
        yield (
            "purposes",
            "A role needs at least one purpose of use, such as TREAT; the first is the usual one",
        )
    if not 1 <= role.idle_minutes <= _IDLE_AT_MOST:
        yield "idle_minutes", f"found {role.idle_minutes}, expected 1 to {_IDLE_AT_MOST}"


def _of_grant(grant: Grant, role: Role, registry: Registry) -> _Findings:
    yield from _of_types(grant)
    yield from _unknown("interactions", grant.interactions, INTERACTIONS, "interaction")
    if not grant.interactions:
        yield "interactions", "A grant without interactions allows nothing"
    yield from _unknown("purposes", grant.purposes, purposes(), "purpose of use")
    if grant.purposes and not any(_serves(one, role) for one in grant.purposes):
        yield "purposes", f"The role has none of these purposes; it has {', '.join(role.purposes)}"
    yield from _unknown("labels", grant.labels, CATEGORIES, "sensitive category")
    if PSYCHOTHERAPY in grant.labels:
        yield "labels", "Psychotherapy notes are open to their author only; no role can open them"
    yield from _of_needs(grant)
    yield from _of_where(grant, registry)
    yield from _of_patients(grant, registry)
    yield from _of_elements("hidden", grant.hidden, grant)
    yield from _of_elements("readonly", grant.readonly, grant)
    if grant.readonly and not grant.interactions & WRITING:
        yield (
            "readonly",
            "The grant changes nothing; elements that may not be changed mean nothing in it",
        )


def _unknown(place: str, found: Iterable[str], known: Collection[str], what: str) -> _Findings:
    for one in sorted(set(found) - set(known)):
        listed = f"; there are {', '.join(sorted(known))}" if len(known) <= 20 else ""
        yield place, f"There is no {what} {one!r}{listed}"


def _serves(purpose: str, role: Role) -> bool:
    return any(purpose in kinds_of(one) for one in role.purposes)


def _of_types(grant: Grant) -> _Findings:
    unknown = [name.removeprefix("-") for name in grant.types]
    unknown = [name for name in unknown if not groups.members(name)]
    for name in unknown:
        kind = "group of types" if "@" in name else "resource type"
        yield "types", f"There is no {kind} {name!r}"
    if not unknown and not groups.expand(grant.types):
        yield "types", "A grant needs at least one resource type"


def _of_needs(grant: Grant) -> _Findings:
    kind, _, category = grant.needs.partition(":")
    if kind not in {"", "proxy", "scopes"} or (category and kind != "proxy"):
        yield "needs", f"found {grant.needs!r}, expected proxy, proxy: and a category, or scopes"
    elif category and category not in PROXY_CATEGORIES:
        known = ", ".join(sorted(PROXY_CATEGORIES))
        yield "needs", f"Proxies have no category {category!r}; there are {known}"
    if kind == "proxy" and grant.patients not in {reach.OWN, ""}:
        yield "needs", f"A proxy acts for one patient: patients must be {reach.OWN}"


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
        yield "where", f"{text} ({', '.join(types)}); make a grant of its own for those types"


def _of_patients(grant: Grant, registry: Registry) -> _Findings:
    whose = grant.patients
    if not whose:
        return
    if whose.startswith("@") and whose not in {*reach.NAMED, reach.NOBODY}:
        known = ", ".join(sorted((*reach.NAMED, reach.NOBODY)))
        yield "patients", f"There is no {whose!r}; there are {known}, or write a search of Patients"
        return
    if not whose.startswith("@"):
        try:
            parsed("Patient", whose, registry)
        except OslerError as error:
            yield "patients", str(error)
    if not groups.expand(grant.types) & groups.about_patients():
        yield "patients", "None of the types is about a patient; leave patients out"


def _of_elements(place: str, paths: tuple[str, ...], grant: Grant) -> _Findings:
    types = groups.expand(grant.types)
    for path in paths:
        type, _, element = path.partition(".")
        if type not in RESOURCES or not element:
            yield place, f"found {path!r}, expected a type and an element of it, as Patient.photo"
        elif type not in types:
            yield place, f"{path}: the grant is not about {type}"
        elif element in _ALWAYS_SHOWN and place == "hidden":
            yield place, f"{path} cannot be hidden; nothing could be done with the resource"
        elif not _exists(type, element):
            yield place, f"There is no element {path}"


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
