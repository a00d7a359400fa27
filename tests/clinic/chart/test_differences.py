"""What changed between two versions, in words."""

from __future__ import annotations

from osler.clinic.chart.differences import Change, changes, in_words, label


def test_only_what_differs_is_told() -> None:
    before = {"resourceType": "Condition", "code": {"text": "Asthma"}, "onsetDateTime": "2014"}
    after = {"resourceType": "Condition", "code": {"text": "Asthma"}, "onsetDateTime": "2015-03"}
    assert changes(before, after) == [Change("Onset", "2014", "2015-03")]


def test_what_comes_and_goes() -> None:
    before = {"note": [{"text": "mild"}]}
    after = {"severity": {"coding": [{"code": "255604002", "display": "Mild"}]}}
    assert changes(before, after) == [Change("Severity", "", "Mild"), Change("Note", "mild", "")]


def test_stamps_and_narrative_are_no_changes() -> None:
    before = {"id": "1", "meta": {"versionId": "1"}, "text": {"div": "<div>a</div>"}}
    assert changes(before, {"id": "1", "meta": {"versionId": "2"}}) == []


def test_first_version_tells_all_it_says() -> None:
    assert changes(None, {"status": "active"}) == [Change("Status", "", "active")]


def test_elements_have_names_that_people_read() -> None:
    assert label("verificationStatus") == "Verification status"
    assert label("valueQuantity") == "Value"
    assert label("medicationCodeableConcept") == "Medication"
    assert label("authoredOn") == "Authored on"


def test_values_are_words() -> None:
    assert in_words({"value": 5.9, "unit": "mmol/L"}) == "5.9 mmol/L"
    assert in_words({"reference": "Practitioner/1", "display": "Dr. Osei"}) == "Dr. Osei"
    assert in_words([{"text": "a"}, {"text": "b"}]) == "a; b"
    assert in_words({"given": ["Ana", "B"], "family": "Garcia", "use": "usual"}) == (
        "Ana B Garcia (usual)"
    )
    assert in_words({"start": "2026-01-01"}) == "2026-01-01 – …"
    assert in_words(True) == "yes"
    assert in_words({"dose": {"value": 2, "unit": "tablet"}}) == "dose 2 tablet"
