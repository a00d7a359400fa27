"""The administration: who gets in where, what is saved, what others changed meanwhile, and that no secret is told."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.practice import parts, places
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Record, Update
from tests.record.cast import made
from tests.staff.people import staff, text
from tests.staff.test_role_pages import form_of

pytestmark = pytest.mark.database

PRACTICE = (
    "/admin/practice/",
    "/admin/practice/new/",
    "/admin/practice/org-1/",
    "/admin/places/",
    "/admin/places/new/",
    "/admin/places/site-1/",
    "/admin/people/",
    "/admin/people/new/",
    "/admin/people/p1/",
    "/admin/people/p1/work/new/",
    "/admin/people/p1/work/role-1/",
    "/admin/codes/",
)
SYSTEM = ("/admin/system/", "/admin/jobs/", "/admin/storage/", "/admin/backups/")
CANARY = "canary-4711"


@pytest.fixture(autouse=True)
def practice(record: Record) -> None:
    """A practice with a site, a room, and somebody who works there."""
    resources = (
        made(resourceType="Organization", id="org-1", name="Elm Street", active=True,
             type=[{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "prov"}]}],
             contact=[{"name": {"text": "Kept"}}]),
        made(resourceType="Location", id="site-1", name="Main site", status="active", mode="instance",
             hoursOfOperation=[{"daysOfWeek": ["mon", "tue"], "openingTime": "08:00:00", "closingTime": "17:00:00"}],
             physicalType={"coding": [{"system": places.PHYSICAL, "code": "si"}]}),
        made(resourceType="Location", id="room-1", name="Room 1", status="active",
             partOf={"reference": "Location/site-1"}),
        made(resourceType="PractitionerRole", id="role-1", active=True,
             practitioner={"reference": "Practitioner/p1"}, organization={"reference": "Organization/org-1"},
             location=[{"reference": "Location/site-1"}]),
    )  # fmt: skip
    record.commit(LOCAL, [Update(one) for one in resources])


def _stored(record: Record, type: str, id: str) -> Any:
    return decode(record.read(LOCAL, type, id).content)


@pytest.mark.parametrize(
    ("role", "own", "machine"),
    [
        ("practice-admin", 200, 403),
        ("system-admin", 403, 200),
        ("physician", 403, 403),
        ("nurse", 403, 403),
        ("front-desk", 403, 403),
        ("biller", 403, 403),
        ("privacy-officer", 403, 403),
    ],
)
def test_each_page_is_for_its_permission_alone(role: str, own: int, machine: int) -> None:
    client = staff(role)
    assert {path: client.get(path).status_code for path in PRACTICE} == dict.fromkeys(PRACTICE, own)
    assert {path: client.get(path).status_code for path in SYSTEM} == dict.fromkeys(SYSTEM, machine)


def test_the_front_page_shows_each_what_they_may_open() -> None:
    said = {role: text(staff(role).get("/admin/")) for role in ("practice-admin", "system-admin")}
    assert "Sites and rooms" in said["practice-admin"] and "Storage" not in said["practice-admin"]
    assert "Storage" in said["system-admin"] and "Sites and rooms" not in said["system-admin"]
    desk = staff("front-desk").get("/admin/")
    assert "Patients’ access" in text(desk) and "Audit" not in text(desk).partition("Admin")[2]


def test_who_has_nothing_to_administer_has_no_link_and_no_page() -> None:
    nurse = staff("nurse")
    assert nurse.get("/admin/").status_code == 403
    assert b'href="/admin/"' not in nurse.get("/today/").content
    assert b'href="/admin/"' in staff("practice-admin").get("/today/").content


def test_every_card_leads_somewhere() -> None:
    import re

    client = staff("practice-admin", "system-admin", "privacy-officer")
    page = client.get("/admin/").content.decode()
    cards = re.findall(r'<a class="strong" href="([^"]+)"', page)
    assert len(cards) >= 14
    assert {url: client.get(url).status_code for url in cards} == dict.fromkeys(cards, 200)


def test_an_organization_is_renamed_and_what_the_form_does_not_know_stays(record: Record) -> None:
    client = staff("practice-admin")
    fields = form_of(client.get("/admin/practice/org-1/"))
    fields |= {"name": "Elm Street Clinic", "npi": "1234567893", "city": "Springfield"}
    assert client.post("/admin/practice/org-1/", fields).status_code == 303
    saved = _stored(record, "Organization", "org-1")
    assert saved.name == "Elm Street Clinic" and saved.alias == ["Elm Street"]
    assert saved.contact[0].name.text == "Kept"
    assert [(one.system, one.value) for one in saved.identifier] == [
        ("http://hl7.org/fhir/sid/us-npi", "1234567893")
    ]
    page = client.get("/admin/practice/")
    assert "Saved" in text(page) and b'action="/admin/undo/"' in page.content


def test_undo_brings_the_version_before_back(record: Record) -> None:
    client = staff("practice-admin")
    fields = form_of(client.get("/admin/places/room-1/"))
    client.post("/admin/places/room-1/", fields | {"name": "Room one", "kind": "ro"})
    version = record.read(LOCAL, "Location", "room-1").version
    undo = {"type": "Location", "item": "room-1", "version": version}
    assert client.post("/admin/undo/", undo).status_code == 303
    assert _stored(record, "Location", "room-1").name == "Room 1"
    again = client.post("/admin/undo/", undo)
    assert again.status_code == 409  # It is not the newest any more.
    assert staff("front-desk").post("/admin/undo/", undo).status_code == 403
    assert client.post("/admin/undo/", undo | {"type": "Patient"}).status_code == 400


def test_who_was_slower_is_shown_both_changes(record: Record) -> None:
    client = staff("practice-admin")
    fields = form_of(client.get("/admin/places/site-1/"))
    other = _stored(record, "Location", "site-1")
    other.name = "Theirs"
    record.commit(LOCAL, [Update(other)])
    answer = client.post("/admin/places/site-1/", fields | {"name": "Mine"})
    assert answer.status_code == 409
    assert "Theirs" in text(answer) and "Mine" in answer.content.decode()
    assert _stored(record, "Location", "site-1").name == "Theirs"
    second = fields | {"name": "Mine", "version": record.read(LOCAL, "Location", "site-1").version}
    assert client.post("/admin/places/site-1/", second).status_code == 303
    assert _stored(record, "Location", "site-1").name == "Mine"


def test_a_number_that_is_no_npi_is_refused() -> None:
    client = staff("practice-admin")
    fields = form_of(client.get("/admin/practice/new/?kind=lab"))
    answer = client.post("/admin/practice/new/", fields | {"name": "Lab", "npi": "1234567890"})
    assert answer.status_code == 422 and "no NPI" in text(answer)


def test_a_room_gets_hours_and_a_zone(record: Record) -> None:
    client = staff("practice-admin")
    fields = form_of(client.get("/admin/places/new/?in=site-1"))
    assert fields["part_of"] == "site-1"
    fields |= {"name": "Room 2", "mon": "8-12, 13:00-17:30", "zone": "America/Chicago"}
    assert client.post("/admin/places/new/", fields | {"tue": "nine"}).status_code == 422
    assert client.post("/admin/places/new/", fields).status_code == 303
    (id,) = record.find(LOCAL, "Location", "name=Room 2")
    saved = _stored(record, "Location", id)
    hours = [(one.openingTime, one.closingTime) for one in saved.hoursOfOperation]
    assert [(str(a), str(b)) for a, b in hours] == [
        ("08:00:00", "12:00:00"),
        ("13:00:00", "17:30:00"),
    ]
    assert saved.partOf.reference == "Location/site-1"
    assert saved.extension[0].valueCode == "America/Chicago"


def test_a_place_is_no_part_of_itself() -> None:
    client = staff("practice-admin")
    fields = form_of(client.get("/admin/places/site-1/"))
    answer = client.post("/admin/places/site-1/", fields | {"part_of": "room-1"})
    assert answer.status_code == 422 and "part of itself" in text(answer)


def test_a_person_and_what_they_do_where(record: Record) -> None:
    client = staff("practice-admin")
    fields = form_of(client.get("/admin/people/p1/"))
    assert fields["family"] == "Osei"
    fields |= {"suffix": "MD, FACP", "languages": ["en", "es"], "npi": "1234567893"}
    assert client.post("/admin/people/p1/", fields).status_code == 303
    saved = _stored(record, "Practitioner", "p1")
    assert saved.name[0].suffix == ["MD", "FACP"] and len(saved.communication) == 2
    client.get("/admin/people/")  # There the toast is told, whose form would be the last.
    work = form_of(client.get("/admin/people/p1/work/role-1/"))
    work |= {"job": "doctor", "specialty": "Family medicine", "sites": ["site-1"]}
    assert client.post("/admin/people/p1/work/role-1/", work).status_code == 303
    role = _stored(record, "PractitionerRole", "role-1")
    assert role.code[0].coding[0].code == "doctor"
    assert role.specialty[0].text == "Family medicine"
    assert client.get("/admin/people/b.o-1/work/role-1/").status_code == 404


def test_names_are_shown_as_text() -> None:
    client = staff("practice-admin")
    fields = form_of(client.get("/admin/practice/new/?kind=pay"))
    client.post("/admin/practice/new/", fields | {"name": "<script>alert(1)</script>"})
    page = client.get("/admin/practice/").content.decode()
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page


def test_no_secret_is_on_any_page(settings_with_secrets: None) -> None:
    client = staff("practice-admin", "system-admin")
    pages = (*PRACTICE, *SYSTEM, "/admin/", "/admin/integrations/", "/explore/")
    for path in pages:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert CANARY not in answer.content.decode(), path
    assert "not shown" in text(client.get("/admin/system/"))


@pytest.fixture
def settings_with_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every secret, and every place where one may hide, holds the canary."""
    from django.conf import settings as site

    from osler.kit.settings import VARIABLES

    secrets: dict[str, Any] = {one.field: CANARY for one in VARIABLES if one.secret}
    secrets |= {
        "smtp_url": f"smtps://who:{CANARY}@mail.example.org:465",
        "database_url": f"postgresql://osler:{CANARY}@db/osler",
        "blobs_url": f"s3://{CANARY}@bucket/prefix",
        "key_command": ("kms", f"--token={CANARY}"),
        "ledger_sign_command": ("sign", CANARY),
        "oidc_url": "https://sso.example.org",
    }
    given = dataclasses.replace(site.OSLER, **secrets)
    monkeypatch.setattr(site, "OSLER", given)


