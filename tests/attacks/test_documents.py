"""Documents by a guessed id: whose they are decides, not whether one knows where they lie."""

from __future__ import annotations

import pytest

from tests.attacks.conftest import Api, AsIf
from tests.matrix.cast import OTHER, OWN

READERS = ["physician", "nurse", "medical-assistant", "lab", "physician-own-patients"]
EVERYBODY_ELSE = ["patient", "proxy", "front-desk", "biller", "pharmacist", "privacy-officer"]


@pytest.mark.parametrize("caller", READERS)
def test_a_file_of_another_organizations_patient_is_not_there(api: Api, caller: str) -> None:
    assert api(caller, "GET", f"/fhir/Binary/{OWN}-file").status == 200
    for path in (f"{OTHER}-file", f"{OTHER}-file/_history/1", f"{OTHER}-file/$meta"):
        assert api(caller, "GET", f"/fhir/Binary/{path}").status == 404
    raw = api(caller, "GET", f"/fhir/Binary/{OTHER}-file", accept="text/plain")
    assert raw.status == 404 and b"zz-own" not in raw.body


@pytest.mark.parametrize("caller", EVERYBODY_ELSE)
def test_a_file_is_not_there_for_who_reads_no_files(api: Api, caller: str) -> None:
    assert api(caller, "GET", f"/fhir/Binary/{OTHER}-file").status == 404


@pytest.mark.parametrize("caller", [*READERS, "patient"])
def test_a_document_of_ones_own_patient_takes_no_file_of_another(api: Api, caller: str) -> None:
    """A document that leads to a guessed file must not make the file the patient's whom it is about."""
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": f"Patient/{OWN}"},
        "author": [{"reference": f"Patient/{OWN}"}],
        "content": [{"attachment": {"url": f"Binary/{OTHER}-file"}}],
    }
    api(caller, "POST", "/fhir/DocumentReference", document)
    assert api(caller, "GET", f"/fhir/Binary/{OTHER}-file").status == 404
    owner = api("local", "GET", f"/fhir/Binary/{OTHER}-file").json["securityContext"]
    assert owner == {"reference": f"Patient/{OTHER}"}


def test_ones_own_chart_has_no_back_door_through_its_files(api: Api, as_if: AsIf) -> None:
    """Staff who are patients here see their documents in the portal, as any patient."""
    self_made = as_if("physician", own_patient=OWN)
    assert api(self_made, "GET", f"/fhir/Binary/{OWN}-file").status == 404
