from __future__ import annotations

from typing import Any

import pytest
from tests.fhir.path.cases import ADA, WEIGHT, of, resource

from osler.fhir import path
from osler.kit.errors import Invalid

PATIENT_CASES: list[tuple[str, list[Any]]] = [
    # Names and where they start.
    ("Patient.id", ["ada"]),
    ("Resource.id", ["ada"]),
    ("DomainResource.id", ["ada"]),
    ("FHIR.Patient.id", ["ada"]),
    ("Observation.id", []),
    ("FHIR.Observation.id", []),
    ("id", ["ada"]),
    ("Patient.nothing", []),
    ("Patient.name.nothing.at.all", []),
    ("name.`given`[0]", ["Ada"]),
    ("`name`.given[0]", ["Ada"]),
    ('"name".given[0]', ["Ada"]),
    ("$this.id", ["ada"]),
    ("name.$this.use", ["official", "usual", "maiden"]),
    # Choices.
    ("deceased", ["1852-11-27"]),
    ("Patient.deceased.exists()", [True]),
    ("deceased as dateTime", ["1852-11-27"]),
    ("(Patient.deceased as dateTime)", ["1852-11-27"]),
    ("(Patient.deceased as boolean)", []),
    ("deceased.ofType(dateTime)", ["1852-11-27"]),
    ("deceased.as(boolean)", []),
    ("multipleBirth + 1", [3]),
    ("deceasedDateTime", []),
    # Types.
    ("Patient is Patient", [True]),
    ("is(Patient)", [True]),
    ("$this is FHIR.Patient", [True]),
    ("$this is DomainResource", [True]),
    ("is(Resource)", [True]),
    ("is(Observation)", [False]),
    ("active is boolean", [True]),
    ("active is Boolean", [False]),
    ("active is System.Boolean", [False]),
    ("true is Boolean", [True]),
    ("true is System.Boolean", [True]),
    ("true is boolean", [False]),
    ("gender is code", [True]),
    ("gender is string", [True]),
    ("gender is uri", [False]),
    ("birthDate is date", [True]),
    ("birthDate is dateTime", [False]),
    ("birthDate is Element", [True]),
    ("telecom[0].rank is integer", [True]),
    ("telecom[0].rank is positiveInt", [True]),
    ("name[0] is HumanName", [True]),
    ("contact is BackboneElement", [True]),
    ("contact is Patient.contact", [True]),
    ("contact is Element", [True]),
    ("name[9] is HumanName", []),
    ("active.type().name", ["boolean"]),
    ("active.type().namespace", ["FHIR"]),
    ("type().name", ["Patient"]),
    ("contact.type().name", ["BackboneElement"]),
    ("name.ofType(HumanName).count()", [3]),
    ("name.ofType(Address)", []),
    ("children().ofType(HumanName).count()", [3]),
    ("descendants().ofType(code).count()", [8]),
    ("descendants().ofType(dateTime)", ["1815-12", "1815-12-10T06:30:00Z", "1852-11-27"]),
    # Primitives with extensions.
    ("birthDate.extension('http://example.org/time').value", ["1815-12-10T06:30:00Z"]),
    ("birthDate.extension.value is dateTime", [True]),
    ("birthDate.hasExtension('http://example.org/time')", [True]),
    ("birthDate.extension('http://example.org/other')", []),
    ("gender.extension('http://example.org/other')", []),
    ("name.family.id", ["f1"]),
    ("name.given.extension('http://example.org/unknown').value", ["masked"]),
    ("name[2].given", ["A"]),
    ("name[2].given.count()", [2]),
    ("name[2].given[0].hasValue()", [False]),
    ("name[2].given[1].hasValue()", [True]),
    ("name[2].given[0].exists()", [True]),
    ("name[2].given[0].getValue()", []),
    ("name[2].given.hasValue()", [False]),
    ("name.hasValue()", [False]),
    ("birthDate.getValue()", ["1815-12-10"]),
    ("birthDate.hasValue()", [True]),
    # Extensions.
    ("extension('http://example.org/birthplace').value.city", ["London"]),
    ("Patient.extension('http://example.org/birthplace').value.ofType(Address).city", ["London"]),
    ("extension('http://example.org/nested').extension('a').value", [1]),
    ("extension('http://example.org/' & 'birthplace').value.city", ["London"]),
    ("extension(%`ext-nothing`)", []),
    ("hasExtension('http://example.org/nested')", [True]),
    # References.
    ("managingOrganization.resolve().name", ["House of Lovelace"]),
    ("managingOrganization.resolve() is Organization", [True]),
    ("managingOrganization.where(resolve() is Organization).reference", ["#org"]),
    ("managingOrganization.where(resolve() is Patient)", []),
    ("generalPractitioner.where(resolve() is Practitioner).reference", ["Practitioner/jim"]),
    (
        "generalPractitioner.where(resolve() is Organization).reference",
        ["http://other.example.org/fhir/Organization/clinic"],
    ),
    ("generalPractitioner.where(resolve() is PractitionerRole).identifier.value", ["7"]),
    ("generalPractitioner.where(resolve().is(Practitioner)).count()", [1]),
    ("generalPractitioner.resolve()", []),
    # Variables.
    ("%resource.id", ["ada"]),
    ("%context.id", ["ada"]),
    ("%rootResource.id", ["ada"]),
    ("%ucum", ["http://unitsofmeasure.org"]),
    ("%sct", ["http://snomed.info/sct"]),
    ("%loinc", ["http://loinc.org"]),
    ("%vs-administrative-gender", ["http://hl7.org/fhir/ValueSet/administrative-gender"]),
    ("%`vs-administrative-gender`", ["http://hl7.org/fhir/ValueSet/administrative-gender"]),
    ('%"vs-administrative-gender"', ["http://hl7.org/fhir/ValueSet/administrative-gender"]),
    ("%'ext-x'", ["http://hl7.org/fhir/StructureDefinition/x"]),
    ("conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", [True]),
    ("conformsTo('http://hl7.org/fhir/StructureDefinition/Person')", [False]),
    ("name.where(given contains 'Augusta').use", ["official"]),
    ("telecom.where(system = 'email').value", ["ada@example.org"]),
    ("telecom.where(rank = 2).value", ["ada@example.org"]),
    (
        "contained.where(('#' + id) in %resource.managingOrganization.reference).name",
        ["House of Lovelace"],
    ),
]


