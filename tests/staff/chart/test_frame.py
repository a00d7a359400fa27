"""The frame of a chart: whose it is, and that a form of another patient is refused."""

from __future__ import annotations

from typing import Any

import pytest

from osler.record import Record
from tests.staff.chart.reading import all_of, one_of, said, tree
from tests.staff.people import staff

TYPED = "sharp pain since Tuesday"


def test_title_and_heading_name_page_and_patient(record: Record) -> None:
    page = tree(staff("physician").get("/patients/ana/"))
    assert said(one_of(page, "title")) == "Summary · GARCIA, Ana · Osler"
    assert [said(one) for one in all_of(page, "h1")] == ["Summary"]


def test_section_of_the_page_is_marked(record: Record) -> None:
    page = tree(staff("physician").get("/patients/ana/timeline/"))
    sections = one_of(page, "nav", "cnav")
    current = [said(one) for one in all_of(sections, "a", **{"aria-current": "page"})]
    assert current == ["Timeline"]


def test_form_of_another_patient_is_refused_and_given_back(record: Record) -> None:
    answer = staff("physician").post("/patients/ana/find/", {"patient": "b.o-1", "q": TYPED})
    page = tree(answer)
    assert answer.status_code == 409
    assert TYPED in said(one_of(page, "dl", "typed"))
    told = said(one_of(page, role="alert", name="banner-note"))
    assert "<b>Bo</b>" in told and "Ana Garcia" in told and "Nothing was saved" in told


def test_form_without_a_patient_is_refused(record: Record) -> None:
    answer = staff("physician").post("/patients/ana/find/", {"q": TYPED})
    assert answer.status_code == 409
    assert TYPED in said(tree(answer))


def test_form_with_a_patient_that_is_no_id_is_refused(record: Record) -> None:
    answer = staff("physician").post("/patients/ana/find/", {"patient": "../x\0", "q": TYPED})
    assert answer.status_code == 409


def test_refusal_in_a_panel_is_a_panel(record: Record) -> None:
    client = staff("physician")
    answer = client.post("/patients/ana/find/", {"patient": "b.o-1"}, HTTP_HX_REQUEST="true")
    page = tree(answer)
    assert answer.status_code == 409
    assert not all_of(page, "html") and all_of(page, "h2", id="ws-h")
    assert "Ana Garcia" in said(one_of(page, "p", "ws-p"))


def test_forms_of_the_chart_name_their_patient(record: Record) -> None:
    page = tree(staff("physician").get("/patients/ana/find/"))
    form = one_of(page, "form", "find")
    hidden = {
        o.attributes["name"]: o.attributes["value"] for o in all_of(form, "input", type="hidden")
    }
    assert hidden["patient"] == "ana" and hidden["csrfmiddlewaretoken"]


@pytest.mark.parametrize(
    ("role", "there", "missing"),
    [
        ("physician", {"Problems", "Results", "Timeline"}, {"Who looked"}),
        ("nurse", {"Problems", "Vitals"}, {"Who looked"}),
        ("front-desk", {"Summary", "Timeline"}, {"Problems", "Results", "Vitals", "Notes"}),
        ("biller", {"Problems"}, {"Results", "Vitals", "Notes", "Who looked"}),
        ("privacy-officer", {"Who looked"}, set()),
    ],
)
def test_roles_see_the_sections_that_they_may_open(
    record: Record, role: str, there: set[str], missing: set[str]
) -> None:
    client = _at_the_practice(record, role)
    answer = client.get("/patients/ana/")
    assert answer.status_code == 200
    sections = {said(one) for one in all_of(one_of(tree(answer), "nav", "cnav"), "a")}
    assert there <= sections and not missing & sections


def test_front_desk_sees_no_clinical_content_and_is_told_so(record: Record) -> None:
    page = tree(_at_the_practice(record, "front-desk").get("/patients/ana/"))
    text = said(page)
    assert "Asthma" not in text
    assert "Parts of this chart are not shown to your role." in text
    assert "Allergies: not shown to your role" in text
    assert one_of(page, "section", "pb") is not None


def test_what_a_reader_may_not_see_is_not_said_to_be_missing(record: Record) -> None:
    page = tree(_at_the_practice(record, "privacy-officer").get("/patients/ana/"))
    text = said(page)
    assert "Allergies: not asked" not in text and "No problems recorded." not in text
    assert "Allergies: not shown to your role" in text


def test_front_desk_finds_nothing_clinical(record: Record) -> None:
    client = _at_the_practice(record, "front-desk")
    answer = client.post("/patients/ana/find/", {"patient": "ana", "q": "asthma"})
    assert answer.status_code == 200 and not all_of(tree(answer), "mark")


def test_front_desk_may_open_the_timeline_of_what_it_may_see(record: Record) -> None:
    answer = _at_the_practice(record, "front-desk").get("/patients/ana/timeline/")
    kinds = {said(one) for one in all_of(one_of(tree(answer), "nav", "chips"), "a")}
    assert "Appointments" in kinds and not kinds & {"Notes", "Problems", "Results"}


def test_patients_have_no_chart_pages(record: Record) -> None:
    from tests.staff.people import patient

    assert patient().get("/patients/ana/").status_code == 403


def test_chart_of_nobody_is_not_found(record: Record) -> None:
    assert staff("physician").get("/patients/nobody/").status_code == 404


def _at_the_practice(record: Record, role: str) -> Any:
    """Somebody of a role that sees the patients of the practice where they work, as ana is."""
    from osler.access import LOCAL
    from osler.fhir.codec import decode
    from osler.record import Update

    work = (
        b'{"resourceType":"Organization","id":"o1","name":"Clinic"}',
        (
            b'{"resourceType":"PractitionerRole","id":"w1","active":true,"practitioner":{"reference":"Practitioner/p1"},'
            b'"organization":{"reference":"Organization/o1"}}'
        ),
        (
            b'{"resourceType":"Patient","id":"ana","birthDate":"1961-05-02","managingOrganization":'
            b'{"reference":"Organization/o1"},"name":[{"family":"Garcia","given":["Ana"]}]}'
        ),
    )
    record.commit(LOCAL, [Update(decode(one)) for one in work])
    return staff(role, person="Practitioner/p1")
