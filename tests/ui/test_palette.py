"""The palette: two identifiers, by permission, never by address, and nothing of a chart that one may not open."""

from __future__ import annotations

import re

import pytest

from osler.record import Record
from tests.ui.test_preferences import _doctor

pytestmark = pytest.mark.database


def _labels(answer: object) -> list[str]:
    text = answer.content.decode()  # type: ignore[attr-defined]
    found = re.findall(r'role="option".*?</a>', text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one.partition(">")[2]).split()) for one in found]


def _ask(client: object, text: str, patient: str = "") -> list[str]:
    return _labels(
        client.post(  # type: ignore[attr-defined]
            "/palette/", {"q": text, "patient": patient}, HTTP_HX_REQUEST="true"
        )
    )


def test_a_patient_with_birth_date_and_record_number(record: Record) -> None:
    found = _ask(_doctor(), "garcia")
    assert found[0].startswith("GARCIA, Ana")
    assert "May 2, 1961" in found[0]
    assert "MRN-7" in found[0]


def test_what_was_typed_is_taken_from_a_form_alone(record: Record) -> None:
    paul = _doctor()
    answer = paul.get("/palette/?q=garcia")
    assert "GARCIA" not in answer.content.decode()
    assert "HX-Request" in answer["Vary"]
    assert answer["Cache-Control"] == "no-store"


def test_without_a_script_it_is_a_page(record: Record) -> None:
    text = _doctor().post("/palette/", {"q": "garcia"}).content.decode()
    assert "<h1>" in text
    assert 'href="/patients/ana/"' in text


def test_names_are_written_as_text(record: Record) -> None:
    text = _doctor().post("/palette/", {"q": "1970-01-01"}, HTTP_HX_REQUEST="true").content.decode()
    assert "<b>" not in text
    assert "&lt;B&gt;" in text


def test_pages_stand_only_for_who_may_open_them(record: Record) -> None:
    from tests.identity import people

    ada = people.nurse("ada", person="")
    ada.roles = ["practice-admin"]
    ada.save()
    admin = people.signed_in(people.with_app(ada))
    assert any(one.startswith("People") for one in _ask(admin, "peop"))
    assert not any(one.startswith("People") for one in _ask(_doctor(), "peop"))


def test_what_is_in_the_open_chart_and_only_there(record: Record) -> None:
    paul = _doctor()
    assert any(one.startswith("Asthma") for one in _ask(paul, "asth", "ana"))
    assert not any(one.startswith("Asthma") for one in _ask(paul, "asth", "b.o-1"))
    assert not any(one.startswith("Asthma") for one in _ask(paul, "asth"))


def test_patients_and_strangers_get_nothing(record: Record) -> None:
    from tests.identity import people

    pat = people.signed_in(people.patient("pat", patient="ana", person="Patient/ana"))
    assert pat.post("/palette/", {"q": "garcia"}).status_code == 403
    assert people.browser().post("/palette/", {"q": "garcia"}).status_code == 302


def test_beginnings_of_words_count_the_first_word_most(pages: None) -> None:
    from osler.ui.palette.sources import Entry, ranked

    choices = [(words, Entry("", words, "")) for words in ("New problem", "Problems", "Alérgias")]
    assert [one.label for one in ranked("prob", choices)] == ["Problems", "New problem"]
    assert [one.label for one in ranked("alerg", choices)] == ["Alérgias"]
    assert ranked("blem", choices) == []
    assert len(ranked("", choices)) == 3