def test_a_failed_job_is_tried_again_and_a_waiting_one_stopped(record: Record) -> None:
    from osler.record import operating

    with record.database.connection() as conn, conn.transaction():
        conn.execute("DELETE FROM procrastinate_jobs")
        conn.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args) VALUES"
            " ('default', 'broke', 'failed', '{\"id\": \"canary-4711\"}'), ('default', 'waits', 'todo', '{}')"
        )
    client = staff("system-admin")
    page = client.get("/admin/jobs/?state=failed")
    assert "broke" in text(page) and CANARY not in page.content.decode()
    assert "No worker is running" in text(page)
    (failed,) = operating.jobs(record, LOCAL, "failed").shown
    assert client.post(f"/admin/jobs/{failed.id}/", {"act": "retry"}).status_code == 303
    waiting = {one.task: one.id for one in operating.jobs(record, LOCAL, "waiting").shown}
    assert set(waiting) == {"broke", "waits"}
    assert client.post(f"/admin/jobs/{waiting['waits']}/", {"act": "cancel"}).status_code == 303
    assert [one.task for one in operating.jobs(record, LOCAL, "stopped").shown] == ["waits"]
    assert client.post(f"/admin/jobs/{waiting['waits']}/", {"act": "retry"}).status_code == 409
    nosy = staff("practice-admin").post(f"/admin/jobs/{waiting['broke']}/", {"act": "cancel"})
    assert nosy.status_code == 403


