"""Whose data a grant reaches: named ways of saying which patients, as searches of Patients."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from osler.access.variables import rule
from osler.kit.words import N_
from osler.search.registry import Registry
from osler.search.tree import Node, Nothing, Or

OWN = "@own"
NOBODY = "@nobody"
_TREATED = (
    "general-practitioner=Practitioner/{me}",
    "_has:CareTeam:patient:participant=Practitioner/{me}",
    "_has:Encounter:patient:practitioner=Practitioner/{me}",
    "_has:Appointment:patient:practitioner=Practitioner/{me}",
    "_has:EpisodeOfCare:patient:care-manager=Practitioner/{me}",
)
NAMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "@care-team": _TREATED,
        "@organization": (
            "organization=Organization/{organizations}",
            "organization:missing=true",
            "general-practitioner=Organization/{organizations}",
            "_has:Encounter:patient:service-provider=Organization/{organizations}",
            "_has:EpisodeOfCare:patient:organization=Organization/{organizations}",
            "_has:CareTeam:patient:participant=Organization/{organizations}",
            "_has:Appointment:patient:location.organization=Organization/{organizations}",
            *_TREATED,
        ),
        "@location": (
            "_has:Encounter:patient:location=Location/{locations}",
            "_has:Appointment:patient:location=Location/{locations}",
        ),
        OWN: ("_id={patient}",),
    }
)
"""Patients that match any of these searches are within reach."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "": N_("of every patient"),
        OWN: N_("of the caller's own record"),
        NOBODY: N_("about no patient"),
        "@care-team": N_("of patients whom the caller treats"),
        "@organization": N_("of patients of the caller's organization"),
        "@location": N_("of patients seen at the caller's locations"),
    }
)


@lru_cache(maxsize=4096)
def patients(
    name: str, registry: Registry, values: tuple[tuple[str, tuple[str, ...]], ...]
) -> Node:
    """The patients as a tree on Patient: those named, or those that a search finds."""
    found = []
    for text in NAMED.get(name, (name,)):
        node = rule("Patient", text, registry, values)
        if not isinstance(node, Nothing):
            found.append(node)
    match found:
        case []:
            return Nothing()
        case [only]:
            return only
        case _:
            return Or(tuple(found))
