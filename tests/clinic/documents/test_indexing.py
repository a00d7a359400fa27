"""Documents that came by the API: a job of the queue takes their words out, and they are found."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from osler.access import LOCAL
from osler.clinic.documents import indexing
from osler.clinic.documents.document import Document, of_version
from osler.clinic.printing import Document as Paper
from osler.clinic.printing import Letterhead, Paragraph, pdf
from osler.fhir.codec import decode
from osler.kit.database import Database
from osler.record import Create, Record, Update


@pytest.fixture
def record(fresh_database: Database) -> Record:
    made = Record(fresh_database)
    for id in ("ana", "bo"):
        put(made, resourceType="Patient", id=id)
    return made


def put(record: Record, source: str = "api", **resource: Any) -> None:
    record.commit(LOCAL, [Update(decode(json.dumps(resource).encode()), source=source)])


def paper(words: str) -> str:
    parts = (Paragraph.of(words),)
    return b64encode(pdf(Paper("Report", Letterhead("City"), None, parts))).decode()


def document(
    record: Record, attachment: dict[str, Any], *more: dict[str, Any], **source: str
) -> None:
    put(
        record, **source, resourceType="DocumentReference", id="d1", status="current",
        subject={"reference": "Patient/ana"},
        content=[{"attachment": attachment}, *({"attachment": one} for one in more)],
    )  # fmt: skip


def jobs(record: Record) -> list[tuple[str, str]]:
    """The jobs of documents that wait, which are done here and now."""
    with record.database.connection() as conn:
        rows = conn.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'document_text'"
            " RETURNING args->>'type', args->>'id'"
        ).fetchall()
    for type, id in rows:
        indexing.index(record, type, id)
    return rows


def now(record: Record) -> Document:
    return of_version(record.read(LOCAL, "DocumentReference", "d1"))


def test_a_pdf_inside_a_document_is_read_once(record: Record) -> None:
    other = {"contentType": "application/xml", "data": b64encode(b"<ClinicalDocument/>").decode()}
    document(record, {"contentType": "application/pdf", "data": paper("Zebra mucosa")}, other)
    assert jobs(record) == [("DocumentReference", "d1")]
    found = now(record)
    assert "Zebra mucosa" in found.text
    assert found.words == "found"
    assert found.version == 2
    assert found.media_type == "application/pdf"
    types = [one.attachment.contentType for one in found.resource.content]
    assert types == ["application/pdf", "application/xml", "text/plain"]
    assert jobs(record) == []  # What the worker wrote is no new cause.
    assert indexing.index(record, "DocumentReference", "d1") == 0


def test_a_file_that_is_changed_is_read_again(record: Record) -> None:
    binary = {"resourceType": "Binary", "id": "b1", "contentType": "application/pdf"}
    put(record, **binary, data=paper("First words"))
    document(record, {"contentType": "application/pdf", "url": "Binary/b1"})
    jobs(record)
    assert "First words" in now(record).text
    put(record, **binary, data=paper("Other words"), securityContext={"reference": "Patient/ana"})
    assert jobs(record) == [("Binary", "b1")]
    assert "Other words" in now(record).text
    assert "First words" not in now(record).text


def test_a_changed_document_that_kept_the_old_words_gets_new_ones(record: Record) -> None:
    document(record, {"contentType": "application/pdf", "data": paper("First words")})
    jobs(record)
    made = json.loads(record.read(LOCAL, "DocumentReference", "d1").content)
    made["content"][0]["attachment"]["data"] = paper("Other words")
    put(record, **made)
    jobs(record)
    assert "Other words" in now(record).text
    assert "First words" not in now(record).text


def test_the_file_of_another_patient_is_not_read_into_this_one(record: Record) -> None:
    put(
        record, resourceType="Binary", id="b2", contentType="application/pdf", data=paper("Of Bo"),
        securityContext={"reference": "Patient/bo"},
    )  # fmt: skip
    document(record, {"contentType": "application/pdf", "url": "Binary/b2"})
    jobs(record)
    assert now(record).text == ""
    assert now(record).version == 1


def test_what_pages_wrote_needs_no_job_nor_what_has_no_words(record: Record) -> None:
    document(record, {"contentType": "application/pdf", "data": paper("Typed")}, source="typed")
    assert jobs(record) == []
    picture = b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 20).decode()
    document(record, {"contentType": "image/png", "data": picture})
    assert jobs(record) == []


def test_a_broken_pdf_says_so_and_a_deleted_one_is_let_be(record: Record) -> None:
    data = b64encode(b"%PDF-1.4\nbroken\n%%EOF").decode()
    document(record, {"contentType": "application/pdf", "data": data})
    jobs(record)
    assert now(record).words == "unreadable"
    assert indexing.index(record, "DocumentReference", "gone") == 0
    assert indexing.index(record, "Binary", "gone") == 0


def test_a_new_document_by_the_quick_way_has_its_job_too(record: Record) -> None:
    made = {
        "resourceType": "DocumentReference", "status": "current", "subject": {"reference": "Patient/ana"},
        "content": [{"attachment": {"contentType": "application/pdf", "data": paper("Quick")}}],
    }  # fmt: skip
    record.commit(LOCAL, [Create(decode(json.dumps(made).encode()), source="api")])
    assert [type for type, _id in jobs(record)] == ["DocumentReference"]
