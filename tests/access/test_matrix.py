"""What every shipped role may do with every type, written down to be read by eye.

R read, vread, search, history; r the first two only; C create; U update and patch; D delete.
Nothing means nothing. On whose resources is in `test_policy`.
"""

from __future__ import annotations

import pytest

from osler.access import Facts, Principal, ProxyScope, policy, shipped
from osler.access.groups import GROUPS, PARTS, expand
from osler.access.policy import Rights
from osler.fhir.r4 import RESOURCES
from osler.search.tree import Nothing

_LETTERS = {
    "R": ("read", "vread", "search", "history"),
    "r": ("read", "vread"),
    "C": ("create",),
    "U": ("update", "patch"),
    "D": ("delete",),
}
_KNOWLEDGE = "@calendar @directory @catalog @knowledge @conformance"
MATRIX: dict[str, dict[str, str]] = {
    "physician": {
        "RCU": "@demographics @clinical @documents @scheduling @tasks @messages @privacy @devices"
        " ChargeItem CoverageEligibilityRequest",
        "RC": "@provenance",
        "rC": "@files",
        "R": f"{_KNOWLEDGE} @financial -ChargeItem -CoverageEligibilityRequest",
    },
    "nurse": {
        "RCU": "@demographics @clinical -ClinicalImpression -MolecularSequence @documents @scheduling"
        " @tasks @messages @devices",
        "rC": "@files",
        "R": f"{_KNOWLEDGE} @privacy @provenance @coverage ClinicalImpression MolecularSequence",
    },
    "medical-assistant": {
        "RCU": "@demographics @scheduling @tasks @messages AllergyIntolerance DocumentReference"
        " Encounter FamilyMemberHistory Immunization MedicationAdministration MedicationRequest"
        " MedicationStatement Observation QuestionnaireResponse ServiceRequest Specimen",
        "rC": "@files",
        "R": f"{_KNOWLEDGE} @privacy @devices @coverage AdverseEvent BodyStructure CarePlan CareTeam"
        " Composition Condition DetectedIssue DeviceRequest DeviceUseStatement DiagnosticReport"
        " DocumentManifest EpisodeOfCare Flag Goal GuidanceResponse ImagingStudy"
        " ImmunizationEvaluation ImmunizationRecommendation List Media MedicationDispense"
        " NutritionOrder Procedure RequestGroup SupplyDelivery SupplyRequest VisionPrescription",
    },
    "front-desk": {
        "RCU": "@demographics @scheduling @calendar @tasks Communication @coverage",
        "RC": "@privacy Account",
        "C": "@files DocumentReference",
        "R": "@directory @catalog @knowledge @conformance",
    },
    "biller": {
        "RCU": "@financial @payments @tasks Communication InsurancePlan",
        "R": f"{_KNOWLEDGE} -InsurancePlan @demographics @scheduling Condition Encounter Immunization"
        " Procedure",
    },
    "lab": {
        "RCU": "@tasks Communication Device DiagnosticReport ImagingStudy Media MolecularSequence"
        " Observation Specimen",
        "RU": "ServiceRequest",
        "rC": "@files",
        "R": f"{_KNOWLEDGE} Patient",
    },
    "pharmacist": {
        "RCU": "@tasks AllergyIntolerance Communication DetectedIssue Immunization Medication"
        " MedicationDispense MedicationStatement",
        "RU": "MedicationRequest",
        "R": f"{_KNOWLEDGE} -Medication @demographics @coverage Condition Flag"
        " MedicationAdministration Observation",
    },
    "practice-admin": {
        "RCUD": "@calendar @directory @catalog @knowledge",
        # Lists: templates and phrases of the practice.
        "RCU": "@scheduling @tasks Communication List",
        "R": "@demographics @payments @conformance @coverage Account ChargeItem Invoice MeasureReport",
    },
    "privacy-officer": {
        "RCU": "@tasks @messages @privacy",
        "R": "@demographics @provenance @audit @directory @identity @knowledge @conformance"
        # Only what somebody asks to amend.
        " @clinical @documents @scheduling @financial",
    },
    "system-admin": {
        "RCUD": "@conformance Endpoint",
        "R": "@directory -Endpoint",
    },
    "patient": {
        "RC": "Communication DocumentReference Observation",
        "RCU": "@scheduling @privacy QuestionnaireResponse @tasks",
        "RU": "Patient",
        "r": "@files",
        "R": "@calendar @financial @provenance @audit @directory @devices @clinical"
        " -QuestionnaireResponse -Observation @documents -DocumentReference RelatedPerson"
        " MeasureReport Medication Questionnaire ValueSet CodeSystem",
    },
    "proxy": {
        "RCU": "@scheduling QuestionnaireResponse",
        "RC": "Communication",
        "r": "@files",
        "R": "Patient @clinical -QuestionnaireResponse @documents @devices @calendar @financial"
        " @directory Medication Questionnaire ValueSet CodeSystem",
    },
    "integration": {"RCUD": "@all -@audit"},
}
MATRIX["physician-own-patients"] = MATRIX["physician"]

