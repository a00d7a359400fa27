"""Groups of resource types by what a clinic does with them; every type of R4 is in exactly one of `PARTS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from osler.fhir import definitions
from osler.fhir.r4 import RESOURCES
from osler.kit.words import N_

_PARTS: Mapping[str, str] = {
    "@demographics": "Patient RelatedPerson",
    "@clinical": (
        "AdverseEvent AllergyIntolerance BodyStructure CarePlan CareTeam ClinicalImpression Condition"
        " DetectedIssue DeviceRequest DeviceUseStatement DiagnosticReport Encounter EpisodeOfCare"
        " FamilyMemberHistory Flag Goal GuidanceResponse ImagingStudy Immunization"
        " ImmunizationEvaluation ImmunizationRecommendation List Media MedicationAdministration"
        " MedicationDispense MedicationRequest MedicationStatement MolecularSequence NutritionOrder"
        " Observation Procedure QuestionnaireResponse RequestGroup RiskAssessment ServiceRequest"
        " Specimen SupplyDelivery SupplyRequest VisionPrescription"
    ),
    "@documents": "Composition DocumentManifest DocumentReference",
    "@files": "Binary",
    "@scheduling": "Appointment AppointmentResponse",
    "@calendar": "Schedule Slot",
    "@financial": (
        "Account ChargeItem Claim ClaimResponse Coverage CoverageEligibilityRequest"
        " CoverageEligibilityResponse EnrollmentRequest ExplanationOfBenefit Invoice"
    ),
    "@payments": "Contract EnrollmentResponse PaymentNotice PaymentReconciliation",
    "@tasks": "Task",
    "@messages": "Communication CommunicationRequest",
    "@privacy": "Consent",
    "@provenance": "Provenance",
    "@audit": "AuditEvent",
    "@directory": (
        "Endpoint HealthcareService InsurancePlan Location Organization OrganizationAffiliation"
        " Practitioner PractitionerRole"
    ),
    "@identity": "Linkage Person VerificationResult",
    "@devices": "BiologicallyDerivedProduct Device DeviceMetric",
    "@catalog": (
        "CatalogEntry ChargeItemDefinition DeviceDefinition Medication MedicationKnowledge"
        " MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication"
        " MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction"
        " MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical"
        " MedicinalProductUndesirableEffect ObservationDefinition SpecimenDefinition Substance"
        " SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation"
        " SubstanceSourceMaterial SubstanceSpecification"
    ),
    "@knowledge": (
        "ActivityDefinition EffectEvidenceSynthesis EventDefinition Evidence EvidenceVariable Library"
        " Measure PlanDefinition Questionnaire ResearchDefinition ResearchElementDefinition"
        " RiskEvidenceSynthesis"
    ),
    "@quality": "Group MeasureReport",
    "@research": "ResearchStudy ResearchSubject",
    "@conformance": (
        "CapabilityStatement CodeSystem CompartmentDefinition ConceptMap ExampleScenario"
        " GraphDefinition ImplementationGuide MessageDefinition NamingSystem OperationDefinition"
        " SearchParameter StructureDefinition StructureMap TerminologyCapabilities TestReport"
        " TestScript ValueSet"
    ),
    "@system": "Basic Bundle MessageHeader OperationOutcome Parameters Subscription",
}
PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(text.split()) for name, text in _PARTS.items()}
)
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **PARTS,
        "@orders": (
            "DeviceRequest", "NutritionOrder", "RequestGroup", "ServiceRequest", "SupplyRequest",
            "VisionPrescription",
        ),
        "@results": (
            "DiagnosticReport", "ImagingStudy", "Media", "MolecularSequence", "Observation", "Specimen",
        ),
        "@medications": (
            "MedicationAdministration", "MedicationDispense", "MedicationRequest",
            "MedicationStatement",
        ),
        "@coverage": (
            "Coverage", "CoverageEligibilityRequest", "CoverageEligibilityResponse",
            "EnrollmentRequest",
        ),
        "@all": tuple(sorted(RESOURCES)),
    }
)  # fmt: skip
"""What stands for several types in a grant: the parts, and sets cut across them."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "@demographics": N_("demographic data"),
        "@clinical": N_("clinical data"),
        "@documents": N_("documents and notes"),
        "@files": N_("files"),
        "@scheduling": N_("appointments"),
        "@calendar": N_("schedules and free slots"),
        "@financial": N_("bills, claims and coverage"),
        "@payments": N_("payments and contracts"),
        "@tasks": N_("tasks"),
        "@messages": N_("messages"),
        "@privacy": N_("consents"),
        "@provenance": N_("who wrote what (provenance)"),
        "@audit": N_("the audit log"),
        "@directory": N_("the directory of people, places and services"),
        "@identity": N_("links between persons"),
        "@devices": N_("devices"),
        "@catalog": N_("catalogues of medications, substances and services"),
        "@knowledge": N_("forms, plans and other knowledge"),
        "@quality": N_("groups and quality reports"),
        "@research": N_("research studies"),
        "@conformance": N_("terminology and definitions"),
        "@system": N_("technical resources"),
        "@orders": N_("orders"),
        "@results": N_("results, images and specimens"),
        "@medications": N_("medications"),
        "@coverage": N_("insurance coverage"),
        "@all": N_("everything"),
    }
)


@cache
def expand(types: tuple[str, ...]) -> frozenset[str]:
    """The resource types that names and groups stand for, without those after a minus; unknown ones are left out."""
    plus: set[str] = set()
    minus: set[str] = set()
    for name in types:
        bare = name.removeprefix("-")
        (minus if name != bare else plus).update(members(bare))
    return frozenset(plus - minus)


def members(name: str) -> Iterable[str]:
    """The types of a group, or the type itself; none where there is no such thing."""
    return GROUPS.get(name, (name,) if name in RESOURCES else ())


@cache
def about_patients() -> frozenset[str]:
    """The types whose resources may be about a patient."""
    more = {"Binary", "Device", "GuidanceResponse", "Patient", "Task"}
    return frozenset(definitions.compartment("Patient")) | more
