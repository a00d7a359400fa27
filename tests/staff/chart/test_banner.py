"""The banner says who the patient is and what must not be overlooked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from osler.kit import clock
from osler.record import Record
from tests.staff.chart.charts import SUBJECT, flag, patient, write
from tests.staff.chart.reading import Tree, all_of, chips, facts, one_of, said, tree
from tests.staff.people import staff

_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_ACTIVE = {"clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]}}


def banner(record: Record, *resources: dict[str, Any], name: str = "doc") -> Tree:
    """The banner of ana with these resources, for a physician of this name."""
    write(record, *resources)
    answer = staff("physician", name=name).get("/patients/ana/find/")
    assert answer.status_code == 200
    return one_of(tree(answer), "section", "pb")


def test_names_birth_and_numbers(record: Record) -> None:
    usual = {"use": "usual", "given": ["Anita"]}
    official = {"use": "official", "family": "Garcia", "given": ["Ana", "Eva"], "prefix": ["Ms"]}
    pronouns = {
        "url": "http://hl7.org/fhir/StructureDefinition/individual-pronouns",
        "extension": [{"url": "value", "valueCodeableConcept": {"text": "she/her"}}],
    }
    number = [{"use": "usual", "system": "urn:mrn", "value": "MRN-7"}]
    gp = [{"reference": "Practitioner/p1", "display": "Ada Osei"}]
    with clock.frozen(datetime(2026, 11, 22, 15, tzinfo=UTC)):
        page = banner(
            record,
            patient(
                name=[official, usual], extension=[pronouns], identifier=number,
                generalPractitioner=gp,
            ),
        )  # fmt: skip
    assert said(one_of(page, "div", "pb-name")) == "GARCIA , Ana Eva (Ms) goes by “Anita”"
    found = facts(page)
    assert found["Born"] == "May 2, 1961 (65 y)"
    assert found["Sex"] == "Female she/her"
    assert (found["MRN"], found["PCP"]) == ("MRN-7", "Ada Osei")


def test_babies_are_so_many_months_or_days_old(record: Record) -> None:
    with clock.frozen(datetime(2026, 11, 22, 15, tzinfo=UTC)):
        born = facts(banner(record, patient(birthDate="2026-11-13")))["Born"]
        older = facts(banner(record, patient(birthDate="2026-01-13"), name="other"))["Born"]
    assert born == "Nov 13, 2026 (9 days)"
    assert older == "Jan 13, 2026 (10 mo)"


def test_deceased_has_the_day_and_no_age(record: Record) -> None:
    page = banner(record, patient(deceasedDateTime="2026-03-01"))
    found = facts(page)
    assert "pb-dead" in page.attributes["class"]
    assert (found["Died"], found["Born"]) == ("Mar 1, 2026", "May 2, 1961")


def test_not_recorded_is_said(record: Record) -> None:
    nobody = {"resourceType": "Patient", "id": "ana", "name": [{"text": "Unknown"}]}
    page = banner(record, nobody)
    found = facts(page)
    assert found["Born"] == found["Sex"] == "Not recorded"
    assert "Allergies: not asked" in chips(page)


def test_no_known_allergies_with_the_day(record: Record) -> None:
    none = {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}
    made = {"resourceType": "AllergyIntolerance", "id": "n", "patient": SUBJECT, "code": none}
    page = banner(record, made | _ACTIVE | {"recordedDate": "2026-09-02"})
    assert "No known allergies (confirmed Sep 2, 2026)" in chips(page)


def test_allergies_with_reaction_and_severity_the_rest_counted(record: Record) -> None:
    made = [
        {
            "resourceType": "AllergyIntolerance",
            "id": f"a{number}",
            "patient": SUBJECT,
            **_ACTIVE,
            "code": {"text": f"Drug {number}"},
            "reaction": [{"manifestation": [{"text": "rash"}], "severity": severity}],
        }
        for number, severity in enumerate(["mild"] * 5 + ["severe"])
    ]
    page = banner(record, *made)
    rows = [said(one) for one in all_of(one_of(page, "div", "alg"), "li")]
    assert rows[0] == "Drug 5 rash, severe"
    assert rows[-1] == "+2 more" and len(rows) == 5


def test_flags_in_force(record: Record) -> None:
    page = banner(
        record,
        flag("f1", "Fall risk", "alert"),
        flag("f2", "Full code", "code-status"),
        flag("f3", "Call the mobile only", "confidential-communications"),
        flag("f4", "Old alert", "alert", "inactive"),
    )
    found = chips(page)
    assert {"Fall risk", "Full code", "Confidential contact: Call the mobile only"} <= set(found)
    assert "Old alert" not in found


def test_interpreter_with_the_language(record: Record) -> None:
    needed = {
        "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-interpreter-needed",
        "valueCoding": {"system": "http://snomed.info/sct", "code": "373066001"},
    }
    spoken = [{"language": {"text": "Igbo"}, "preferred": True}]
    page = banner(record, patient(extension=[needed], communication=spoken))
    assert "Interpreter: Igbo" in chips(page)


def test_restricted_record(record: Record) -> None:
    label = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    page = banner(record, patient(meta={"security": [{"system": label, "code": "R"}]}))
    assert "Restricted record" in chips(page)


def test_pregnant_and_when_it_is_due(record: Record) -> None:
    today = clock.now().date()
    base = {"resourceType": "Observation", "status": "final", "subject": SUBJECT}
    base |= {"effectiveDateTime": (today - timedelta(days=30)).isoformat()}
    status = base | {
        "id": "s",
        "code": {"coding": [{"system": "http://loinc.org", "code": "82810-3"}]},
        "valueCodeableConcept": {"coding": [{"code": "77386006"}]},
    }
    due = base | {
        "id": "d",
        "code": {"coding": [{"system": "http://loinc.org", "code": "11778-8"}]},
        "valueDateTime": "2027-05-04",
    }
    assert "Pregnant, due May 4, 2027" in chips(banner(record, status, due))


def test_visit_under_way_says_where_and_since_when(record: Record) -> None:
    visit = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "in-progress",
        "class": {"code": "AMB"},
        "subject": SUBJECT,
        "period": {"start": "2026-11-22T10:02:00Z"},
        "location": [
            {
                "location": {"reference": "Location/r3", "display": "room 3"},
                "status": "active",
                "period": {"start": "2026-11-22T10:21:00Z"},
            }
        ],
    }
    text = said(one_of(banner(record, visit), "div", "pb-acts")).replace("\u202f", " ")
    assert text.startswith("In room 3 since") and ":21" in text


def test_coverage_in_force(record: Record) -> None:
    made = {
        "resourceType": "Coverage",
        "id": "c",
        "status": "active",
        "beneficiary": SUBJECT,
        "payor": [{"display": "Cascade Health"}],
        "class": [{"type": {"text": "plan"}, "value": "p", "name": "PPO"}],
    }
    assert facts(banner(record, made))["Coverage"] == "Cascade Health PPO"


def test_others_with_the_same_name_are_counted_not_shown(record: Record) -> None:
    page = banner(record, patient(), patient(id="ana2", birthDate="1990-01-01"))
    assert "1 other patient has this name" in said(one_of(page, "div", "pb-name"))
    assert "1990" not in said(page)
