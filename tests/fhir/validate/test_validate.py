from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.fhir.package import needs_definitions, package

from osler.fhir import codec, definitions, path, r4, walk
from osler.fhir.base import Resource
from osler.fhir.validate import has_errors, invariants, native, of_element, validate
from osler.fhir.validate.plan import Scope, type_names


@pytest.fixture(autouse=True)
def _definitions() -> None:
    needs_definitions()


def _found(data: str) -> list[tuple[str, str | None, str]]:
    issues = validate(codec.decode(data.encode()))
    return [
        (i.severity, i.expression, i.diagnostics)
        for i in issues
        if ": dom-6: " not in i.diagnostics
    ]


def _observation(more: str) -> str:
    return f'{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"system":"s","code":"c"}}]}}{more}}}'


CLEAN = [
    _observation(',"valueQuantity":{"value":1,"unit":"kg"},"subject":{"reference":"Patient/1"}'),
    _observation(',"subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"}]'),
    _observation(',"effectivePeriod":{"start":"2020-05","end":"2020"}'),
    '{"resourceType":"Binary","contentType":"image/png","data":"AAAA"}',
    '{"resourceType":"Binary","contentType":"text/plain; charset=utf-8"}',
    '{"resourceType":"Patient","language":"de-CH"}',
    (
        '{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:0b8b9a58-6d5e-4a3e-8b2f-1d2c3b4a5e6f",'
        '"resource":{"resourceType":"Patient","id":"a"},"request":{"method":"POST","url":"Patient"}}]}'
    ),
]


@pytest.mark.parametrize("data", CLEAN)
def test_what_keeps_the_rules(data: str) -> None:
    assert _found(data) == []


BROKEN = [
    (_observation(',"valueString":"a","dataAbsentReason":{"text":"x"}'), "Observation", "obs-6"),
    (
        _observation(
            ',"valueString":"a","component":[{"code":{"coding":[{"system":"s","code":"c"}]}}]'
        ),
        "Observation",
        "obs-7",
    ),
    (
        _observation(',"referenceRange":[{"age":{"low":{"value":1}}}]'),
        "Observation.referenceRange[0]",
        "obs-3",
    ),
    (
        _observation(',"valueQuantity":{"value":1,"code":"kg"}'),
        "Observation.valueQuantity",
        "qty-3",
    ),
    (
        _observation(',"effectivePeriod":{"start":"2021","end":"2020"}'),
        "Observation.effectivePeriod",
        "per-1",
    ),
    (_observation(',"extension":[{"url":"a"}]'), "Observation.extension[0]", "ext-1"),
    (
        _observation(
            ',"extension":[{"url":"a","valueString":"b","extension":[{"url":"c","valueString":"d"}]}]'
        ),
        "Observation.extension[0]",
        "ext-1",
    ),
    (
        _observation(',"_issued":{"extension":[{"url":"a"}]}'),
        "Observation._issued.extension[0]",
        "ext-1",
    ),
    (_observation(',"subject":{"reference":"#p"}'), "Observation.subject", "ref-1"),
    (_observation(',"contained":[{"resourceType":"Patient","id":"p"}]'), "Observation", "dom-3"),
    (
        _observation(',"subject":{"reference":"Medication/1"}'),
        "Observation.subject",
        "found a reference to Medication, expected Device or Group or Location or Patient",
    ),
    (
        _observation(
            ',"subject":{"reference":"#p"},"contained":[{"resourceType":"Medication","id":"p"}]'
        ),
        "Observation.subject",
        "found a reference to Medication",
    ),
    (_observation(',"language":"no language"'), "Observation.language", "all-languages"),
    ('{"resourceType":"Patient","contact":[{"gender":"male"}]}', "Patient.contact[0]", "pat-1"),
    ('{"resourceType":"Patient","telecom":[{"value":"5"}]}', "Patient.telecom[0]", "cpt-2"),
    ('{"resourceType":"Binary","contentType":"picture"}', "Binary.contentType", "mimetypes"),
    (
        '{"resourceType":"Organization","name":"a","telecom":[{"system":"phone","value":"5","use":"home"}]}',
        "Organization.telecom",
        "org-3",
    ),
    (
        '{"resourceType":"Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"text":"active"}}',
        "Condition.clinicalStatus",
        "no coding of",
    ),
    (
        '{"resourceType":"Invoice","status":"draft","totalNet":{"value":1,"currency":"euro"}}',
        "Invoice.totalNet.currency",
        "currencies",
    ),
    (
        '{"resourceType":"Patient","text":{"status":"generated","div":"<div><script/></div>"}}',
        "Patient.text.div",
        "script",
    ),
    ('{"resourceType":"Bundle","type":"collection","total":1}', "Bundle", "bdl-1"),
    (
        (
            '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","contact":'
            '[{"gender":"male"}]}}]}'
        ),
        "Bundle.entry[0].resource.contact[0]",
        "pat-1",
    ),
    (
        (
            '{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://e/Patient/1","resource":'
            '{"resourceType":"Patient","id":"2"}}]}'
        ),
        "Bundle.entry[0].fullUrl",
        "expected Patient/2",
    ),
    (
        '{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"PUT","url":"Patient/1"}}]}',
        "Bundle.entry[0].resource",
        "expected a resource for PUT",
    ),
    (
        (
            '{"resourceType":"Parameters","parameter":[{"name":"a","resource":{"resourceType":"Patient","contact":'
            '[{"gender":"male"}]}}]}'
        ),
        "Parameters.parameter[0].resource.contact[0]",
        "pat-1",
    ),
]


