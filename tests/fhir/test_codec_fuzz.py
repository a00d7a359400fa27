from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from osler.fhir import codec, r4
from osler.kit.errors import Invalid, TooLarge

NAMES = sorted(
    {
        prop.json
        for cls in (r4.Patient, r4.Observation, r4.Bundle, r4.HumanName, r4.Extension, r4.Quantity)
        for properties in cls.__fhir_elements__.values()
        for prop in properties
    }
    | {"resourceType", "_birthDate", "_given", "__proto__"}
)
TEXTS = st.one_of(
    st.text(), st.sampled_from(["Patient", "Observation", "Bundle", "final", "1.5", "2020-02-30"])
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    ),
    max_leaves=25,
)
RESOURCES = st.builds(
    lambda kind, rest: {"resourceType": kind, **rest},
    st.sampled_from(["Patient", "Observation", "Bundle", "Parameters", "Questionnaire"]),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6),
)
SEED = (
    b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50},'
    b'"contained":[{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"id":"1"}]}]}]}'
)


def _decode(data: bytes) -> None:
    """Only the two errors that a caller knows; what is accepted comes back the same."""
    with contextlib.suppress(Invalid, TooLarge):
        resource, canonical = codec.decode_canonical(data)
        again = codec.decode(canonical)
        assert codec.encode(again) == canonical == codec.encode(resource)


@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    _decode(data)


@given(VALUES | RESOURCES)
@settings(max_examples=400)
def test_json(value: Any) -> None:
    _decode(json.dumps(value).encode())
    _decode(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(SEED) - 1), st.binary(min_size=0, max_size=6), st.integers(0, 6))
@settings(max_examples=400)
def test_a_good_resource_with_bytes_changed(at: int, put: bytes, gone: int) -> None:
    _decode(SEED[:at] + put + SEED[at + gone :])