def test_a_worker_with_a_pulse_is_seen(record: Record) -> None:
    with record.database.connection() as conn, conn.transaction():
        conn.execute("DELETE FROM procrastinate_workers")
        conn.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert "A worker is running" in text(staff("system-admin").get("/admin/jobs/"))
    with record.database.connection() as conn, conn.transaction():
        conn.execute("DELETE FROM procrastinate_workers")


def test_storage_measures_what_is_there() -> None:
    page = text(staff("system-admin").get("/admin/storage/"))
    assert "Record: current and earlier versions" in page and "Audit" in page


def test_a_release_is_uploaded_and_used(record: Record) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = staff("practice-admin")
    line = "9901|testvax|Test vaccine of the suite||Active|False|x"
    file = SimpleUploadedFile("cvx.txt", f"{line}\n".encode())
    answer = client.post(
        "/admin/codes/upload/", {"format": "cvx", "release": "t-1", "file": file, "use": "on"}
    )
    assert answer.status_code == 303
    page = text(client.get("/admin/codes/"))
    assert "t-1" in page and "1 terms" in page
    broken = SimpleUploadedFile("cvx.txt", b"no such line\n")
    answer = client.post(
        "/admin/codes/upload/", {"format": "cvx", "release": "t-2", "file": broken}
    )
    assert answer.status_code == 422
    assert "cvx.txt, line 1" in text(answer) and "/tmp" not in answer.content.decode()
    assert client.post("/admin/codes/use/", {"format": "cvx", "release": "t-2"}).status_code == 404
    found = client.post("/admin/codes/", {"kind": "diagnosis", "q": "asthma"})
    assert "J45" in text(found)


def test_values_that_no_form_sends_are_refused_and_break_nothing(record: Record) -> None:
    client = staff("practice-admin", "system-admin")
    fields = {"type": "Location", "item": "site-1", "version": "2"}
    for item in ("\0", "../site-1", "x" * 65, ""):
        assert client.post("/admin/undo/", fields | {"item": item}).status_code == 400, item
    for number in (2**63, 10**30):
        for act in ("retry", "cancel"):
            assert client.post(f"/admin/jobs/{number}/", {"act": act}).status_code == 409
    used = client.post("/admin/codes/use/", {"format": "cvx", "release": "\0"})
    assert used.status_code == 404


def test_what_a_setting_is_for_is_said_in_the_readers_language() -> None:
    client = staff("system-admin")
    spanish = text(client.get("/admin/system/", headers={"accept-language": "es"}))
    assert "port to listen on" not in spanish and "puerto en el que escucha" in spanish
    assert "port to listen on" in text(client.get("/admin/system/"))


def test_parts_are_written_as_people_write_them() -> None:
    assert places.spans("24 h") == [("24 h", "")]
    assert places.spans("") == []
    assert parts.valid_npi("1234567893") and not parts.valid_npi("1234567894")
    found = r4.Organization(telecom=[r4.ContactPoint(system="phone", value="1")])
    assert parts.with_contacts(found.telecom, {"phone": ""}) is None
