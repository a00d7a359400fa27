"""Two people have one item of a list open: both changes are kept, and only what both changed is asked."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from osler.record import Record
from tests.staff.lists.test_lists import NEW, SECTIONS, added, at, post
from tests.staff.people import staff, text

# Of each list: a field that the first changes, and one that the second changes.
CHANGES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "problems": ({"severity": "24484000"}, {"onset": "4/2/2014"}),
    "allergies": ({"criticality": "low"}, {"reaction2": "Nausea", "reaction2_typed": "1"}),
    "medications": ({"frequency": "twice"}, {"start": "Mar 2021"}),
    "immunizations": ({"lot": "B2"}, {"site": "RD"}),
    "procedures": ({"outcome": "Two polyps"}, {"performer": "Dr. Nearby"}),
}


def begun(record: Record, section: str, doctor: Any) -> tuple[str, dict[str, str]]:
    """An item that two people open: its address, and what its form posts."""
    assert post(doctor, f"{section}/new/", **NEW[section]).status_code == 303
    made = added(record, section)
    path = f"{section}/{made.id}/"
    return path, fields(doctor.get(f"{at()}/{path}"))


def fields(page: Any) -> dict[str, str]:
    """What the first form of a page posts as it is."""
    form = re.findall(r"<form method=\"post\".*?</form>", page.content.decode(), re.DOTALL)
    shown = next(one for one in form if 'name="version"' in one)
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]+>", shown):
        at_ = {k: html.unescape(v) for k, v in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        ticked = at_.get("type") not in {"checkbox", "radio"} or " checked" in tag
        if "name" in at_ and ticked:
            found.setdefault(at_["name"], at_.get("value", ""))
    for name, inside in re.findall(r"<select name=\"(\w+)\".*?>(.*?)</select>", shown, re.DOTALL):
        chosen = re.search(r"value=\"([^\"]*)\" selected", inside)
        found[name] = chosen[1] if chosen else ""
    for name, inside in re.findall(r"<textarea name=\"(\w+)\"[^>]*>(.*?)</textarea>", shown, re.DOTALL):  # fmt: skip
        found[name] = html.unescape(inside).strip()
    return found


@pytest.mark.parametrize("section", SECTIONS)
def test_changes_of_different_fields_are_both_kept(record: Record, section: str) -> None:
    doctor, colleague = staff("physician"), staff("physician", name="bea", shown="Bea Lind")
    path, form = begun(record, section, doctor)
    theirs, mine = CHANGES[section]
    assert post(colleague, path, **form | theirs).status_code == 303
    answer = post(doctor, path, **form | mine)
    assert answer.status_code == 303, text(answer)
    assert "What Bea Lind had changed meanwhile was kept too" in text(
        doctor.get(answer["Location"])
    )
    now = fields(doctor.get(f"{at()}/{path}"))
    before = {name: value for name, value in form.items() if name not in {*theirs, *mine}}
    same = {name: now[name] for name in before}
    ours = {"csrfmiddlewaretoken", "version", "reaction2_code", "category"}
    assert {k: v for k, v in same.items() if k not in ours} == {
        k: v for k, v in before.items() if k not in ours
    }
    for name, value in (theirs | mine).items():
        assert now[name] == {"4/2/2014": "Apr 2, 2014"}.get(value, value)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("panel", [False, True])
def test_what_both_changed_is_asked(record: Record, section: str, panel: bool) -> None:
    doctor, colleague = staff("physician"), staff("physician", name="bea", shown="Bea Lind")
    path, form = begun(record, section, doctor)
    theirs, _mine = CHANGES[section]
    mine = {"note": "Mine"}
    assert post(colleague, path, **form | theirs | {"note": "Theirs"}).status_code == 303
    more = {"HTTP_HX_REQUEST": "true"} if panel else {}
    sent = {**form, **mine}
    asked = doctor.post(f"{at()}/{path}", sent, **more)
    assert asked.status_code == 409
    said = text(asked)
    for word in ("Bea Lind", "Mine", "Theirs"):
        assert word in said
    assert ("<h1" in asked.content.decode()) is not panel
    again = fields(asked)
    assert "note" not in again
    answer = doctor.post(f"{at()}/{path}", again | {"note": "Mine"}, **more)
    assert answer.status_code == (200 if panel else 303), text(answer)
    now = fields(doctor.get(f"{at()}/{path}"))
    assert now["note"] == "Mine"
    assert now | theirs == now


def test_a_term_that_somebody_else_changed_is_taken_with_its_code(record: Record) -> None:
    doctor, colleague = staff("physician"), staff("physician", name="bea")
    path, form = begun(record, "problems", doctor)
    theirs = {"problem": "kidneys and sugar", "problem_code": "http://hl7.org/fhir/sid/icd-10-cm|E11.22"}  # fmt: skip
    assert post(colleague, path, **form | theirs).status_code == 303
    assert post(doctor, path, **form | {"note": "Since spring"}).status_code == 303
    now = added(record, "problems").resource
    assert {one.code for one in now.code.coding} >= {"E11.22"}
    assert now.note[0].text == "Since spring"


def test_another_problem_and_another_status_are_one_thing(record: Record) -> None:
    """Somebody resolves a problem while somebody else makes another one of it: nobody wanted that to be resolved."""
    doctor, colleague = staff("physician"), staff("physician", name="bea", shown="Bea Lind")
    path, form = begun(record, "problems", doctor)
    assert post(colleague, path, **form | {"status": "resolved"}).status_code == 303
    other = {"problem": "Something else", "problem_code": "", "problem_typed": "1"}
    assert post(doctor, path, **form | other).status_code == 409
