"""The FHIR browser shows what the reader's policy shows, escapes what it shows, and keeps values out of addresses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Record, Update
from tests.record.cast import made
from tests.staff.people import staff, text

pytestmark = pytest.mark.database
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(autouse=True)
def resources(record: Record) -> None:
    """A site that has two versions, somebody who works there, and hostile words."""
    for name in ("Old name", "New name"):
        record.commit(LOCAL, [Update(made(resourceType="Location", id="loc", name=name))])
    rest = (
        made(resourceType="Organization", id="evil", name=HOSTILE, alias=[HOSTILE]),
        made(resourceType="PractitionerRole", id="r1", active=True,
             practitioner={"reference": "Practitioner/p1"}, location=[{"reference": "Location/loc"}]),
        made(resourceType="Condition", id="c9", subject={"reference": "Patient/ana"}, code={"text": "Secret ill"}),
    )  # fmt: skip
    record.commit(LOCAL, [Update(one) for one in rest])


def _everything() -> Any:
    """Somebody who runs the practice and also treats patients."""
    return staff("practice-admin", "physician", person="Practitioner/p1")


@pytest.mark.parametrize("role", ["front-desk", "nurse", "physician", "biller", "privacy-officer"])
def test_it_is_for_who_runs_the_practice_or_the_system(role: str) -> None:
    client = staff(role)
    for path in ("/explore/", "/explore/Location/", "/explore/Location/loc/"):
        assert client.get(path).status_code == 403, path


def test_it_shows_only_the_types_that_the_role_shows() -> None:
    client = staff("practice-admin")
    practice = client.get("/explore/").content.decode()
    assert 'href="/explore/Location/"' in practice
    assert 'href="/explore/Condition/"' not in practice
    system = staff("system-admin").get("/explore/").content.decode()
    assert 'href="/explore/Patient/"' not in system
    found = client.get("/explore/?t=locat").content.decode()
    assert 'href="/explore/Location/"' in found and 'href="/explore/Organization/"' not in found


@pytest.mark.parametrize("role", ["practice-admin", "system-admin"])
def test_clinical_content_stays_closed_however_it_is_asked_for(role: str) -> None:
    client = staff(role)
    answers = (
        client.get("/explore/Condition/"),
        client.post("/explore/Condition/", {"param": "code:text", "value": "Secret"}),
        client.get("/explore/Condition/c9/"),
        client.get("/explore/Condition/c9/versions/"),
        client.get("/explore/Condition/c9/versions/1/"),
        client.get("/explore/Condition/c9/compare/?a=1&b=2"),
        client.get("/explore/Condition/c9/referring/"),
    )
    assert {one.status_code for one in answers} <= {403, 404, 200}
    assert not any(b"Secret ill" in one.content for one in answers)
    assert all(one.status_code in (403, 404) for one in answers[2:])


def test_no_search_tells_what_the_policy_hides() -> None:
    """Neither by what refers to a patient nor by chains nor by what is included."""
    client = staff("practice-admin", name="curious")
    asked: tuple[tuple[str, str], ...] = (
        ("_has:Condition:subject:code:text", "Secret"),
        ("_has:Condition:subject:_id", "c9"),
        ("_revinclude", "Condition:subject"),
        ("_list", "c9"),
    )
    for wanted in asked:
        answer = client.post("/explore/Patient/", {"param": wanted[0], "value": wanted[1]})
        assert b"/explore/Condition/" not in answer.content and b"Secret ill" not in answer.content
        assert wanted[0] == "_revinclude" or b"/explore/Patient/ana/" not in answer.content
    hidden = client.post("/explore/Appointment/", {"param": "reason-code", "value": "x"})
    assert hidden.status_code == 403


def test_a_search_goes_by_post_and_its_request_can_be_had() -> None:
    client = staff("practice-admin")
    answer = client.post("/explore/Location/", {"param": "name", "value": "New", "count": "20"})
    said = text(answer)
    assert "New name" in said and "/fhir/Location?name=New" in said
    assert (
        client.post("/explore/Location/", {"param": "name", "value": "Nowhere"}).content.count(
            b"/explore/Location/loc/"
        )
        == 0
    )
    wrong = client.post("/explore/Location/", {"param": "no-such", "value": "1"})
    assert wrong.status_code == 422 and "no-such" in text(wrong)
    assert client.get("/explore/NoSuchType/").status_code == 404


def test_pages_follow_each_other() -> None:
    client = staff("practice-admin")
    first = client.post("/explore/Location/", {"count": "20", "sort": "name"})
    assert first.status_code == 200 and "loc" in text(first)


def test_one_resource_with_its_versions_and_what_they_do_not_share() -> None:
    client = staff("practice-admin")
    page = client.get("/explore/PractitionerRole/r1/").content.decode()
    assert 'href="/explore/Location/loc/"' in page and 'href="/explore/Practitioner/p1/"' in page
    record_versions = client.get("/explore/Location/loc/versions/").content.decode()
    assert "/explore/Location/loc/versions/1/" in record_versions
    old = client.get("/explore/Location/loc/versions/1/")
    assert "Old name" in text(old)
    compared = text(client.get("/explore/Location/loc/compare/?a=2&b=1"))
    assert "Old name" in compared and "New name" in compared
    assert client.get("/explore/Location/loc/compare/?a=1&b=1").status_code == 400
    assert client.get("/explore/Location/loc/compare/?a=x").status_code == 400


def test_what_refers_to_a_resource_is_found_within_the_policy() -> None:
    page = staff("practice-admin").get("/explore/Location/loc/referring/").content.decode()
    assert "/explore/PractitionerRole/r1/" in page
    closed = staff("practice-admin", name="second").get("/explore/Patient/ana/referring/")
    assert b"/explore/Condition/" not in closed.content


def test_hostile_words_are_shown_as_words() -> None:
    client = staff("practice-admin")
    for path in ("/explore/Organization/evil/", "/explore/Organization/"):
        page = client.get(path).content.decode()
        assert "<img src=x" not in page and "&lt;img src=x" in page, path


def test_numbers_keep_the_digits_they_were_written_with(record: Record) -> None:
    weighed = decode(
        b'{"resourceType":"Observation","id":"w","status":"final","code":{"text":"Weight"},'
        b'"subject":{"reference":"Patient/ana"},"valueQuantity":{"value":70.50,"unit":"kg"}}'
    )
    record.commit(LOCAL, [Update(weighed)])
    page = _everything().get("/explore/Observation/w/")
    assert text(page).count("70.50") == 2  # As an element and as JSON.
    from osler.staff.explore import reading

    change = {"a": Decimal("1.0")}, {"a": Decimal("1.00")}
    assert [(one.before, one.after) for one in reading.differences(*change)] == [("1.0", "1.00")]


def test_what_is_mistake_with_a_search_is_said_in_the_readers_language() -> None:
    client = staff("practice-admin")
    form = {"param": "_lastUpdated", "value": "2024-13"}
    spanish = text(client.post("/explore/Location/", form, headers={"accept-language": "es"}))
    english = text(client.post("/explore/Location/", form))
    assert "expected a date" in english
    assert "expected a date" not in spanish and "2024-13" in spanish


def test_an_unsafe_narrative_is_not_shown() -> None:
    from osler.staff.explore import reading

    bad = {"text": {"div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>x()</script></div>'}}
    nodes, faults = reading.narrative(bad)
    assert nodes == () and faults
    good = {"text": {"div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Hello</p></div>'}}
    nodes, faults = reading.narrative(good)
    assert faults == [] and nodes


def test_what_is_opened_is_written_to_the_audit(record: Record) -> None:
    from osler.record import AuditQuery

    staff("practice-admin", name="looker").get("/explore/Location/loc/")
    rows = record.audit(LOCAL, AuditQuery(types=("Location",), actions=("read",))).rows
    assert any(row.id == "loc" for row in rows)


def test_references_and_long_values_are_read_as_what_they_are() -> None:
    from osler.staff.explore import reading

    assert reading.target("Patient/1") == reading.Target("Patient", "1")
    assert reading.target("Patient/1/_history/3") == reading.Target("Patient", "1", 3)
    assert reading.target("https://elsewhere/Patient/1") is None
    assert reading.target("Nonsense/1") is None
    (item,) = reading.tree({"data": "x" * 5000})
    assert len(item.value) == 400 and item.cut == 4600
    changes = reading.differences({"a": [1, 2]}, {"a": [1, 3], "b": "new"})
    assert [(one.path, one.before, one.after) for one in changes] == [
        ("a[1]", "2", "3"),
        ("b", None, "new"),
    ]


def test_who_also_treats_patients_sees_their_conditions(record: Record) -> None:
    assert decode(record.read(LOCAL, "Condition", "c9").content).id == "c9"
    page = _everything().get("/explore/").content.decode()
    assert 'href="/explore/Condition/"' in page
