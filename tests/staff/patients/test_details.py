"""Demographics: each part changes alone and against its version; states have a way back; strangers stay out."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.patients import flags
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Record, Update
from tests.record.cast import made
from tests.staff.patients.conftest import desk, sets
from tests.staff.people import patient, text

URL = "/patients/d1/details/"


@pytest.fixture(autouse=True)
def _somebody(practice: Record) -> None:
    one = made(
        resourceType="Patient", id="d1", active=True, birthDate="1980-05-06", gender="female",
        name=[{"use": "official", "family": "Moreno", "given": ["Eva", "Luz"]}],
        identifier=[
            {"use": "usual", "value": "M1"},
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123456789"},
        ],
        address=[{"line": ["1 Elm St"], "city": "Boston", "state": "MA"}],
        managingOrganization={"reference": "Organization/here"},
    )  # fmt: skip
    practice.commit(LOCAL, [Update(one)])


def _now(record: Record) -> Any:
    return decode(record.read(LOCAL, "Patient", "d1").content)


def _version(record: Record) -> str:
    return str(record.read(LOCAL, "Patient", "d1").version)


def _whose(record: Record) -> str:
    weight: Any = decode(record.read(LOCAL, "Observation", "w1").content)
    return str(weight.subject.reference)


def test_the_page_has_everything_but_the_whole_number(practice: Record) -> None:
    answer = desk().get(URL)
    said = text(answer)
    assert answer.status_code == 200
    assert "Moreno" in said
    assert "•••-••-6789" in said
    assert "123456789" not in answer.content.decode()


def test_a_part_changes_alone(practice: Record) -> None:
    fields = {"family": "Moreno", "given": "Eva", "usual": "Evita"}
    fields |= {"patient": "d1", "version": _version(practice)}
    answer = desk().post(f"{URL}name/", fields)
    assert answer.status_code == 303, text(answer)
    now = _now(practice)
    assert [(n.use, n.given) for n in now.name] == [("official", ["Eva"]), ("usual", ["Evita"])]
    assert (now.address[0].city, now.birthDate) == ("Boston", "1980-05-06")


def test_names_keep_what_the_form_does_not_ask(practice: Record) -> None:
    one = _now(practice)
    one.name[0].given = ["Eva", "Luz María"]
    one.name[0].period = r4.Period(start="2001-02")
    old = r4.HumanName(use="old", family="Cruz", period=r4.Period(end="2001-02"))
    one.name = [*one.name, old]
    practice.commit(LOCAL, [Update(one)])
    browser = desk()
    page = browser.get(f"{URL}name/").content.decode()
    assert 'value="Luz María"' in page and 'value="Cruz"' in page
    fields = {"family": "Moreno Diaz", "given": "Eva", "middle": "Luz María", "former": "Cruz"}
    fields |= {"patient": "d1", "version": _version(practice)}
    assert browser.post(f"{URL}name/", fields).status_code == 303
    now = _now(practice).name
    assert (now[0].family, now[0].given) == ("Moreno Diaz", ["Eva", "Luz María"])
    assert (now[0].period.start, now[1].period.end) == ("2001-02", "2001-02")


def test_sexual_orientation_is_changed_with_the_identity(practice: Record) -> None:
    browser = desk("physician")

    def press(code: str) -> str:
        fields = {"born": "1980-05-06", "gender": "female", "orientation": code, "patient": "d1"}
        answer = browser.post(f"{URL}identity/", {**fields, "version": _version(practice)})
        assert answer.status_code == 303, text(answer)
        page = browser.get(f"{URL}identity/").content.decode()
        box = page.split('name="orientation"')[1].split("</select>")[0]
        found = re.search(r'value="([^"]*)" selected', box)
        return found[1] if found else ""

    assert press("38628009") == "38628009"
    assert "Homosexual" in text(browser.get(URL)) or "gay" in text(browser.get(URL)).lower()
    assert press("20430005") == "20430005"
    assert press("") == ""
    assert desk().get(f"{URL}identity/").status_code == 200


def test_rows_are_changed_added_and_taken_away(practice: Record) -> None:
    rows = sets(places=[{"use": "home", "line1": "2 Oak St", "city": "Salem", "state": "MA"}])
    browser = desk()
    fields = {**rows, "places-INITIAL_FORMS": "1", "patient": "d1", "version": _version(practice)}
    assert browser.post(f"{URL}places/", fields).status_code == 303
    assert [one.city for one in _now(practice).address] == ["Salem"]
    empty = {**sets(places=[{"use": "home", "line1": "", "city": ""}]), "places-INITIAL_FORMS": "1"}
    fields = {**empty, "patient": "d1", "version": _version(practice)}
    assert browser.post(f"{URL}places/", fields).status_code == 303
    assert _now(practice).address is None


def test_an_older_version_is_not_written_over_a_newer(practice: Record) -> None:
    stale = _version(practice)
    browser = desk()
    fields = {"family": "First", "given": "Eva", "patient": "d1", "version": stale}
    assert browser.post(f"{URL}name/", fields).status_code == 303
    answer = browser.post(f"{URL}name/", {**fields, "family": "Second"})
    assert answer.status_code == 409
    assert "First" in text(answer) and "Second" in text(answer)
    assert _now(practice).name[0].family == "First"


def test_changes_of_different_parts_are_both_kept(practice: Record) -> None:
    begun = {"patient": "d1", "version": _version(practice)}
    one, two = desk(), desk()
    identity = {"born": "1980-05-06", "gender": "other", **begun}
    assert one.post(f"{URL}identity/", identity).status_code == 303
    name = {"family": "Moreno", "given": "Eva", "middle": "Sol", **begun}
    assert two.post(f"{URL}name/", name).status_code == 303
    rows = sets(reach=[{"system": "phone", "value": "555-0100", "use": "home"}])
    assert one.post(f"{URL}reach/", {**rows, **begun}).status_code == 303
    now = _now(practice)
    assert (now.gender, now.name[0].given) == ("other", ["Eva", "Sol"])
    assert [each.value for each in now.telecom] == ["555-0100"]


def test_rows_that_both_changed_are_asked_whole(practice: Record) -> None:
    begun = {"patient": "d1", "version": _version(practice)}
    one, two = desk(), desk()
    salem = sets(places=[{"use": "home", "line1": "2 Oak St", "city": "Salem", "state": "MA"}])
    lynn = sets(
        places=[
            {"use": "home", "line1": "1 Elm St", "city": "Boston", "state": "MA"},
            {"use": "work", "line1": "3 Ash St", "city": "Lynn", "state": "MA"},
        ]
    )
    assert one.post(f"{URL}places/", {**salem, **begun}).status_code == 303
    asked = two.post(f"{URL}places/", {**lynn, **begun})
    assert asked.status_code == 409
    assert "2 Oak St" in text(asked) and "3 Ash St" in text(asked)
    ticked = re.findall(r'name="places-row" value="([^"]*)" checked', asked.content.decode())
    chosen = {"places-row": [html.unescape(row) for row in ticked]}
    answer = two.post(f"{URL}places/", {**lynn, **begun, **chosen, "version": _version(practice)})
    assert answer.status_code == 303, text(answer)
    assert [each.city for each in _now(practice).address] == ["Salem", "Lynn"]
    broken = {**lynn, "patient": "d1", "version": _version(practice), "places-row": "{"}
    assert two.post(f"{URL}places/", broken).status_code == 400


def test_a_form_of_another_patient_is_refused(practice: Record) -> None:
    fields = {"family": "X", "given": "Y", "patient": "ana", "version": "1"}
    assert desk().post(f"{URL}name/", fields).status_code == 409
    assert _now(practice).name[0].family == "Moreno"


def test_states_have_a_way_back(practice: Record) -> None:
    browser = desk("physician")

    def press(what: str, **more: str) -> Any:
        fields = {"what": what, "patient": "d1", "version": _version(practice), **more}
        return browser.post(f"{URL}state/", fields)

    assert press("deceased", died="2024-05").status_code == 303
    assert _now(practice).deceasedDateTime == "2024-05"
    assert press("living").status_code == 303
    assert (_now(practice).deceasedDateTime, _now(practice).deceasedBoolean) == (None, False)
    assert press("deceased", died="1900-01-01").status_code == 400
    assert press("deceased", died="2999-01-01").status_code == 400
    assert press("inactive").status_code == 303
    assert _now(practice).active is False
    assert press("active").status_code == 303


def test_a_confidential_chart_is_closed_to_the_desk_and_opens_again(practice: Record) -> None:
    one = made(
        resourceType="Patient", id="famous", active=True, name=[{"family": "Famosa"}],
        managingOrganization={"reference": "Organization/here"},
    )  # fmt: skip
    practice.commit(LOCAL, [Update(one)])
    browser, page = desk(), "/patients/famous/details/"
    assert browser.get(page).status_code == 200
    now: Any = decode(practice.read(LOCAL, "Patient", "famous").content)
    flags.set_vip(now)
    practice.commit(LOCAL, [Update(now)])
    assert browser.get(page).status_code == 404
    assert "Famosa" not in text(browser.post("/patients/", {"q": "famosa"}))
    now = decode(practice.read(LOCAL, "Patient", "famous").content)
    op = flags.without_vip(now, None)
    assert op is not None
    practice.commit(LOCAL, [op])
    assert browser.get(page).status_code == 200


def version(browser: Any) -> str:
    """The versions that the form of the insurance is made from."""
    page = str(browser.get(f"{URL}insurance/").content.decode())
    return page.split('name="version" value="')[1].partition('"')[0]


def insure(browser: Any, was: str, *rows: dict[str, str]) -> Any:
    fields = sets(coverages=list(rows))
    fields |= {"coverages-INITIAL_FORMS": str(len(was.split()) - (was == "-"))}
    return browser.post(f"{URL}insurance/", {**fields, "patient": "d1", "version": was})


def test_insurance_is_kept_in_order(practice: Record) -> None:
    browser = desk()
    rows = sets(
        coverages=[{"payer": "First Payer", "member": "A1"}, {"payer": "Second", "member": "B2"}]
    )
    answer = browser.post(f"{URL}insurance/", {**rows, "patient": "d1", "version": "-"})
    assert answer.status_code == 303, text(answer)
    said = text(browser.get(URL))
    assert said.index("1. First Payer") < said.index("2. Second")
    rows = sets(coverages=[{"payer": "", "member": ""}, {"payer": "Second", "member": "B3"}])
    fields = {**rows, "coverages-INITIAL_FORMS": "2", "patient": "d1", "version": version(browser)}
    assert browser.post(f"{URL}insurance/", fields).status_code == 303
    said = text(browser.get(URL))
    assert "First Payer" not in said
    assert "B3" in said


ONE = {"payer": "First", "member": "A1", "relation": "self"}
TWO = {"payer": "Second", "member": "B2", "relation": "self"}


def covers(practice: Record) -> list[dict[str, Any]]:
    from osler.clinic.patients import coverage

    found = coverage.of_patient(practice, LOCAL, "d1")
    return [{k: v for k, v in coverage.read(one).items() if k != "id" and v} for one in found]


def insured(practice: Record) -> tuple[Any, Any, str]:
    """Two browsers with the form of two coverages open."""
    mine, theirs = desk(), desk()
    assert insure(mine, version(mine), *[{"payer": ""}] * 9).status_code == 303
    assert insure(mine, "-", ONE, TWO).status_code == 303
    return mine, theirs, version(mine)


def test_two_change_different_things_of_the_insurance(practice: Record) -> None:
    mine, theirs, was = insured(practice)
    assert insure(theirs, was, ONE, TWO | {"group": "G7"}).status_code == 303
    answer = insure(mine, was, ONE | {"member": "A2"}, TWO)
    assert answer.status_code == 303
    assert "had changed meanwhile was kept too" in text(mine.get(URL))
    assert covers(practice) == [ONE | {"member": "A2"}, TWO | {"group": "G7"}]


def test_what_both_change_is_asked_and_nothing_is_overwritten(practice: Record) -> None:
    mine, theirs, was = insured(practice)
    assert insure(theirs, was, ONE | {"member": "A7"}, TWO).status_code == 303
    answer = insure(mine, was, ONE | {"member": "A8"}, TWO)
    assert answer.status_code == 409
    said = text(answer)
    assert "1. Member ID" in said
    assert "A7" in said
    assert "A8" in said
    assert covers(practice)[0]["member"] == "A7"
    page = answer.content.decode()
    chosen = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    chosen |= {"coverages-0-member": "A8"}
    assert mine.post(f"{URL}insurance/", chosen).status_code == 303
    assert [one["member"] for one in covers(practice)] == ["A8", "B2"]


def test_a_coverage_that_somebody_added_is_not_overwritten_by_its_place(practice: Record) -> None:
    mine, theirs, was = insured(practice)
    third = {"payer": "Third", "member": "C3"}
    assert insure(theirs, was, {"payer": ""}, TWO, third).status_code == 303
    assert insure(mine, was, ONE, TWO | {"plan": "Gold"}).status_code == 303
    assert [one["payer"] for one in covers(practice)] == ["Second", "Third"]
    assert covers(practice)[0]["plan"] == "Gold"


def test_taken_away_by_one_and_changed_by_the_other_is_asked(practice: Record) -> None:
    mine, theirs, was = insured(practice)
    assert insure(theirs, was, {"payer": ""}, TWO).status_code == 303
    answer = insure(mine, was, ONE | {"member": "A9"}, TWO)
    assert answer.status_code == 409
    assert text(answer).count("Yours:") == 1
    assert [one["payer"] for one in covers(practice)] == ["Second"]


def test_what_the_form_does_not_show_stays(practice: Record) -> None:
    mine, _theirs, _was = insured(practice)
    from osler.clinic.patients import coverage

    one: Any = coverage.of_patient(practice, LOCAL, "d1")[0]
    one.policyHolder = r4.Reference(display="Her mother")
    practice.commit(LOCAL, [Update(one)])
    assert insure(mine, version(mine), ONE | {"member": "A3"}, TWO).status_code == 303
    one = coverage.of_patient(practice, LOCAL, "d1")[0]
    assert (one.subscriberId, one.policyHolder.display) == ("A3", "Her mother")


def test_a_form_without_its_version_is_refused(practice: Record) -> None:
    answer = desk().post(f"{URL}insurance/", {**sets(coverages=[ONE]), "patient": "d1"})
    assert answer.status_code == 400
    assert "which version" in text(answer)


def test_others_do_not_get_in(practice: Record) -> None:
    assert desk(person="other").get(URL).status_code == 404
    assert patient().get(URL).status_code == 403
    fields = {"family": "X", "given": "Y", "patient": "d1", "version": "1"}
    assert desk("practice-admin").post(f"{URL}name/", fields).status_code == 403


def test_merging_by_its_pages_and_back(practice: Record) -> None:
    other = made(
        resourceType="Patient", id="d2", active=True, birthDate="1980-05-06", gender="female",
        name=[{"use": "official", "family": "Morena", "given": ["Eva"]}],
        managingOrganization={"reference": "Organization/here"},
    )  # fmt: skip
    weight = made(
        resourceType="Observation", id="w1", status="final", code={"text": "Weight"},
        subject={"reference": "Patient/d2"},
    )  # fmt: skip
    practice.commit(LOCAL, [Update(other), Update(weight)])
    assert desk().get("/patients/d1/merging/").status_code == 403
    browser = desk("practice-admin")
    assert "Morena" in text(browser.post("/patients/d1/merging/", {"q": "morena", "patient": "d1"}))
    page = "/patients/d1/merging/with/d2/"
    assert "Observation: 1" in text(browser.get(page))
    assert browser.post(page, {"patient": "d1", "reason": ""}).status_code == 422
    done = browser.post(
        page, {"patient": "d1", "reason": "Same person twice", "take-name": "other"}
    )
    assert done.status_code == 303, text(done)
    assert _now(practice).name[0].family == "Morena"
    assert _whose(practice) == "Patient/d1"
    old = browser.get("/patients/d2/")
    assert (old.status_code, old["Location"]) == (302, "/patients/d1/")
    assert "merged into another one" in text(browser.get("/patients/d1/details/"))
    from osler.record import merging

    (one,) = merging.merges(practice.database, "d1")
    step = f"/patients/d1/merging/{one.id}/"
    back = browser.post(step, {"patient": "d1", "do": "undo", "reason": "They are two people"})
    assert back.status_code == 303, text(back)
    assert _whose(practice) == "Patient/d2"
    assert _now(practice).name[0].family == "Moreno"


def test_a_record_with_an_account_is_not_merged_away(practice: Record) -> None:
    from tests.identity import people

    other = made(
        resourceType="Patient", id="d3", active=True, name=[{"family": "Acc"}],
        managingOrganization={"reference": "Organization/here"},
    )  # fmt: skip
    practice.commit(LOCAL, [Update(other)])
    people.patient("hasone", patient="d3", person="Patient/d3")
    page = "/patients/d1/merging/with/d3/"
    answer = desk("practice-admin").post(page, {"patient": "d1", "reason": "Same person twice"})
    assert answer.status_code == 422
    assert "has an account" in text(answer)
