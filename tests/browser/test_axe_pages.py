"""Every page that staff can open: clean for axe in light and dark, for the browser, and down to 320 px.

The list comes from the resolver, so that no new page is forgotten: one whose address has parts that nobody here
can fill fails until it says how.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import axe
from tests.browser.clinic import ADMINISTRATOR, MACHINE, OFFICER, PHYSICIAN, Clinic, complaints
from tests.browser.test_budgets import weight
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MOST_HTML_KB = 15
_MOST_S = 900
SKIPPED = {
    r"^/my/": "the portal's, walked as a patient elsewhere",
    r"^/account/(login|logout|password|inactive|oidc|join|invitation|enrol)": "before signing in, walked elsewhere",
    r"^/account/(session|options|factors/.*/options)": "answers programs",
    r"^/account/(lock|unlock|resume)": "the lock screen has tests of its own",
    r"^/(setup|demo)/": "before signing in",
    r"^/live/": "a stream of events",
    r"/print/made/$": "a part of the page `print`, which renews it",
}
# Of `<fhir:item>`, by the name of the address: what sort of thing it is about.
ITEMS = {
    "admin-organization": "Organization",
    "admin-person": "Practitioner",
    "admin-place": "Location",
    "admin-work": "Practitioner",
    "agent": "RelatedPerson",
    "allergy": "AllergyIntolerance",
    "care-plan-item": "CarePlan",
    "code-status": "Flag",
    "coverage": "Coverage",
    "device": "Device",
    "directive": "Consent",
    "document": "DocumentReference",
    "explore": "Organization",
    "family-member": "FamilyMemberHistory",
    "goal": "Goal",
    "immunization": "Immunization",
    "letter": "DocumentReference",
    "family-statement": "Observation",
    "medication": "MedicationRequest",
    "merge": "Another",
    "note": "Composition",
    "operation": "Procedure",
    "plan": "CarePlan",
    "print": "a file that somebody has had made: the clinic has none",
    "problem": "Condition",
    "procedure": "Procedure",
    "questionnaire": "QuestionnaireResponse",
    "relative": "FamilyMemberHistory",
    "report": "DiagnosticReport",
    "result": "DiagnosticReport",
    "stay": "Encounter",
    "task": "Task",
    "team": "CareTeam",
    "vital": "Observation",
}
OF_THE_ADMINISTRATION = {
    "admin", "admin-practice", "admin-organization", "admin-places", "admin-people", "admin-person",
    "admin-codes", "admin-system", "admin-jobs", "admin-storage", "admin-backups", "admin-integrations",
    "people", "people-account", "people-invite", "people-patients", "people-patient", "people-grant",
    "tokens", "tokens-new", "roles", "role", "role-edit", "who", "why", "glass", "audit", "privacy",
    "privacy-new", "privacy-breach", "privacy-disclosures", "explore", "explore-type", "explore-one",
    "explore-versions", "explore-version", "explore-back", "letter-templates", "note-texts",
}  # fmt: skip
"""Pages that must have been seen, whoever may open them."""
# Other parts, by what they are called.
PARTS = {
    "code": "nurse",
    "kind": "template",
    "name": "phq-9",
    "part": "background",
    "role": "nurse",
    "step": "stop",
    "type": "Condition",
}


def routes() -> list[tuple[str, str, dict[str, str]]]:
    """Name, route and kinds of the parts of every address."""
    from django.urls import URLPattern, get_resolver

    def walk(patterns: Any, before: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        for one in patterns:
            route = before + str(one.pattern).strip("^$")
            if isinstance(one, URLPattern):
                parts = dict(re.findall(r"<(?:(\w+):)?(\w+)>", route))
                yield one.name or route, f"/{route}", {name: kind for kind, name in parts.items()}
            else:
                yield from walk(one.url_patterns, route)

    return sorted(set_of(walk(get_resolver().url_patterns, "")))


def set_of(found: Iterator[tuple[str, str, dict[str, str]]]) -> list[Any]:
    return list({(name, route): (name, route, parts) for name, route, parts in found}.values())


def fill(name: str, route: str, clinic: Clinic) -> str | None:
    """The address with what the clinic has in its parts; None where the clinic has no such thing."""

    def part(found: re.Match[str]) -> str:
        kind, called = found[1] or "str", found[2]
        value = _value(name, route, kind, called, clinic)
        if value is None:
            raise LookupError(called)
        return value

    try:
        return re.sub(r"<(?:(\w+):)?(\w+)>", part, route)
    except LookupError:
        return None


def _value(name: str, route: str, kind: str, called: str, clinic: Clinic) -> str | None:
    if called in {"id", "patient"} and kind == "fhir" and "patient" in route:
        return clinic.patient
    if kind == "fhir" and called == "role":
        return clinic.items.get("PractitionerRole")
    if kind == "fhir" or called == "item":
        type = _about(name) or ("Condition" if "type" in route else "")
        return clinic.items.get(type) if type else None
    if name.startswith("explore") and called == "type":
        return ITEMS["explore"]
    if kind == "uuid" and "people/<" in route:
        return clinic.items.get("Account")
    return PARTS.get(called) or {"int": "1", "slug": "nurse"}.get(kind)


def _about(name: str) -> str:
    """What an address is about, by its name: `problem`, `problem-wrong`, `admin-work-new`."""
    while name not in ITEMS and "-" in name:
        name = name.rsplit("-", 1)[0]
    return ITEMS.get(name, "")


def _walked(clinic: Clinic) -> list[tuple[str, str]]:
    found = []
    for name, route, _parts in routes():
        if any(re.search(pattern, route) for pattern in SKIPPED):
            continue
        if path := fill(name, route, clinic):
            found.append((name, path))
    return found


class Looked:
    """What a walk found, page by page."""

    def __init__(self, visitor: Visitor, clinic: Clinic) -> None:
        self.visitor, self.clinic = visitor, clinic
        self.faults: dict[str, list[str]] = {}
        self.seen: set[str] = set()
        self.refused: set[str] = set()

    def look_before(self, until: float, name: str, path: str) -> bool:
        """Look at a page while there is time: what was found is told even where not all was seen."""
        if time.monotonic() > until:
            return False
        self.look(name, path)
        return True

    def look(self, name: str, path: str) -> None:
        page = self.visitor.page
        # First without the window, which shows no answer that has no page in it.
        first = self.visitor.context.request.get(
            self.clinic.base + path, max_redirects=0, timeout=10_000
        )
        if first.status in {400, 405} or "html" not in first.headers.get("content-type", ""):
            return
        if first.status in {403, 404, 409, 410}:
            self.refused.add(name)
            return
        if first.status in {301, 302, 303}:
            return  # Where it leads to has an address of its own.
        self.visitor.complaints.clear()
        page.goto(self.clinic.base + path, wait_until="load")
        found = axe.faults(page, quick=True) + _answered(first.status, first.body())
        found += [f"the browser says: {one}" for one in complaints(self.visitor)]
        self.seen.add(name)
        if found:
            self.faults[f"{name} {path}"] = found

    def told(self) -> str:
        return "\n".join(
            f"== {page}\n" + "\n".join(f"- {one}" for one in found)
            for page, found in self.faults.items()
        )


def _answered(status: int, body: bytes) -> list[str]:
    found = [] if status < 400 else [f"the server answers {status}"]
    heavy = weight(body)
    if heavy > MOST_HTML_KB:
        found.append(f"the HTML has {heavy:.1f} KB of {MOST_HTML_KB}")
    return found


@pytest.mark.slow
@pytest.mark.timeout(960)
def test_every_page_is_clean(window: Browser, demo_clinic: Clinic) -> None:
    """The physician's pages, then those of the practice, of privacy and of the machine that only others may open."""
    pages = _walked(demo_clinic)
    until = time.monotonic() + _MOST_S
    doctor = Looked(demo_clinic.enter(window, PHYSICIAN), demo_clinic)
    late = [one for one in pages if not doctor.look_before(until, *one)]
    walks, refused = [doctor], doctor.refused
    for who in (ADMINISTRATOR, OFFICER, MACHINE):
        walks.append(Looked(demo_clinic.enter(window, who), demo_clinic))
        late += [p for p in pages if p[0] in refused and not walks[-1].look_before(until, *p)]
        refused = refused - walks[-1].seen
    assert {"gallery", "preferences", "palette", "chart"} <= doctor.seen
    seen = {name for walk in walks for name in walk.seen}
    assert seen >= OF_THE_ADMINISTRATION - {name for name, _ in late}
    assert not any(walk.faults for walk in walks), "\n".join(walk.told() for walk in walks)
    assert not late, (
        f"not looked at in {_MOST_S} s, on a busy machine: {[name for name, _ in late]}"
    )


