"""Other people's FHIR clients drive the server, each through its whole round."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhirclient import client as smart
from fhirclient.models import bundle as smart_bundle
from fhirclient.models import humanname, observation, patient
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from tests.rest.live import Server, serving
from tests.tokens import service

pytestmark = pytest.mark.filterwarnings("ignore")

CLIENTS = Path(__file__).parents[2] / "npm" / "clients"


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[Server]:
    with serving(database_url, token=service(database_url)) as running:
        yield running


def test_fhirpy(server: Server) -> None:
    authorization = f"Bearer {server.token}"
    client = SyncFHIRClient(server.base, authorization=authorization)
    ana = client.resource("Patient", name=[{"family": "Fhirpy", "given": ["Ana"]}], gender="female")
    ana.save()
    assert ana.id

    ana["birthDate"] = "1980-02-29"
    ana.save()
    assert client.reference("Patient", ana.id).to_resource()["birthDate"] == "1980-02-29"

    for number in range(5):
        client.resource(
            "Observation",
            status="final",
            code={"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
            subject=ana.to_reference(),
            effectiveDateTime=f"2024-01-0{number + 1}",
            valueQuantity={"value": 60 + number, "unit": "/min"},
        ).save()
    found = client.resources("Observation").search(patient=ana.id).sort("-date").limit(2)
    assert [o["valueQuantity"]["value"] for o in found.fetch()] == [64, 63]
    assert len(found.fetch_all()) == 5
    # Its count sends a parameter of its own, _totalMethod, which only a lenient search may pass over.
    lenient = SyncFHIRClient(
        server.base, authorization=authorization, extra_headers={"Prefer": "handling=lenient"}
    )
    assert lenient.resources("Observation").search(patient=ana.id).count() == 5
    first = client.resources("Patient").search(family="fhirpy").first()
    assert first is not None
    assert first["id"] == ana.id

    with pytest.raises(OperationOutcome):
        client.resources("Patient").search(nonsense="1").fetch()

    doomed = client.resource("Patient", name=[{"family": "Doomed"}])
    doomed.save()
    doomed.delete()  # type: ignore[no-untyped-call]
    with pytest.raises((ResourceNotFound, OperationOutcome)):
        client.reference("Patient", doomed.id).to_resource()


def test_smart_fhirclient(server: Server) -> None:
    app = smart.FHIRClient(settings={"app_id": "osler-tests", "api_base": server.base})
    assert app.prepare()
    app.server.session.headers["Authorization"] = f"Bearer {server.token}"

    bob = patient.Patient({"name": [{"family": "Smart", "given": ["Bob"]}], "gender": "male"})
    made = bob.create(app.server)
    read = patient.Patient.read(made["id"], app.server)
    assert app.human_name(read.name[0]) == "Bob Smart"

    read.name = [humanname.HumanName({"family": "Smarter"})]
    updated = read.update(app.server)
    assert updated["meta"]["versionId"] == "2"

    search = patient.Patient.where(struct={"family": "smarter"})
    assert [one.id for one in search.perform_resources(app.server)] == [made["id"]]

    vital = observation.Observation(
        {
            "status": "final",
            "code": {"text": "weight"},
            "subject": {"reference": f"Patient/{made['id']}"},
        }
    )
    transaction = smart_bundle.Bundle(
        {
            "type": "transaction",
            "entry": [
                {
                    "resource": vital.as_json(),
                    "request": {"method": "POST", "url": "Observation"},
                }
            ],
        }
    )
    answer = app.server.post_json("", transaction.as_json()).json()
    assert answer["type"] == "transaction-response"
    assert answer["entry"][0]["response"]["status"].startswith("201")
    smart_bundle.Bundle(answer)


def test_fhir_kit_client(server: Server) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if not (CLIENTS / "node_modules" / "fhir-kit-client").is_dir():
        pytest.skip("fhir-kit-client is not installed: run `npm ci` in npm/clients")
    done = subprocess.run(
        [node, str(CLIENTS / "fhir-kit-client.mjs"), server.base, server.token or ""],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen == {
        "fhirVersion": "4.0.1",
        "created": "Kit",
        "read": "Kit",
        "vread": "1",
        "updated": "2",
        "patched": True,
        "found": 1,
        "pages": 3,
        "history": 3,
        "batch": ["201 Created", "404 Not Found"],
        "everything": ["Patient", "Observation"],
        # Who sees by rules cannot be shown that something was there: 404, not 410.
        "deleted": 404,
    }
