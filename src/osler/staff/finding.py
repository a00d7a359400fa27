"""What the staff app has for the palette: patients, pages by permission, and what is in the open chart."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from osler.clinic.lists.mistakes import is_mistake
from osler.clinic.patients import searching
from osler.fhir.codec import decode
from osler.identity import rights
from osler.kit.errors import OslerError
from osler.kit.words import N_
from osler.record import Record
from osler.search.parse import parse
from osler.search.tree import Nothing, Policy
from osler.staff.chart import sections
from osler.ui import formats, preferences
from osler.ui.navigation import items
from osler.ui.page import Asked, record
from osler.ui.palette.sources import Entry, address, open_chart, ranked

_MOST = 8
_READ = 60
_SHORTEST = 2
_SEXES = {
    "female": N_("Female"),
    "male": N_("Male"),
    "other": N_("Other sex"),
    "unknown": N_("Sex not known"),
}
_OWN = (
    (N_("My account"), "account_home", "user-round"),
    (N_("Components"), "gallery", "swatch-book"),
)
# What is written in a panel beside the chart: the address, its words, an icon, the type that it writes.
_NEW = (
    ("note-new", N_("New note"), "notebook-pen", "Composition"),
    ("vital-new", N_("Record vitals"), "activity", "Observation"),
    ("problem-new", N_("New problem"), "clipboard-list", "Condition"),
    ("allergy-new", N_("New allergy"), "shield-alert", "AllergyIntolerance"),
    ("medication-new", N_("New medication"), "pill", "MedicationRequest"),
    ("immunization-new", N_("New immunization"), "syringe", "Immunization"),
)
# Type, the page of one, the page of all, an icon.
_ITEMS = (
    ("Condition", "problem", "problems", "clipboard-list"),
    ("MedicationRequest", "medication", "medications", "pill"),
    ("AllergyIntolerance", "allergy", "allergies", "shield-alert"),
    ("DiagnosticReport", "", "results", "flask-conical"),
)


def patients(request: Asked, text: str) -> list[Entry]:
    """Who is sought; before anything is typed, those whose charts were opened last."""
    kind = _("Patients") if text else _("Recent patients")
    return [_patient(one, kind) for one in _people(request, text) if not one.why]


def alike(request: Asked, text: str) -> list[Entry]:
    """Those whose names only sound like it; they stand under all that is called so."""
    return [_patient(one, _("Similar names")) for one in _people(request, text) if one.why]


def _people(request: Asked, text: str) -> list[searching.Found]:
    """Searched once for a request, for both of the above."""
    kept: dict[str, list[searching.Found]] = request.__dict__.setdefault("osler_people", {})
    if text not in kept:
        kept[text] = _sought(request, text)
    return kept[text]


def _sought(request: Asked, text: str) -> list[searching.Found]:
    recent, here = preferences.of(request).recent, record()
    try:
        if not text:
            return searching.known(here, request.principal, recent[:_MOST])
        if len(text) < _SHORTEST:
            return []
        return searching.find(here, request.principal, text, _MOST, recent=recent)
    except OslerError:
        return []  # Whoever may not search patients still finds pages.


def _patient(found: searching.Found, kind: str) -> Entry:
    about = found.person
    parts = [formats.day(about.born), _(_SEXES[about.sex]) if about.sex in _SEXES else ""]
    parts += [f"MRN {about.number}" if about.number else "", about.phone]
    named = ", ".join(one for one in (about.family.upper(), about.given) if one) or about.name
    return Entry(
        kind,
        f"{named} “{about.used}”" if about.used and about.used != about.given else named,
        address("chart", found.id),
        sub=" · ".join(part for part in (*parts, _(found.why) if found.why else "") if part),
        icon="user-round",
        warning=_("Similar name") if found.similar else "",
    )


def in_the_chart(request: Asked, text: str) -> list[Entry]:
    """Sections of the open chart, what can be written in it, and what stands in it."""
    id = open_chart(request)
    if not id:
        return []
    here = record()
    policy = here.policy(request.principal)
    found = [*_sections(request, policy, id), *_new(policy, id)]
    entries = ranked(text, found)[:_MOST]
    if len(text) >= _SHORTEST:
        entries += _items(request, here, policy, id, text)
    return entries


def _sections(request: Asked, policy: Policy, id: str) -> list[tuple[str, Entry]]:
    def reads(type: str) -> bool:
        return not isinstance(policy.where(type, "search"), Nothing)

    def has(permission: str) -> bool:
        return rights.has(request.principal, permission)

    kind = _("In this chart")
    links = [link for group in sections.navigation(id, "", reads, has) for link in group.links]
    return [
        (
            _(link.section.label),
            _section(kind, link.section, link.url),
        )
        for link in links
    ]


def _section(kind: str, section: sections.Section, url: str) -> Entry:
    return Entry(kind, _(section.label), url, icon=section.icon, keys=section.keys)


def _new(policy: Policy, id: str) -> list[tuple[str, Entry]]:
    kind = _("In this chart")
    return [
        (_(words), Entry(kind, _(words), url, icon=icon, panel=True))
        for name, words, icon, type in _NEW
        if (url := address(name, id)) and not isinstance(policy.where(type, "create"), Nothing)
    ]


def _items(request: Asked, here: Record, policy: Policy, id: str, text: str) -> list[Entry]:
    """What stands in the chart and is called so: one search for each type, the newest first."""
    found = []
    for type, one, all_, icon in _ITEMS:
        if isinstance(policy.where(type, "search"), Nothing):
            continue
        pairs = [("patient", id), ("_sort", "-_lastUpdated"), ("_count", str(_READ))]
        page = here.search(request.principal, parse(type, pairs, here.registry))
        for match in page.matches:
            resource = decode(match.content)
            words = "" if is_mistake(resource) else _words(resource)
            url = (address(one, id, match.id) if one else "") or address(all_, id)
            if words and url:
                found.append((words, Entry(_("Found in this chart"), words, url, icon=icon)))
    distinct = {entry.label: (words, entry) for words, entry in reversed(found)}
    return ranked(text, reversed(distinct.values()))[:_MOST]


def _words(resource: Any) -> str:
    """What people call it."""
    concept = getattr(resource, "code", None) or getattr(
        resource, "medicationCodeableConcept", None
    )
    if concept is None:
        return ""
    shown = next((one.display for one in concept.coding or () if one.display), "")
    return concept.text or shown or ""


def pages(request: Asked, text: str) -> list[Entry]:
    """The pages that whoever asks may open."""
    kind = _("Go to")
    found = [
        (item.label, Entry(kind, item.label, item.url, icon=item.icon, keys=item.keys))
        for item in items(request)
    ]
    own = [(_(words), address(name), icon) for words, name, icon in _OWN]
    found += [(words, Entry(kind, words, url, icon=icon)) for words, url, icon in own if url]
    return ranked(text, found)[: _MOST if text else _MOST // 2]
