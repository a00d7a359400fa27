"""The photo beside the name: small, for who may see the chart alone, kept by their browser for a while."""

from __future__ import annotations

import io
from base64 import b64encode

import pytest
from PIL import Image

from osler.access import LOCAL
from osler.fhir import r4
from osler.record import Record, Update
from tests.record.cast import made
from tests.staff.patients.conftest import desk
from tests.staff.people import patient

URL = "/patients/p1/photo/"


def picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(out, "JPEG")
    return b64encode(out.getvalue()).decode()


@pytest.fixture(autouse=True)
def somebody(practice: Record) -> r4.Patient:
    one = made(
        resourceType="Patient", id="p1", active=True, birthDate="1980-05-06", name=[{"family": "Moreno"}],
        managingOrganization={"reference": "Organization/here"},
    )  # fmt: skip
    assert isinstance(one, r4.Patient)
    one.photo = [r4.Attachment(contentType="image/jpeg", data=picture())]
    practice.commit(LOCAL, [Update(one)])
    return one


def test_it_is_small_and_kept_by_the_browser_of_who_may_see_it() -> None:
    browser = desk()
    page = browser.get("/patients/p1/details/").content.decode()
    assert f'src="{URL}?v=' in page
    answer = browser.get(URL)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.content)).size == (132, 132)
    assert answer["Cache-Control"] == "private, max-age=900"
    assert "Cookie" in answer["Vary"]


def test_others_do_not_get_it() -> None:
    assert desk(person="other").get(URL).status_code == 404
    assert patient("pia", id="other").get(URL).status_code == 403


def test_a_photo_elsewhere_is_not_fetched(practice: Record, somebody: r4.Patient) -> None:
    somebody.photo = [r4.Attachment(contentType="image/jpeg", url="https://example.org/p.jpg")]
    practice.commit(LOCAL, [Update(somebody)])
    assert desk().get(URL).status_code == 404
