"""Roles on pages: read in words, copied, tried, saved, taken back; and what must not be possible there."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from osler.access import LOCAL, shipped
from osler.kit.errors import NotFound
from osler.record import Record
from tests.staff.people import staff, stale, text


@pytest.fixture
def admin(record: Record) -> Any:
    for code in [one for one in record.roles() if one not in shipped()] + ["biller", "lab"]:
        if record.roles()[code] != shipped().get(code):
            record.reset_role(LOCAL, code)
    return staff("practice-admin")


def form_of(page: Any) -> dict[str, Any]:
    """The fields of the last form of a page as a browser would send them."""
    html = page.content.decode().rpartition("<form")[2].partition("</form>")[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, kind = _of(tag, "name"), _of(tag, "type")
        if not name or (kind == "checkbox" and " checked" not in tag):
            continue
        if kind == "checkbox":
            found.setdefault(name, []).append(_of(tag, "value") or "on")
        else:
            found[name] = _of(tag, "value")
    for name, body in re.findall(
        r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL
    ):
        found[name] = unescape(body).lstrip("\n")
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def _of(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def test_the_pages_say_it_in_words(record: Record, admin: Any) -> None:
    assert "Privacy officer" in text(admin.get("/staff/access/roles"))
    said = text(admin.get("/staff/access/roles/nurse"))
    assert "Whatever is not said here is denied." in said and "with a second factor" in said
    assert "Nobody." in said
    assert admin.get("/staff/access/roles/nobody").status_code == 404


@pytest.mark.parametrize("role", ["nurse", "privacy-officer", "system-admin"])
def test_who_may_not(record: Record, role: str) -> None:
    client = staff(role)
    allowed = "roles.manage" in record.roles()[role].permissions
    for path in ("roles", "roles/nurse", "roles/nurse/edit", "roles/nurse/reset"):
        assert (client.get(f"/staff/access/{path}").status_code == 403) is not allowed


def test_a_copy_is_tried_saved_and_removed(record: Record, admin: Any) -> None:
    fields = form_of(admin.get("/staff/access/roles/nurse/edit?copy=1"))
    path = "/staff/access/roles/nurse/edit?copy=1"
    kept = {**fields, "code": "night-nurse", "name": "Night nurse", "idle_minutes": "5"}
    said = text(admin.post(path, {**kept, "do": "try"}))
    assert "Nothing is saved yet." in said and "Save it" in said
    assert "night-nurse" not in record.roles()
    answer = admin.post(path, {**kept, "do": "save"}, follow=True)
    assert "saved as version 1" in text(answer)
    made = record.roles()["night-nurse"]
    assert made.idle_minutes == 5 and made.grants == record.roles()["nurse"].grants
    assert "by Practiceadmin" in text(admin.get("/staff/access/roles/night-nurse"))
    admin.post("/staff/access/roles/night-nurse/reset")
    assert "night-nurse" not in record.roles()


def test_a_copy_takes_no_others_place(record: Record, admin: Any) -> None:
    path = "/staff/access/roles/nurse/edit?copy=1"
    fields = form_of(admin.get(path)) | {"code": "physician", "name": "Mine"}
    answer = admin.post(path, {**fields, "do": "save"})
    assert answer.status_code == 400 and b"There is a role with this code" in answer.content
    assert b'value="Mine"' in answer.content
    assert record.roles()["physician"] == shipped()["physician"]


def test_a_change_is_of_the_role_of_its_page(record: Record, admin: Any) -> None:
    path = "/staff/access/roles/biller/edit"
    fields = form_of(admin.get(path)) | {"code": "physician", "description": "Bills"}
    assert admin.post(path, {**fields, "do": "save"}).status_code == 302
    assert record.roles()["physician"] == shipped()["physician"]
    assert record.roles()["biller"].description == "Bills"
    assert record.roles()["biller"].grants == shipped()["biller"].grants


def test_what_somebody_else_saved_meanwhile_is_not_lost(record: Record, admin: Any) -> None:
    from dataclasses import replace

    path = "/staff/access/roles/biller/edit"
    fields = form_of(admin.get(path))
    record.save_role(LOCAL, replace(record.roles()["biller"], description="Theirs"))
    answer = admin.post(path, {**fields, "description": "Mine", "do": "save"})
    assert answer.status_code == 400 and b"Somebody else has saved" in answer.content
    assert record.roles()["biller"].description == "Theirs"


def test_nobody_widens_what_they_have(record: Record, admin: Any) -> None:
    path = "/staff/access/roles/practice-admin/edit"
    fields = form_of(admin.get(path))
    more = [*fields["permissions"], "audit.read"]
    answer = admin.post(path, {**fields, "permissions": more, "do": "save"})
    assert answer.status_code == 400
    assert record.roles()["practice-admin"] == shipped()["practice-admin"]
    extra = int(fields["g-TOTAL_FORMS"]) - 1
    grant = {f"g-{extra}-types": "@clinical", f"g-{extra}-interactions": ["read", "search"]}
    answer = admin.post(path, {**fields, **grant, "do": "save"})
    assert answer.status_code == 400
    assert record.roles()["practice-admin"] == shipped()["practice-admin"]


def test_what_is_wrong_stands_at_its_field(record: Record, admin: Any) -> None:
    path = "/staff/access/roles/lab/edit"
    fields = form_of(admin.get(path))
    answer = admin.post(path, {**fields, "g-0-types": "Nonsense", "idle_minutes": "0", "do": "try"})
    page = answer.content.decode()
    assert answer.status_code == 400 and 'value="Nonsense"' in page
    assert "Nothing is saved" in page
    answer = admin.post(path, {**fields, "g-0-types": "Nonsense", "do": "save"})
    assert answer.status_code == 400 and b'details class="card" open' in answer.content
    assert record.roles()["lab"] == shipped()["lab"]


@pytest.mark.parametrize(
    "tampered",
    [
        {"g-TOTAL_FORMS": "100000"}, {"g-TOTAL_FORMS": ""}, {"g-0-needs": "nobody"}, {"version": ""},
        {"permissions": ["everything"]}, {"g-0-interactions": ["hack"]}, {"name": "a\0b"},
    ],
)  # fmt: skip
def test_tampered_forms_save_nothing(record: Record, admin: Any, tampered: dict[str, Any]) -> None:
    path = "/staff/access/roles/lab/edit"
    answer = admin.post(path, {**form_of(admin.get(path)), **tampered, "do": "save"})
    assert answer.status_code == 400
    assert record.roles()["lab"] == shipped()["lab"]


def test_saving_asks_for_fresh_proof(record: Record, admin: Any) -> None:
    path = "/staff/access/roles/lab/edit"
    fields = form_of(admin.get(path)) | {"description": "Changed", "do": "save"}
    stale(admin)
    assert admin.post(path, fields)["Location"].startswith("/account/confirm/")
    assert admin.post("/staff/access/roles/lab/reset")["Location"].startswith("/account/confirm/")
    assert record.roles()["lab"] == shipped()["lab"]


def test_who_can_see_a_patient_asks_about_all_who_could(record: Record, admin: Any) -> None:
    from osler.staff.access.holders import concerned, holders
    from osler.staff.access.holders import staff as working
    from tests.identity import people

    for number in range(3):
        people.patient(f"aaa{number}", patient=f"other{number}")
    people.patient("ana", patient="ana", person="Patient/ana", shown="Ana Garcia")
    assert {one.name for one in concerned("ana")} == {"Practiceadmin", "Ana Garcia"}
    assert [one.name for one in working()] == ["Practiceadmin"]
    assert [one.name for one in holders("practice-admin")] == ["Practiceadmin"]
    said = text(admin.post("/staff/access/who", {"patient": "MRN-7"}))
    assert "Ana Garcia" in said and "By the rule" in said
    wrong = admin.post("/staff/access/who", {"patient": "Nobody 1900-01-01"})
    assert wrong.status_code == 400 and b'value="Nobody 1900-01-01"' in wrong.content
    # A name in an address would be in histories and logs: it is not asked for there.
    assert "By the rule" not in text(admin.get("/staff/access/who?patient=MRN-7"))


def test_patients_are_looked_for_without_their_names_in_addresses(
    record: Record, admin: Any
) -> None:
    assert "Ana Garcia, born May 2, 1961" in text(admin.post("/staff/patients/", {"q": "Garcia"}))
    assert "No patient fits." in text(admin.post("/staff/patients/", {"q": "Nobody"}))
    assert "Ana Garcia" not in text(admin.get("/staff/patients/?q=Garcia"))
    assert "&lt;b&gt;Bo" in admin.get("/staff/patients/b.o-1/").content.decode()


def test_why_names_the_rule(record: Record, admin: Any) -> None:
    from osler.identity.people import found

    me = str(found("practiceadmin").pk)
    said = text(admin.get(f"/staff/access/why?who={me}&what=Condition/c1"))
    assert "Condition/c1" in said
    for odd in ("Condition", "Nonsense/1", "Condition/%00", "x/y/z"):
        assert admin.get(f"/staff/access/why?who={me}&what={odd}").status_code == 400
    assert admin.get("/staff/access/why?who=stranger&what=Condition/c1").status_code == 400
    with pytest.raises(NotFound):
        record.why(LOCAL, "Condition", "none", LOCAL)
