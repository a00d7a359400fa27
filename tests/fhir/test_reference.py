from __future__ import annotations

import pytest

from osler.fhir import codec, r4, reference
from osler.fhir.reference import Reference

BASE = "https://ehr.example/fhir"

CASES = [
    ("Patient/1", Reference("relative", "Patient/1", "Patient", "1")),
    ("Patient/1/_history/3", Reference("relative", "Patient/1/_history/3", "Patient", "1", "3")),
    (f"{BASE}/Patient/1", Reference("relative", f"{BASE}/Patient/1", "Patient", "1")),
    (
        "http://EHR.example/fhir/Patient/1",
        Reference("relative", "http://EHR.example/fhir/Patient/1", "Patient", "1"),
    ),
    (
        "https://other.example/r4/Patient/1",
        Reference(
            "absolute",
            "https://other.example/r4/Patient/1",
            "Patient",
            "1",
            base="https://other.example/r4",
        ),
    ),
    (
        "urn:uuid:0b8b9a58-6d5e-4a3e-8b2f-1d2c3b4a5e6f",
        Reference("urn", "urn:uuid:0b8b9a58-6d5e-4a3e-8b2f-1d2c3b4a5e6f"),
    ),
    ("urn:oid:1.2.3", Reference("urn", "urn:oid:1.2.3")),
    ("#a", Reference("contained", "#a", id="a")),
    ("#", Reference("contained", "#", id="")),
    ("Nonsense/1", Reference("other", "Nonsense/1")),
    ("Patient?identifier=a|b", Reference("other", "Patient?identifier=a|b")),
    ("https://a.example/x", Reference("other", "https://a.example/x")),
    ("patient/1", Reference("other", "patient/1")),
    ("Patient/1/x", Reference("other", "Patient/1/x")),
    ("", Reference("other", "")),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_the_text_of_a_reference(text: str, wanted: Reference) -> None:
    assert reference.parse(text, BASE) == wanted


def test_local_is_type_and_id_on_this_server_only() -> None:
    assert reference.parse("Patient/1/_history/2").local == "Patient/1"
    assert reference.parse("https://other.example/Patient/1", BASE).local is None


def test_an_identifier_alone_is_logical() -> None:
    found = reference.of(r4.Reference(type="Patient", identifier=r4.Identifier(value="7")))
    assert (found.kind, found.type) == ("logical", "Patient")


def test_references_come_with_their_paths() -> None:
    resource = codec.decode(
        b'{"resourceType":"Observation","status":"final","code":{"text":"x","extension":[{"url":"u","valueReference":'
        b'{"reference":"Basic/1"}}]},"contained":[{"resourceType":"Patient","id":"p","managingOrganization":'
        b'{"reference":"Organization/2"}}],"subject":{"reference":"#p"},"performer":[{"reference":"Practitioner/3"}],'
        b'"_issued":{"extension":[{"url":"u","valueReference":{"reference":"Basic/4"}}]}}'
    )
    assert {path: found.reference for path, found in reference.references(resource)} == {
        "Observation.contained[0].managingOrganization": "Organization/2",
        "Observation.code.extension[0].valueReference": "Basic/1",
        "Observation.subject": "#p",
        "Observation.performer[0]": "Practitioner/3",
        "Observation._issued.extension[0].valueReference": "Basic/4",
    }