@pytest.mark.parametrize(("expression", "expected"), PATIENT_CASES)
def test_on_a_patient(expression: str, expected: list[Any]) -> None:
    assert of(expression) == expected
    assert [value for value, _ in path.compile(expression).typed(ADA)] == expected


def test_on_an_observation() -> None:
    assert of("Observation.value.unit", WEIGHT) == ["lbs"]
    assert of("Observation.valueQuantity.unit", WEIGHT) == []
    assert of("(Observation.value as Quantity).unit", WEIGHT) == ["lbs"]
    assert of("Observation.value.ofType(Quantity).value.toString()", WEIGHT) == ["185.0"]
    assert of("(Observation.component.value as string)", WEIGHT) == ["high"]
    assert of("Observation.component.value.ofType(integer)", WEIGHT) == [7]
    assert of("component.value.count()", WEIGHT) == [3]
    assert of("component.where(value is string).code.text", WEIGHT) == ["y"]
    assert of("component.value.select($this is Quantity)", WEIGHT) == [True, False, False]
    found = of("Observation.code | Observation.component.code", WEIGHT)
    assert [concept.text for concept in found] == ["Weight", "x", "y", "z"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Patient.birthDate", [("1815-12-10", "date")]),
        ("Patient.deceased", [("1852-11-27", "dateTime")]),
        ("Patient.name.given", [("Ada", "string"), ("Augusta", "string"), ("Ada", "string"), ("A", "string")]),
        ("Patient.active", [(True, "boolean")]),
        ("Patient.gender | Patient.active", [("female", "code"), (True, "boolean")]),
        ("Patient.name.given | Patient.name.family | Patient.nothing", [
            ("Ada", "string"), ("Augusta", "string"), ("A", "string"), ("Lovelace", "string"), ("Byron", "string"),
        ]),
        ("Patient.deceased.exists() and Patient.deceased != false", [(True, "System.Boolean")]),
        ("1 + 1", [(2, "System.Integer")]),
        ("@2020", [("2020", "System.Date")]),
        ("meta.lastUpdated", [("2024-05-06T07:08:09.123+02:00", "instant")]),
        ("telecom.first().value", [("555-0100", "string")]),
    ],
)  # fmt: skip
def test_types_of_results(expression: str, expected: list[Any]) -> None:
    assert path.compile(expression).typed(ADA) == expected


def test_types_of_elements() -> None:
    assert path.compile("Patient.name").typed(ADA)[0] == (ADA.name[0], "HumanName")
    assert path.compile("Patient.contact").typed(ADA)[0][1] == "Patient.contact"
    assert path.compile("contained").typed(ADA)[0][1] == "Organization"
    assert path.compile("Patient.contained.name").typed(ADA) == [("House of Lovelace", "string")]


def test_an_element_can_be_the_input() -> None:
    assert of("given.first()", ADA.name[0]) == ["Ada"]
    assert of("HumanName.given", ADA.name[0]) == ["Ada", "Augusta"]
    assert of("%resource.id", ADA.name[0], env={"resource": ADA}) == ["ada"]
    assert of("$this", "text") == ["text"]
    assert of("$this + 1", 2) == [3]


def test_a_primitive_can_be_the_input() -> None:
    value = path.Primitive("1815-12-10", "date", None)
    assert path.compile("$this is date").items([value]) == [True]
    assert of("$this < today()", value) == [True]
    assert of("hasValue() or (children().count() > id.count())", value) == [True]


