from __future__ import annotations

import re
from decimal import Decimal

import msgspec
import pytest

from osler.fhir import codec, r4, strict
from osler.kit.errors import Invalid, TooLarge


def _observation(more: str) -> bytes:
    return f'{{"resourceType":"Observation","status":"final","code":{{"text":"x"}}{more}}}'.encode()


OBSERVATIONS = [
    ("unknown element", ',"zz":1', "Observation.zz", "unknown element"),
    ("unknown inside", ',"subject":{"zz":1}', "Observation.subject.zz", "unknown element"),
    (
        "quoted decimal",
        ',"valueQuantity":{"value":"1.5"}',
        "Observation.valueQuantity.value",
        "decimal",
    ),
    (
        "text for number",
        ',"valueInteger":"x"',
        "Observation.valueInteger",
        'found "x", expected integer',
    ),
    ("boolean for number", ',"valueInteger":true', "Observation.valueInteger", "found true"),
    ("integer too large", ',"valueInteger":2147483648', "Observation.valueInteger", "integer"),
    (
        "huge exponent",
        ',"valueQuantity":{"value":1e999999}',
        "Observation.valueQuantity.value",
        "decimal",
    ),
    (
        "absurd exponent",
        ',"valueQuantity":{"value":1e99999999999999999999}',
        "Observation.valueQuantity.value",
        "",
    ),
    (
        "endless number",
        f',"valueQuantity":{{"value":1.{"1" * 200}}}',
        "Observation.valueQuantity.value",
        "decimal",
    ),
    ("NaN", ',"valueQuantity":{"value":NaN}', "Observation.valueQuantity.value", "the number NaN"),
    (
        "Infinity",
        ',"valueQuantity":{"value":-Infinity}',
        "Observation.valueQuantity.value",
        "-Infinity",
    ),
    ("two values", ',"valueString":"a","valueBoolean":true', "Observation.value", "at most one"),
    (
        "two values, one an extension",
        ',"valueString":"a","_valueBoolean":{"id":"1"}',
        "Observation.value",
        "at most one",
    ),
    ("duplicate key", ',"status":"final"', "Observation.status", "twice"),
    (
        "duplicate inside",
        ',"subject":{"display":"a","display":"b"}',
        "Observation.subject.display",
        "twice",
    ),
    ("empty list", ',"note":[]', "Observation.note", "empty list"),
    ("empty object", ',"subject":{}', "Observation.subject", "empty object"),
    ("empty object in list", ',"category":[{}]', "Observation.category[0]", "empty object"),
    ("empty text", ',"valueString":""', "Observation.valueString", "empty string"),
    ("null", ',"subject":null', "Observation.subject", "null"),
    ("null in list", ',"category":[null]', "Observation.category[0]", "found null"),
    ("wrong shape", ',"subject":"Patient/1"', "Observation.subject", "an object (Reference)"),
    ("no list", ',"category":{"text":"a"}', "Observation.category", "a list of CodeableConcept"),
    ("list for one", ',"subject":[{"display":"a"}]', "Observation.subject", "found a list"),
    ("no such day", ',"issued":"2021-02-29T00:00:00Z"', "Observation.issued", "expected instant"),
    (
        "no zone",
        ',"effectiveDateTime":"2021-02-28T00:00:00"',
        "Observation.effectiveDateTime",
        "dateTime",
    ),
    ("year zero", ',"effectiveDateTime":"0000"', "Observation.effectiveDateTime", "dateTime"),
    ("other digits", ',"effectiveDateTime":"٢٠٢١"', "Observation.effectiveDateTime", "dateTime"),
    (
        "newline at the end",
        ',"effectiveDateTime":"2021\\n"',
        "Observation.effectiveDateTime",
        "dateTime",
    ),
    ("lone surrogate", ',"valueString":"\\ud800"', "Observation.valueString", "surrogate"),
    ("lone surrogate as key", ',"\\udfff":1', None, ""),
    ("NUL", ',"valueString":"a\\u0000b"', "Observation.valueString", "control character"),
    ("backspace", ',"valueString":"a\\bb"', "Observation.valueString", "control character"),
    (
        "missing inside",
        ',"component":[{"valueInteger":1}]',
        "Observation.component[0].code",
        "required",
    ),
    (
        "contained unknown type",
        ',"contained":[{"resourceType":"Foo"}]',
        "Observation.contained[0].resourceType",
        "Foo",
    ),
    (
        "contained no type",
        ',"contained":[{"id":"a"}]',
        "Observation.contained[0].resourceType",
        "nothing",
    ),
    ("contained no object", ',"contained":[1]', "Observation.contained[0]", "a resource"),
    (
        "fault in contained",
        ',"contained":[{"resourceType":"Patient","gender":"x"}]',
        "Observation.contained[0].gender",
        "one of male, female, other, unknown",
    ),
    ("blank in code", ',"subject":{"type":" Patient"}', None, None),
    ("too deep", ',"extension":[{"url":"a"' * 300 + "}]" * 300, "Observation.extension", "deeper"),
    ("far too deep", ',"extension":' + "[" * 100_000, None, "deeper"),
]


