"""Two people change one resource: what each changed is kept, what both changed is asked."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import Conflict, PreconditionFailed
from osler.record import Record, Update
from tests.identity.conftest import pages
from tests.staff.conftest import record
from tests.staff.people import text

__all__ = ["pages", "record"]
LABELS = {"name": "Problem", "note": "Note", "tags": "Tags"}


def field(base: Any, theirs: Any, mine: Any) -> Any:
    from osler.ui.merging import merged

    (found,) = merged({"name": mine}, {"name": theirs}, {"name": base}, {"name": "Name"})
    return found


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "result", "conflict"),
    [
        ("a", "a", "a", ("a",), False),
        ("a", "b", "a", ("b",), False),
        ("a", "a", "b", ("b",), False),
        ("a", "b", "b", ("b",), False),
        ("a", "b", "c", ("c",), True),
        ("a", "", "a", (), False),
        ("a", "", "c", ("c",), True),
        (["a", "b"], ["a"], ["a", "b", "c"], ("a", "c"), True),
        (None, "b", None, ("b",), False),
        ("one\ntwo", "one\r\ntwo", "three", ("three",), False),
    ],
)
def test_only_what_both_changed_is_asked(
    pages: None, base: Any, theirs: Any, mine: Any, result: tuple[str, ...], conflict: bool
) -> None:
    found = field(base, theirs, mine)
    assert (found.result, found.conflict) == (result, conflict)


values = st.lists(st.sampled_from("abcd"), max_size=3, unique=True)


@given(values, values, values)
def test_nothing_that_either_added_is_lost_and_nothing_comes_from_nowhere(
    base: list[str], theirs: list[str], mine: list[str]
) -> None:
    from osler.ui.merging import Field

    found = Field("name", "Name", tuple(base), tuple(theirs), tuple(mine))
    assert set(found.result) <= {*base, *theirs, *mine}
    if not found.conflict:
        assert found.result in {found.mine, found.theirs}
    elif found.many:
        assert set(found.result) >= ({*theirs, *mine} - set(base))


def fields_of(condition: r4.Condition) -> dict[str, str]:
    note = condition.note[0].text if condition.note else ""
    return {"name": (condition.code and condition.code.text) or "", "note": note or ""}


def condition(name: str, note: str) -> Any:
    content = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/ana"},
        "code": {"text": name},
        **({"note": [{"text": note}]} if note else {}),
    }
    return decode(json.dumps(content).encode())


def answer(record: Record, posted: dict[str, Any]) -> Any:
    """What a view makes of a form whose version is no longer the current one, as the module says to write it."""
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory

    from osler.access import LOCAL
    from osler.ui import merging

    request: Any = RequestFactory(HTTP_HX_REQUEST="true").post("/patients/ana/problems/c1/", posted)
    request.user, request.principal, request.session = AnonymousUser(), LOCAL, {}
    changed = condition(posted["name"], posted["note"])
    try:
        record.commit(LOCAL, [Update(changed, source="typed", if_match=int(posted["version"]))])
    except (PreconditionFailed, Conflict):
        return merging.stale(request, ("Condition", "c1"), fields_of, LABELS)
    return None


def sent(page: Any) -> dict[str, str]:
    """What the page's form posts, with the first choice of each taken."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]+>", page.content.decode()):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and value and name[1] != "csrfmiddlewaretoken":
            found.setdefault(name[1], value[1])
    return found


def change(record: Record, name: str, note: str) -> str:
    """Somebody's change of the problem; its version."""
    from osler.access import LOCAL

    (outcome,) = record.commit(LOCAL, [Update(condition(name, note))])
    assert outcome.version is not None
    return str(outcome.version.version)


def test_the_other_change_is_shown_and_nothing_is_overwritten(record: Record) -> None:
    from osler.access import LOCAL

    begun = change(record, "Asthma", "")
    now = change(record, "Asthma, mild", "Since childhood")
    mine = {"name": "Asthma, severe", "note": "", "version": begun, "draft": "problem:c1"}
    page = answer(record, mine)
    assert page.status_code == 409
    said = text(page)
    for words in ("Asthma", "Asthma, mild", "Asthma, severe", "Since childhood", "Local user"):
        assert words in said
    assert json.loads(record.read(LOCAL, "Condition", "c1").content)["code"] == {
        "text": "Asthma, mild"
    }
    again = sent(page)
    assert again == {"version": now, "draft": "problem:c1", "note": "Since childhood"} | {
        "name": "Asthma, mild"
    }
    assert answer(record, {**again, "name": mine["name"]}) is None
    saved = record.read(LOCAL, "Condition", "c1")
    assert fields_of(decode(saved.content)) == {  # type: ignore[arg-type]
        "name": "Asthma, severe",
        "note": "Since childhood",
    }


def test_a_third_change_meanwhile_is_a_new_question(record: Record) -> None:
    begun = change(record, "a", "")
    change(record, "b", "")
    page = answer(record, {"name": "c", "note": "", "version": begun})
    now = change(record, "d", "")
    again = answer(record, {**sent(page), "name": "c"})
    assert again.status_code == 409 and sent(again)["version"] == now


def test_without_the_version_it_began_with_every_difference_is_asked(record: Record) -> None:
    page = answer(record, {"name": "x", "note": "", "version": "77"})
    assert page.status_code == 409


def test_it_says_nothing_that_its_reader_may_not_see(record: Record) -> None:
    from osler.access import Principal

    stranger = Principal(id="nobody", session="1")
    assert record.written_by(stranger, "Condition", "c1") is None