def test_results_are_the_callers_own() -> None:
    names = of("Patient.name")
    names.clear()
    assert len(of("Patient.name")) == 3
    given = of("name.first().given")
    given.append("x")
    assert of("name.first().given") == ["Ada", "Augusta"]
    constant = of("'a'")
    constant.clear()
    assert of("'a'") == ["a"]


def test_only_the_resolver_is_asked_and_only_where_needed() -> None:
    asked: list[str] = []

    def resolver(reference: str) -> Any:
        asked.append(reference)
        return WEIGHT if reference == "Practitioner/jim" else None

    assert of(
        "generalPractitioner.where(resolve() is Practitioner).count()", resolver=resolver
    ) == [1]
    assert asked == []  # the reference says its type itself
    assert of("generalPractitioner.resolve().id", resolver=resolver) == ["bp"]
    assert asked == ["Practitioner/jim", "http://other.example.org/fhir/Organization/clinic"]


def test_a_reference_that_does_not_say_its_type_is_resolved() -> None:
    patient = resource(
        {
            "resourceType": "Patient",
            "generalPractitioner": [{"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}],
        }
    )
    expression = "generalPractitioner.where(resolve() is Observation)"
    assert of(expression, patient) == []
    assert len(of(expression, patient, resolver=lambda _: WEIGHT)) == 1


def test_a_bundle_resolves_its_own_entries() -> None:
    bundle = resource(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [
                {
                    "fullUrl": "urn:uuid:5f6d0c3e-7d0c-4b8e-a1f1-0c4a8d9c2b11",
                    "resource": {"resourceType": "Patient", "id": "p"},
                },
                {
                    "fullUrl": "http://example.org/fhir/Observation/o",
                    "resource": {
                        "resourceType": "Observation", "status": "final", "code": {"text": "x"},
                        "subject": {"reference": "urn:uuid:5f6d0c3e-7d0c-4b8e-a1f1-0c4a8d9c2b11"},
                    },
                },
            ],
        }
    )  # fmt: skip
    assert of("Bundle.entry.resource.subject.resolve().id", bundle) == ["p"]
    assert of("Bundle.entry[0].resource.id", bundle) == ["p"]
    assert of("entry.resource.ofType(Observation).status", bundle) == ["final"]
    assert of("Bundle.entry.resource.id", bundle) == ["p"]
    assert of("entry.first().resource.is(Patient)", bundle) == [True]


def test_injected_functions() -> None:
    seen: list[Any] = []

    def member(value: Any, url: str) -> bool | None:
        seen.append((value, url))
        return {"female": True, "male": False}.get(value)

    env = {
        "memberOf": member,
        "subsumes": lambda a, b: a == b,
        "conformsTo": lambda _item, _url: True,
    }
    assert of("gender.memberOf('http://example.org/vs')", env=env) == [True]
    assert of("contact.gender.memberOf('http://example.org/vs')", env=env) == [False]
    assert of("'x'.memberOf('http://example.org/vs')", env=env) == []
    assert of("{}.memberOf('http://example.org/vs')", env=env) == []
    assert seen[0] == ("female", "http://example.org/vs")
    assert of("'a'.subsumes('a')", env=env) == [True]
    assert of("'a'.subsumedBy('b')", env=env) == [False]
    assert of("conformsTo('http://example.org/p')", env=env) == [True]


def test_variables_of_the_caller() -> None:
    assert of("%threshold + 1", env={"threshold": 4}) == [5]
    assert of("%list.count()", env={"list": [1, 2, 3]}) == [3]
    assert of("%none", env={"none": None}) == []
    assert of("%other.name.family.first()", env={"other": ADA}) == ["Lovelace"]
    with pytest.raises(Invalid, match="variable %missing"):
        of("%missing")


def test_modifiers_that_are_not_understood() -> None:
    patient = resource(
        {
            "resourceType": "Patient",
            "modifierExtension": [{"url": "http://example.org/m", "valueCode": "x"}],
        }
    )
    assert of("checkModifiers('http://example.org/m').modifierExtension.value", patient) == ["x"]
    assert of("checkModifiers().id") == ["ada"]
    with pytest.raises(Invalid, match=r"http://example.org/m is not understood"):
        of("checkModifiers('http://example.org/other')", patient)


def test_html_checks() -> None:
    good = resource(
        {
            "resourceType": "Basic",
            "code": {"text": "x"},
            "text": {
                "status": "generated",
                "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Well.</p></div>',
            },
        }
    )
    assert of("text.`div`.htmlChecks()", good) == [True]
    assert of("'<div><script>x</script></div>'.htmlChecks()") == [False]
    assert of("'a'.htmlChecks()", env={"htmlChecks": lambda _: True}) == [True]