@pytest.mark.parametrize(
    ("more", "where", "words"),
    [case[1:] for case in OBSERVATIONS],
    ids=[c[0] for c in OBSERVATIONS],
)
def test_a_faulty_observation_names_path_and_fault(
    more: str, where: str | None, words: str | None
) -> None:
    with pytest.raises(Invalid) as caught:
        codec.decode(_observation(more))
    found = caught.value.issues
    assert words is None or words in " ".join(i.diagnostics for i in found)
    assert where is None or any((i.expression or "").startswith(where) for i in found), found


WHOLE = [
    ("nothing", b"", "found nothing"),
    ("blank", b" \n", "found nothing"),
    ("no object", b"[]", "expected a resource"),
    ("text", b'"Patient"', "expected a resource"),
    ("null", b"null", "expected a resource"),
    ("empty", b"{}", "resourceType"),
    ("unknown type", b'{"resourceType":"Foo"}', "an R4 resource type"),
    ("type is no text", b'{"resourceType":1}', "an R4 resource type"),
    ("abstract type", b'{"resourceType":"DomainResource"}', "an R4 resource type"),
    ("cut short", b'{"resourceType":"Patient"', "not JSON"),
    ("something after", b'{"resourceType":"Patient"} x', "not JSON"),
    ("comment", b'{"resourceType":"Patient"/*x*/}', "not JSON"),
    ("BOM", b'\xef\xbb\xbf{"resourceType":"Patient"}', "byte order mark"),
    ("UTF-16", '{"resourceType":"Patient"}'.encode("utf-16"), "byte order mark"),
    ("Latin-1", '{"resourceType":"Patient","id":"é"}'.encode("latin-1"), "expected UTF-8"),
    ("surrogate in UTF-8", b'{"resourceType":"Patient","id":"\xed\xa0\x80"}', "expected UTF-8"),
    ("type twice", b'{"resourceType":"Patient","resourceType":"Patient"}', "twice"),
    ("missing status", b'{"resourceType":"Observation","code":{"text":"a"}}', "Observation.status"),
    ("missing code", b'{"resourceType":"Observation","status":"final"}', "Observation.code"),
    ("missing choice", b'{"resourceType":"MedicationRequest","status":"active"}', "medication[x]"),
    ("id too long", b'{"resourceType":"Patient","id":"' + b"a" * 65 + b'"}', "expected id"),
    ("_id", b'{"resourceType":"Patient","_id":{"id":"a"}}', "unknown element"),
    ("raw newline", b'{"resourceType":"Patient","id":"a\n"}', "not JSON"),
    (
        "null without extension",
        b'{"resourceType":"Patient","name":[{"given":["a",null]}]}',
        "found null without an extension",
    ),
    (
        "lists of different length",
        b'{"resourceType":"Patient","name":[{"given":["a","b"],"_given":[{"id":"x"}]}]}',
        "expected as many of both",
    ),
    (
        "fault in a Bundle",
        (
            b'{"resourceType":"Bundle","type":"batch","entry":[{"fullUrl":"urn:a"},'
            b'{"resource":{"resourceType":"Patient","active":1}}]}'
        ),
        "Bundle.entry[1].resource.active: found 1, expected boolean",
    ),
    (
        "fault in Parameters",
        b'{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","resource":{}}]}]}',
        "Parameters.parameter[0].part[0].resource",
    ),
    (
        "null in a resource slot",
        b'{"resourceType":"Bundle","type":"batch","entry":[{"resource":null}]}',
        "Bundle.entry[0].resource",
    ),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in WHOLE], ids=[c[0] for c in WHOLE])