PEOPLE: dict[str, Principal] = {
    "patient": Principal("x", person="Patient/p", patient="p"),
    "proxy": Principal(
        "x",
        person="RelatedPerson/r",
        patient="p",
        proxy=ProxyScope(frozenset({"clinical", "scheduling", "billing", "messages"})),
    ),
    "integration": Principal("x", scopes=frozenset({"system/*.cruds"})),
}
CLINICAL = expand(("@clinical", "@documents", "@files", "@messages", "@provenance"))


def rights(code: str) -> Rights:
    person = PEOPLE.get(code, Principal("x", person="Practitioner/d1"))
    role = shipped()[code]
    principal = Principal(
        person.id,
        roles=frozenset({code}),
        person=person.person,
        patient=person.patient,
        proxy=person.proxy,
        scopes=person.scopes,
    )
    return policy(principal, Facts((role,), frozenset({"oa"}), frozenset({"la"})))


def allowed(by: Rights, type: str) -> set[str]:
    every = {one for names in _LETTERS.values() for one in names}
    return {one for one in every if not isinstance(by.where(type, one), Nothing)}


def test_the_matrix_has_every_role() -> None:
    assert set(MATRIX) == set(shipped())


@pytest.mark.parametrize("code", sorted(MATRIX))
def test_a_role_may_do_what_is_written_here(code: str) -> None:
    expected: dict[str, set[str]] = {type: set() for type in RESOURCES}
    for letters, names in MATRIX[code].items():
        for type in expand(tuple(names.split())):
            assert not expected[type], f"{type} is written twice"
            expected[type] = {one for letter in letters for one in _LETTERS[letter]}
    by = rights(code)
    assert {type: allowed(by, type) for type in sorted(RESOURCES)} == expected


def test_who_runs_the_machine_sees_no_patient() -> None:
    by = rights("system-admin")
    about = expand(tuple(PARTS)) - expand(("@directory", "@conformance"))
    assert not any(allowed(by, type) for type in about)
    assert (
        "Patient" in about and "Observation" in about and "Task" in about and "AuditEvent" in about
    )


@pytest.mark.parametrize("code", ["front-desk", "practice-admin", "biller"])
def test_who_does_not_treat_reads_no_notes_and_no_results(code: str) -> None:
    by = rights(code)
    seen = {
        type for type in CLINICAL if "search" in allowed(by, type) or "read" in allowed(by, type)
    }
    billing = {"Condition", "Encounter", "Procedure", "Immunization"} if code == "biller" else set()
    templates = {"List"} if code == "practice-admin" else set()
    assert seen == {"Communication"} | billing | templates
    assert "reasonCode" in by.hidden("Appointment")


def test_nobody_writes_the_audit() -> None:
    for code in MATRIX:
        assert allowed(rights(code), "AuditEvent") <= set(_LETTERS["R"]), code


def test_only_definitions_are_deleted() -> None:
    """In the chart, what was wrong is marked as entered in error."""
    definitions = expand(("@directory", "@calendar", "@catalog", "@knowledge", "@conformance"))
    for code in set(MATRIX) - {"integration"}:
        by = rights(code)
        deleted = {type for type in RESOURCES if "delete" in allowed(by, type)}
        assert deleted <= definitions, code


def test_every_type_is_in_one_part() -> None:
    parts = [type for types in PARTS.values() for type in types]
    assert sorted(parts) == sorted(RESOURCES)
    assert all(set(types) <= set(RESOURCES) for types in GROUPS.values())
