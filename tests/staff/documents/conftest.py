"""A practice with two patients, and files to be handed in."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from osler.access import LOCAL
from osler.clinic.printing import Document, Letterhead, Paragraph, pdf
from osler.fhir.codec import decode
from osler.record import Record, Update
from tests.clinic.notes.conftest import chart, resource
from tests.staff.people import staff

URL = "/patients/ana/documents/"


def paper(*pages: str) -> bytes:
    """A PDF with words in it."""
    parts = tuple(Paragraph.of(one) for one in pages)
    return pdf(Document("Report", Letterhead("City Hospital"), None, parts))


def picture(wide: int = 40, high: int = 30, format: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (wide, high), "white").save(out, format)
    return out.getvalue()


def upload(name: str, content: bytes, type: str) -> Any:
    return SimpleUploadedFile(name, content, content_type=type)


def scan(name: str = "scan.png") -> Any:
    return upload(name, picture(), "image/png")


def report(*pages: str, name: str = "report.pdf") -> Any:
    return upload(name, paper(*pages), "application/pdf")


def hand_in(browser: Any, *files: Any, url: str = URL, **more: str) -> Any:
    patient = url.split("/")[2]
    form = {"patient": patient, "category": "outside", "files": list(files), **more}
    return browser.post(f"{url}new/", form)


def _works(who: str, code: str) -> Update:
    return resource(
        "PractitionerRole",
        f"r-{who}",
        active=True,
        practitioner={"reference": f"Practitioner/{who}", "display": who},
        organization={"reference": "Organization/o1"},
        code=[{"coding": [{"code": code}]}],
    )


@pytest.fixture
def here(record: Record) -> Record:
    org = b'{"resourceType":"Organization","id":"o1","active":true,"name":"Meadow Family Clinic"}'
    work = [_works(*each) for each in (("p1", "doctor"), ("p2", "doctor"), ("n1", "nurse"))]
    record.commit(LOCAL, [*chart(), Update(decode(org)), *work])
    for id in ("ana", "bo"):
        patient = json.loads(record.read(LOCAL, "Patient", id).content)
        patient["managingOrganization"] = {"reference": "Organization/o1"}
        record.commit(LOCAL, [Update(decode(json.dumps(patient).encode()))])
    return record


@pytest.fixture
def ada(here: Record) -> Any:
    return staff("physician", name="ada", person="Practitioner/p1")


@pytest.fixture
def nia(here: Record) -> Any:
    return staff("nurse", name="nia", person="Practitioner/n1")