def test_every_part_of_an_address_can_be_filled(demo_clinic: Clinic) -> None:
    """So that a page with an address of a new sort is not passed over in silence."""
    unknown = [
        f"{name}: {route}"
        for name, route, _parts in routes()
        if "/<fhir:id>/" in route
        and "<fhir:item>" in route
        and not any(re.search(pattern, route) for pattern in SKIPPED)
        and not _known(name, route)
    ]
    assert unknown == [], "say in ITEMS what these are about"


def _known(name: str, route: str) -> bool:
    return bool(_about(name)) or "<type>" in route or ":type>" in route


def test_a_broken_page_is_told(window: Browser, demo_clinic: Clinic) -> None:
    """The looking itself can fail: with no name on a button, pale letters, and what hangs over the edge."""
    visitor = demo_clinic.enter(window, PHYSICIAN)
    visitor.go("/preferences/")
    assert axe.faults(visitor.page) == []
    visitor.page.evaluate(
        """() => { const main = document.querySelector("main");
          const button = document.createElement("button"); const wide = document.createElement("p");
          const pale = document.createElement("p"); wide.textContent = "wide"; pale.textContent = "pale";
          wide.style.inlineSize = "1600px"; pale.style.color = "#999"; pale.style.background = "#bbb";
          main.append(button, wide, pale); }"""
    )
    told = "\n".join(axe.faults(visitor.page))
    assert "button-name" in told
    assert "color-contrast" in told
    assert "over the edge at 320 px" in told
    assert "without a name" in told