@pytest.mark.parametrize(("data", "where", "words"), BROKEN)
def test_what_breaks_a_rule(data: str, where: str, words: str) -> None:
    found = _found(data)
    assert [expression for _, expression, _ in found if expression == where], found
    assert words in " ".join(text for _, expression, text in found if expression == where)
    assert all(severity == "error" for severity, _, _ in found)


def test_a_missing_narrative_is_a_warning() -> None:
    issues = validate(r4.Patient())
    assert [issue.severity for issue in issues] == ["warning"]
    assert not has_errors(issues)


def test_a_datatype_by_itself() -> None:
    issues = of_element(r4.Quantity(value=Decimal(1), code="kg"))
    assert [issue.expression for issue in issues] == ["Quantity"]


def _instances() -> Iterator[Path]:
    for place in sorted(package().root.glob("*.json"))[::7]:
        if place.stat().st_size < 300_000 and place.name.partition("-")[0] in r4.RESOURCES:
            yield place


FAULTS = [
    r4.Extension(url="a"),
    r4.Extension(url="a", valueString="b", extension=[r4.Extension(url="c", valueBoolean=True)]),
    r4.Extension(url="a", valueString_ext=r4.Element(id="x")),
    r4.Quantity(code="a"),
    r4.Quantity(code="a", system="b"),
    r4.ContactPoint(value="a"),
    r4.ContactPoint(value_ext=r4.Element(id="a")),
    r4.Reference(reference="#a"),
    r4.Reference(reference="Patient/a"),
    r4.Reference(display="a"),
    r4.Patient(),
    r4.Patient(text=r4.Narrative(status="generated", div="<div>a</div>")),
]


def test_rules_in_python_agree_with_their_expressions() -> None:
    """All but those whose expression is mended."""
    for element in FAULTS:
        _agree(walk.Node(element, None, element.__fhir_type__, None), r4.Patient())
    for place in _instances():
        try:
            resource = codec.decode(place.read_bytes())
        except Exception:  # noqa: BLE001 - examples that are invalid are the subject of another test
            continue
        for node in walk.walk(walk.root(resource), resources=False):
            _agree(node, resource)


def _agree(node: walk.Node, resource: Resource) -> None:
    names = type_names(type(node.element))
    env = {"resource": resource, "rootResource": resource}
    scope = Scope(resource, resource)
    for rule in definitions.invariants():
        if rule.key not in native.HOLDS or rule.context not in names:
            continue
        if rule.key in native.MENDED and not _plain_reference(rule.key, node):
            continue
        said = path.compile(rule.expression)(node.element, env=env) != [False]
        assert native.HOLDS[rule.key](node.element, scope) == said, (rule.key, node.path)


def _plain_reference(key: str, node: walk.Node) -> bool:
    return key == "ref-1" and getattr(node.element, "reference", None) != "#"


def test_tests_before_the_evaluation_never_hide_a_fault() -> None:
    for place in _instances():
        try:
            resource = codec.decode(place.read_bytes())
        except Exception:  # noqa: BLE001 - as above
            continue
        for node in walk.walk(walk.root(resource), resources=False):
            names = type_names(type(node.element))
            for rule in definitions.invariants():
                needed = native.NEEDED.get(rule.key)
                if needed is None or rule.context not in names:
                    continue
                if getattr(node.element, needed) is None:
                    env = {"resource": resource, "rootResource": resource}
                    assert path.compile(rule.expression)(node.element, env=env) != [False]


def test_every_exception_from_the_rules_is_of_a_rule_that_exists() -> None:
    keys = {rule.key for rule in definitions.invariants()}
    for known in (
        invariants.BROKEN,
        invariants.ELSEWHERE,
        native.HOLDS,
        native.NEEDED,
        native.MENDED,
    ):
        assert set(known) <= keys
