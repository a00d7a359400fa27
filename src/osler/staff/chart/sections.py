"""The sections of a chart, in the order of its navigation; each is shown to who may read what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse

from osler.kit.words import N_


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the chart: the name of its address, and the types of which it needs one to be readable."""

    name: str
    label: str
    icon: str
    types: tuple[str, ...] = ()
    permission: str = ""
    keys: str = ""
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Sections under one heading."""

    label: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A section as the navigation of one patient's chart shows it."""

    section: Section
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Links:
    """A group as the navigation shows it."""

    label: str
    links: list[Link] = field(default_factory=list)


_CLINICAL = ("Condition", "Observation", "MedicationRequest", "AllergyIntolerance")
GROUPS = (
    Group(
        N_("Overview"),
        (
            Section("chart", N_("Summary"), "layout-dashboard", keys="s"),
            Section("timeline", N_("Timeline"), "history", keys="t"),
            Section("find", N_("Search the chart"), "search"),
        ),
    ),
    Group(
        N_("Clinical"),
        (
            Section("problems", N_("Problems"), "clipboard-list", ("Condition",), keys="p"),
            Section(
                "medications",
                N_("Medications"),
                "pill",
                ("MedicationRequest", "MedicationStatement"),
                keys="m",
            ),
            Section(
                "allergies", N_("Allergies"), "shield-alert", ("AllergyIntolerance",), keys="a"
            ),
            Section("results", N_("Results"), "flask-conical", ("DiagnosticReport",), keys="r"),
            Section("vitals", N_("Vitals"), "activity", ("Observation",), keys="v"),
            Section("growth", N_("Growth"), "ruler", ("Observation",), until=21),
            Section("immunizations", N_("Immunizations"), "syringe", ("Immunization",), keys="i"),
            Section("procedures", N_("Procedures"), "scissors", ("Procedure",)),
            Section("devices", N_("Devices"), "cpu", ("Device",)),
            Section("goals", N_("Goals"), "target", ("Goal",)),
            Section("care-plan", N_("Care plan"), "list-checks", ("CarePlan",)),
            Section("care-team", N_("Care team"), "users-round", ("CareTeam",)),
        ),
    ),
    Group(
        N_("Record"),
        (
            Section("notes", N_("Notes"), "notebook-pen", ("Composition",), keys="o"),
            Section("documents", N_("Documents"), "files", ("DocumentReference",), keys="d"),
            Section("letters", N_("Letters"), "mail", ("DocumentReference",)),
            Section("family", N_("Family history"), "users", ("FamilyMemberHistory",)),
            Section("social", N_("Social history"), "house", ("QuestionnaireResponse",)),
            Section("surgical", N_("Surgical history"), "bandage", ("Procedure",)),
            Section("directives", N_("Advance directives"), "file-text", ("Flag",)),
            Section("details", N_("Demographics"), "id-card"),
            Section("as-of", N_("As it was on"), "calendar-clock", _CLINICAL),
            Section("access-log", N_("Who looked"), "eye", permission="audit.read"),
        ),
    ),
)
_FORMS_OF = {"surgical-history": "surgical"}


def navigation(
    id: str,
    current: str,
    reads: Callable[[str], bool],
    has: Callable[[str], bool],
    *,
    age: int | None = None,
) -> list[Links]:
    """The groups with what `reads` (a type) and `has` (a permission) allow; pages that are not there are left out."""
    here = _FORMS_OF.get(current, current)
    groups = []
    for group in GROUPS:
        links = [
            Link(one, url, one.name == here)
            for one in group.sections
            if allowed(one, reads, has)
            and (one.until is None or age is None or age < one.until)
            and (url := _url(one.name, id))
        ]
        if links:
            groups.append(Links(group.label, links))
    return groups


def allowed(section: Section, reads: Callable[[str], bool], has: Callable[[str], bool]) -> bool:
    """Whether somebody may open it."""
    if section.permission and not has(section.permission):
        return False
    return not section.types or any(map(reads, section.types))


def section_of(name: str) -> Section | None:
    """The section of this name; None for pages that stand in no navigation."""
    here = _FORMS_OF.get(name, name)
    return next((s for group in GROUPS for s in group.sections if s.name == here), None)


def _url(name: str, id: str) -> str:
    try:
        return reverse(name, args=[id])
    except NoReverseMatch:
        return ""