def test_a_faulty_input_is_refused_with_words(data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        codec.decode(data)
    assert words in " ".join(issue.diagnostics for issue in caught.value.issues)


GOOD = [
    b'{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"id":"1"}]}]}',
    b'{"resourceType":"Patient","name":[{"_given":[{"id":"1"}]}]}',
    b'{"resourceType":"Patient","_birthDate":{"extension":[{"url":"a","valueCode":"b"}]}}',
    _observation(',"valueQuantity":{"value":1.50}'),
    _observation(',"valueQuantity":{"value":-0.00}'),
    _observation(',"effectiveDateTime":"2020-02-29T23:59:60.123456789+14:00"'),
    _observation(',"valueString":"a\\nb\\"{}[]"'),
    (
        b'{"resourceType":"Basic","contained":[{"resourceType":"Patient","id":"a","contained":[{"resourceType":"Basic",'
        b'"code":{"text":"x"}}]}],"code":{"text":"y"}}'
    ),
    b'{"resourceType":"Task","status":"draft","intent":"order","for":{"display":"x"}}',
    b'{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","resource":{"resourceType":"Patient"}}]}]}',
    b'{"resourceType":"Observation","_status":{"extension":[{"url":"a","valueCode":"b"}]},"code":{"text":"x"}}',
]


@pytest.mark.parametrize("data", GOOD)
def test_what_is_compact_comes_back_byte_by_byte(data: bytes) -> None:
    resource, canonical = codec.decode_canonical(data)
    assert canonical == data
    assert codec.encode(resource) == data


def test_exponents_keep_value_and_precision() -> None:
    found = codec.decode(_observation(',"valueQuantity":{"value":1e3}'))
    assert isinstance(found, r4.Observation)
    assert found.valueQuantity is not None
    assert found.valueQuantity.value == Decimal("1E+3")
    again = codec.decode(codec.encode(found))
    assert again == found


def test_escapes_are_read_and_written_as_utf8() -> None:
    found, canonical = codec.decode_canonical(
        _observation(',"valueString":"a\\/\\u00e9\\ud83d\\ude00"')
    )
    assert isinstance(found, r4.Observation)
    assert found.valueString == "a/é😀"
    assert canonical == _observation(',"valueString":"a/é😀"')


def test_whitespace_does_not_matter() -> None:
    spaced = b' {\n "resourceType" : "Patient" ,\t"active" : true }\r\n'
    assert codec.decode_canonical(spaced)[1] == b'{"resourceType":"Patient","active":true}'


def test_the_type_need_not_come_first() -> None:
    found = codec.decode(b'{"active":true,"resourceType":"Patient"}')
    assert isinstance(found, r4.Patient)
    assert found.resourceType == "Patient"


def test_a_quoted_decimal_is_found_even_where_lengths_agree() -> None:
    data = _observation(
        ',"valueQuantity":{"value":"1.5"},"component":[{"code":{"text":"a"},"valueQuantity":{"value":1e3}},'
        '{"code":{"text":"b"},"valueQuantity":{"value":1e3}}]'
    )
    with pytest.raises(Invalid, match="expected decimal"):
        codec.decode(data)


def test_many_faults_are_told_together() -> None:
    with pytest.raises(Invalid) as caught:
        codec.decode(b'{"resourceType":"Patient","gender":"x","birthDate":"1","active":"no"}')
    assert [i.expression for i in caught.value.issues] == [
        "Patient.gender",
        "Patient.birthDate",
        "Patient.active",
    ]


def test_size_is_limited() -> None:
    with pytest.raises(TooLarge):
        codec.decode(b'{"resourceType":"Patient"}', limit=10)


def test_decode_as_refuses_another_type() -> None:
    with pytest.raises(Invalid, match="expected Patient"):
        codec.decode_as(b'{"resourceType":"Group"}', r4.Patient)
    with pytest.raises(Invalid, match="resourceType"):
        codec.decode_as(b'{"active":true}', r4.Patient)


def test_decode_as_reads_datatypes() -> None:
    name = codec.decode_as(b'{"family":"Osler","given":["William"]}', r4.HumanName)
    assert name.given == ["William"]
    with pytest.raises(Invalid, match=r"HumanName\.zz"):
        codec.decode_as(b'{"zz":1}', r4.HumanName)


def test_rules_hold_for_what_is_made_in_code() -> None:
    with pytest.raises(ValueError, match="at most one"):
        r4.Extension(url="a", valueString="b", valueBoolean=True)
    with pytest.raises(ValueError, match="status"):
        r4.Observation(code=r4.CodeableConcept(text="a"))


def test_a_mutable_resource_encodes_what_was_changed() -> None:
    patient = r4.Patient(active=True)
    patient.birthDate = "1849-07-12"
    assert codec.encode(patient) == (
        b'{"resourceType":"Patient","active":true,"birthDate":"1849-07-12"}'
    )
    assert msgspec.json.decode(codec.encode(patient))["birthDate"] == "1849-07-12"


def _nested(opening: str, inner: str, closing: str, times: int) -> bytes:
    return (opening * times + inner + closing * times).encode()


DEEP = [
    _nested(
        '{"resourceType":"Bundle","type":"collection","entry":[{"resource":',
        '{"resourceType":"Patient"}',
        "}]}",
        25,
    ),
    _nested(
        '{"resourceType":"Basic","code":{"text":"a"},"contained":[',
        '{"resourceType":"Patient"}',
        "]}",
        25,
    ),
    b'{"resourceType":"Parameters","parameter":[{"name":"a","resource":{"resourceType":"Patient"}},'
    + _nested('{"name":"a","part":[', '{"name":"a","valueInteger":1}', "]}", 100)
    + b"]}",
    b'{"resourceType":"Questionnaire","status":"draft","contained":[{"resourceType":"Patient","id":"a"}],"item":['
    + _nested('{"linkId":"a","type":"group","item":[', '{"linkId":"a","type":"group"}', "]}", 100)
    + b"]}",
    b'{"resourceType":"Patient","identifier":['
    + _nested('{"assigner":{"identifier":', '{"value":"a"}', "}}", 100)
    + b"]}",
]


@pytest.mark.parametrize("data", DEEP)
def test_what_nests_in_itself_has_a_limit(data: bytes) -> None:
    with pytest.raises(Invalid, match="deeper"):
        codec.decode(data)


def test_every_element_that_nests_is_known_to_the_depth_test() -> None:
    """Without those names no type contains itself, and the longest way down is short."""
    listed = {text for name in strict.ALL_NESTING for text in re.findall(r'"(\w+)"', name.decode())}
    cut = {"extension", "modifierExtension"} | listed
    depths: dict[str, int] = {}

    def depth(fhir_type: str, above: tuple[str, ...]) -> int:
        assert fhir_type not in above, (fhir_type, above)
        if fhir_type not in depths:
            below = [
                depth("Element" if prop.primitive else prop.type, (*above, fhir_type))
                for properties in r4.type_class(fhir_type).__fhir_elements__.values()
                for prop in properties
                if prop.json not in cut
                and prop.type != "Resource"
                and (prop.ext or not prop.primitive)
            ]
            depths[fhir_type] = 1 + max(below, default=0)
        return depths[fhir_type]

    assert max(depth(name, ()) for name in r4.RESOURCES) * 2 <= 24


def test_faults_in_a_large_bundle_are_found_where_they_are() -> None:
    """Escapes and repeated keys in one entry: only that entry is read twice, and its path is whole."""
    fine = b'{"resource":{"resourceType":"Patient","name":[{"text":"Jos\\u00e9"}]}}'
    twice = b'{"resource":{"resourceType":"Patient","active":true,"active":true}}'
    head = b'{"resourceType":"Bundle","type":"collection","entry":['
    found, canonical = codec.decode_canonical(head + b",".join([fine] * 3) + b"]}")
    assert isinstance(found, r4.Bundle)
    assert canonical.count("José".encode()) == 3
    with pytest.raises(Invalid) as caught:
        codec.decode(head + b",".join([fine, fine, twice]) + b"]}")
    assert [issue.expression for issue in caught.value.issues] == [
        "Bundle.entry[2].resource.active"
    ]


def test_a_fault_in_the_bundle_itself_is_found() -> None:
    head = b'{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"a","fullUrl":"b","resource":'
    with pytest.raises(Invalid, match="twice"):
        codec.decode(head + b'{"resourceType":"Patient"}}]}')
    with pytest.raises(Invalid, match="empty object"):
        codec.decode(
            b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient"}},{}]}'
        )
