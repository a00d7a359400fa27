"""Registering: everything that is asked comes to the record, similar people stop it, strangers may not."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Record
from osler.search.parse import parse
from tests.staff.patients.conftest import desk, sets
from tests.staff.people import patient, text

_EVERYTHING = {
    "family": "Okafor", "given": "Chinedu", "middle": "Paul", "usual": "Chin", "former": "Chinedu Eze",
    "born": "1968-03-14", "gender": "male", "birth_sex": "M", "identity": "446151000124109",
    "pronouns": "LA29518-0", "race": ["2054-5"], "race_details": ["2065-1"], "ethnicity": ["2186-5"],
    "language": "ig", "interpreter": "yes", "marital": "M", "practice": "Organization/here",
    "doctor": "Practitioner/desk", "ssn": "123-45-6789",
    **sets(
        reach=[
            {"system": "phone", "value": "(617) 555-0142", "use": "mobile"},
            {"system": "email", "value": "chinedu@example.org", "use": "home"},
        ],
        places=[{"use": "home", "line1": "12 Main St", "city": "Boston", "state": "MA", "postal": "02118"}],
        kin=[{"kind": "N", "relation": "SPS", "name": "Ada Okafor", "phone": "617 555 0143"}],
        coverages=[
            {"payer": "Blue Example", "member": "XYZ1", "group": "G7", "relation": "self", "start": "2026-01-01"},
            {"payer": "Second Example", "member": "S2", "relation": "spouse"},
        ],
    ),
}  # fmt: skip


def _asked(family: str, given: str, born: str, **more: Any) -> dict[str, Any]:
    """The registration of somebody whom no other test has."""
    return {
        **_EVERYTHING,
        "family": family,
        "given": given,
        "born": born,
        "ssn": "",
        **sets(),
        **more,
    }


def _only(record: Record, criteria: str) -> Any:
    type, _, query = criteria.partition("?")
    pairs = [tuple(one.split("=", 1)) for one in query.split("&")]
    found = record.search(LOCAL, parse(type, pairs, record.registry)).matches  # type: ignore[arg-type]
    assert len(found) == 1
    return decode(found[0].content)


def test_everything_that_is_asked_comes_to_the_record(practice: Record) -> None:
    answer = desk().post("/patients/new/", _EVERYTHING)
    assert answer.status_code == 303, text(answer)
    one = _only(practice, "Patient?family=Okafor")
    assert answer["Location"] == f"/patients/{one.id}/"
    assert [(n.use, n.family, n.given) for n in one.name] == [
        ("official", "Okafor", ["Chinedu", "Paul"]),
        ("usual", "Okafor", ["Chin"]),
        ("old", "Eze", ["Chinedu"]),
    ]
    assert (one.birthDate, one.gender, one.maritalStatus.text) == ("1968-03-14", "male", "Married")
    number = one.identifier[0]
    assert (number.use, number.system, number.value) == ("usual", "urn:osler:mrn:here", "000001")
    assert number.type.coding[0].code == "MR"
    race = next(e for e in one.extension if e.url.endswith("us-core-race"))
    assert [e.url for e in race.extension] == ["ombCategory", "detailed", "text"]
    assert [(t.system, t.use, t.rank) for t in one.telecom] == [
        ("phone", "mobile", 1),
        ("email", "home", 2),
    ]
    assert one.communication[0].language.coding[0].code == "ig"
    assert one.contact[0].name.family == "Okafor"
    covers = practice.search(
        LOCAL, parse("Coverage", [("patient", f"Patient/{one.id}")], practice.registry)
    ).matches
    assert sorted(decode(c.content).order for c in covers) == [1, 2]  # type: ignore[attr-defined]


def test_numbers_go_on_and_differ_by_practice(practice: Record) -> None:
    for family, born in (("Adams", "1950-01-01"), ("Zhou", "1991-11-11")):
        asked = _asked(family, family[::-1], born)
        assert desk().post("/patients/new/", asked).status_code == 303
    first, second = (
        int(_only(practice, f"Patient?family={name}").identifier[0].value)
        for name in ("Adams", "Zhou")
    )
    assert second == first + 1
    asked = _asked("Xu", "Li", "1977-07-07", practice="Organization/there", doctor="")
    assert desk(person="other").post("/patients/new/", asked).status_code == 303
    number = _only(practice, "Patient?family=Xu").identifier[0]
    assert (number.system, number.value) == ("urn:osler:mrn:there", "000001")


def test_somebody_similar_stops_it_until_it_is_said_that_this_is_another(practice: Record) -> None:
    browser = desk()
    first = browser.post("/patients/new/", _asked("Brandt", "Lena", "2001-05-06"))
    id = first["Location"].split("/")[2]
    twin = _asked("Brand", "Lena", "2001-06-05")
    stopped = browser.post("/patients/new/", twin)
    assert stopped.status_code == 422
    assert "1 similar person is registered" in text(stopped)
    assert "This is another person" in text(stopped)
    assert "Not saved yet" in text(stopped), "it is said above the form too"
    assert browser.post("/patients/new/", {**twin, "another": "not-this"}).status_code == 422
    again = browser.post("/patients/new/", {**twin, "another": id})
    assert again.status_code == 303
    made = _only(practice, "Patient?family:exact=Brand")
    kept = [
        e.valueReference.reference
        for e in made.extension
        if e.url == "urn:osler:another-person-than"
    ]
    assert kept == [f"Patient/{id}"]


def test_the_live_panel_names_them_side_by_side(practice: Record) -> None:
    browser = desk()
    browser.post("/patients/new/", _EVERYTHING)
    typed = {"family": "Okafour", "given": "Chinedu", "born": "1968-03-14", "gender": "male"}
    answer = browser.post("/patients/new/similar/", typed, headers={"HX-Request": "true"})
    assert "Okafor" in text(answer)
    assert "•••-••-6789" not in text(answer) or "6789" in text(answer)
    assert "123-45-6789" not in answer.content.decode()
    assert "Nobody similar" in text(browser.post("/patients/new/similar/", {"family": "Zz"}))


def test_what_is_missing_or_wrong_is_said_at_its_field(practice: Record) -> None:
    wrong = {**_EVERYTHING, "family": "", "given": "", "born": "2999-01-01", **sets()}
    answer = desk().post("/patients/new/", wrong)
    assert answer.status_code == 422
    assert "Enter the family name" in text(answer)
    assert "in the future" in text(answer)
    number = desk().post(
        "/patients/new/", _asked("Nakamura", "Kei", "1933-01-09", ssn="000-12-3456")
    )
    assert number.status_code == 422
    assert "social security number has nine digits" in text(number)


def test_in_haste_five_fields_do_and_the_record_says_that_it_is_incomplete(
    practice: Record,
) -> None:
    fields = {"family": "Lima", "given": "Rui", "born": "1999-09-09", "gender": "male", "phone": "5550100",
              "practice": "Organization/here"}  # fmt: skip
    answer = desk().post("/patients/new/quick/", fields)
    assert answer.status_code == 303, text(answer)
    one = _only(practice, "Patient?family=Lima")
    assert one.meta.tag[0].code == "incomplete"
    assert one.telecom[0].value == "5550100"


def test_a_photo_is_made_anew(practice: Record) -> None:
    file = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(file, "JPEG", comment=b"hidden words")
    file.seek(0)
    file.name = "me.jpg"
    answer = desk().post("/patients/new/", _asked("Fotos", "Pia", "1988-08-08", photo=file))
    assert answer.status_code == 303, text(answer)
    photo = _only(practice, "Patient?family=Fotos").photo[0]
    assert photo.contentType == "image/jpeg"
    assert b"hidden words" not in photo.data.encode()


def test_what_is_no_picture_is_refused(practice: Record) -> None:
    file = io.BytesIO(b"%PDF-1.4 nothing")
    file.name = "me.jpg"
    answer = desk().post("/patients/new/", _asked("Nofoto", "Per", "1944-04-04", photo=file))
    assert answer.status_code == 422
    assert "Nofoto" in answer.content.decode()


def test_an_address_is_warned_of(practice: Record) -> None:
    fields = {"places-0-city": "Boston", "places-0-state": "MA", "places-0-postal": "90210"}
    answer = desk().post("/patients/new/address/", fields)
    assert "This ZIP code lies in another state." in text(answer)


def test_patients_and_those_who_may_not_write_cannot_register(practice: Record) -> None:
    somebody = patient()
    assert somebody.get("/patients/new/").status_code == 403
    assert somebody.post("/patients/new/similar/", {"family": "Garcia"}).status_code == 403
    assert desk("practice-admin").post("/patients/new/", _EVERYTHING).status_code == 403


def test_people_of_another_practice_are_not_shown_as_similar(practice: Record) -> None:
    desk().post("/patients/new/", _EVERYTHING)
    typed = {"family": "Okafor", "given": "Chinedu", "born": "1968-03-14"}
    answer = desk(person="other").post("/patients/new/similar/", typed)
    assert "Okafor" not in text(answer)
