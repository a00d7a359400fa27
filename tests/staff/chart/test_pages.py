"""The summary, the timeline and the search of a chart."""

from __future__ import annotations

from typing import Any

import pytest

from osler.record import Record
from tests.staff.chart.charts import SUBJECT, write
from tests.staff.chart.histories import load_history
from tests.staff.chart.reading import all_of, one_of, said, tree
from tests.staff.people import staff, text

_LOINC = "http://loinc.org"


def lab(id: str, day: str, value: float, flag: str) -> dict[str, Any]:
    kind = "http://terminology.hl7.org/CodeSystem/observation-category"
    marks = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [{"coding": [{"system": kind, "code": "laboratory"}]}],
        "code": {"coding": [{"system": _LOINC, "code": "2823-3"}], "text": "Potassium"},
        "subject": SUBJECT,
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": "mmol/L"},
        "interpretation": [{"coding": [{"system": marks, "code": flag}]}],
        "referenceRange": [{"low": {"value": 3.5}, "high": {"value": 5.1}}],
    }


@pytest.fixture
def potassium(record: Record) -> None:
    """A critical potassium that nobody has reviewed, and one before it."""
    report = {
        "resourceType": "DiagnosticReport",
        "id": "bmp",
        "status": "final",
        "code": {"text": "Basic metabolic panel"},
        "subject": SUBJECT,
        "effectiveDateTime": "2026-11-20T08:00:00Z",
        "result": [{"reference": "Observation/k2"}],
    }
    task = {
        "resourceType": "Task",
        "id": "t1",
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": "urn:osler:task", "code": "review-result"}]},
        "focus": {"reference": "DiagnosticReport/bmp"},
        "for": SUBJECT,
    }
    late = task | {
        "id": "t2",
        "code": {"coding": [{"system": "urn:osler:task", "code": "to-do"}]},
        "description": "Eye exam",
        "restriction": {"period": {"end": "2026-01-02"}},
    }
    late.pop("focus")
    earlier = lab("k1", "2026-09-02T08:00:00Z", 4.4, "N")
    write(record, earlier, lab("k2", "2026-11-20T08:00:00Z", 5.9, "HH"), report, task, late)


def test_critical_and_late_come_first(record: Record, potassium: None) -> None:
    page = tree(staff("physician").get("/patients/ana/"))
    rows = all_of(one_of(page, "ul", "att"), "li")
    assert rows[0].attributes["class"] == "crit"
    assert said(rows[0]).startswith("Potassium 5.9 mmol/L, critical")
    assert said(rows[1]).startswith("Eye exam Overdue since Jan 2, 2026")


def test_result_has_unit_range_flag_in_words_and_trend(record: Record, potassium: None) -> None:
    page = tree(staff("physician").get("/patients/ana/"))
    card = one_of(page, "section", **{"aria-labelledby": "h-rs"})
    row = next(one for one in all_of(card, "tr") if "Potassium" in said(one))
    assert "5.9 mmol/L" in said(row) and "3.5–5.1" in said(row)
    assert "Critical high" in said(one_of(row, "span", "flag"))
    assert one_of(row, "svg", "spark").attributes["aria-label"] == "Potassium, 2 values"
    assert one_of(row, "span", "dot-new").attributes["aria-label"] == "New"


def test_empty_chart_says_what_would_be_there(record: Record) -> None:
    text = said(tree(staff("physician").get("/patients/b.o-1/")))
    for nothing in (
        "No problems recorded.",
        "No medications recorded.",
        "No vital signs recorded.",
    ):
        assert nothing in text


def test_text_of_a_patient_is_no_markup(record: Record) -> None:
    page = tree(staff("physician").get("/patients/b.o-1/"))
    assert "<B>BO</B>" in said(one_of(page, "div", "pb-name"))


def test_timeline_filters_by_kind_and_keeps_them_in_the_address(record: Record) -> None:
    load_history(record, "many", 40)
    client = staff("physician")
    page = tree(client.get("/patients/many/timeline/?kind=visits"))
    rows = all_of(one_of(page, "div", "tl-m"), "li")
    assert len(rows) == 30 and all("Visit" in said(one) for one in rows)
    older = next(a for a in all_of(page, "a") if said(a) == "Show older").attributes["href"]
    assert older.startswith("?kind=visits&before=")
    rest = all_of(one_of(tree(client.get(f"/patients/many/timeline/{older}")), "div", "tl-m"), "li")
    assert len(rest) == 10
    when = [one_of(row, "time").attributes["datetime"] for row in [*rows, *rest]]
    assert when == sorted(when, reverse=True) and len(set(when)) == 40


def test_timeline_has_a_rail_of_years_and_bad_dates_are_the_newest(record: Record) -> None:
    load_history(record, "many", 40)
    page = tree(staff("physician").get("/patients/many/timeline/?before=nonsense&kind=x"))
    years = [said(one) for one in all_of(one_of(page, "nav", "tl-y"), "a")]
    assert years[-1] == "2010" and len(years) > 10
    assert len(all_of(one_of(page, "div", "tl-m"), "li")) >= 30


def test_search_finds_parts_of_words_without_case_and_accents(record: Record) -> None:
    write(
        record,
        {
            "resourceType": "Condition",
            "id": "men",
            "subject": SUBJECT,
            "code": {"text": "Ménière’s disease"},
        },
    )
    answer = staff("physician").post("/patients/ana/find/", {"patient": "ana", "q": "MENIER"})
    page = tree(answer)
    assert [said(one) for one in all_of(page, "mark")] == ["Ménièr"]
    assert "Problems 1" in said(one_of(page, "section", **{"aria-labelledby": "g-1"}))


def test_search_looks_at_this_patient_alone(record: Record) -> None:
    answer = staff("physician").post("/patients/b.o-1/find/", {"patient": "b.o-1", "q": "asthma"})
    assert not all_of(tree(answer), "mark")


def test_search_finds_values_and_tests(record: Record, potassium: None) -> None:
    answer = staff("physician").post(
        "/patients/ana/find/", {"patient": "ana", "q": "potassium 5.9"}
    )
    hits = all_of(tree(answer), "li", "li")
    assert len(hits) == 1 and "Potassium" in said(hits[0])


def test_signs_stand_in_the_units_that_the_reader_prefers(record: Record) -> None:
    kind = "http://terminology.hl7.org/CodeSystem/observation-category"
    signs = [("29463-7", "Body weight", 70.0, "kg"), ("8310-5", "Body temperature", 98.6, "[degF]")]
    made = [
        {
            "resourceType": "Observation",
            "id": f"units{number}",
            "status": "final",
            "category": [{"coding": [{"system": kind, "code": "vital-signs"}]}],
            "code": {"coding": [{"system": _LOINC, "code": code}], "text": name},
            "subject": SUBJECT,
            "effectiveDateTime": "2026-11-21T08:00:00Z",
            "valueQuantity": {
                "value": value, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org"
            },
        }
        for number, (code, name, value, unit) in enumerate(signs)
    ]  # fmt: skip
    write(record, *made)
    doctor = staff("physician")
    page = text(doctor.get("/patients/ana/"))
    assert "154.3 lb" in page and "98.6 °F" in page
    answer = doctor.post("/preferences/", {"units": "metric", "theme": "system", "density": "cosy"})
    assert answer.status_code in {302, 303}
    page = text(doctor.get("/patients/ana/"))
    assert "70 kg" in page.replace("70.0", "70") and "37 °C" in page.replace("37.0", "37")
