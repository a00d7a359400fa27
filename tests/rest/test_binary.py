"""Binary over HTTP: bytes in and out, shown only where nothing can act, seen only by whom they are for."""

from __future__ import annotations

import io
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from osler.access import LOCAL, Everywhere, Principal, Rule, RulePolicy
from osler.fhir.codec import encode
from osler.kit.database import Database
from osler.kit.keys import KeySource
from osler.record import Checks, Record, Storage, custody
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import TABLE
from osler.search.parse import parse_where
from osler.search.registry import Registry
from osler.search.tree import OfPatients, Policy
from tests.record.cast import made
from tests.rest.wsgi import HOST, Client, Reply

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
ACTING_PDF = PDF.replace(b"/Catalog", b"/Catalog /AA << /S /JavaScript >>")
SCRIPT = b"<html><script>alert(1)</script></html>"
_ALL = frozenset({"read", "vread", "search", "history", "create", "update"})


def picture(format: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(out, format)
    return out.getvalue()


def policy_of(principal: Principal) -> Policy:
    """Ana and Bob see and write what is theirs; the local principal everything."""
    if principal.id == LOCAL.id:
        return Everywhere()
    own = parse_where("Patient", f"_id={principal.id}", Registry.builtin())
    types = ("Patient", "Binary", "DocumentReference")
    return RulePolicy([Rule(type, OfPatients(own), _ALL) for type in types])


@pytest.fixture(scope="module")
def record(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("documents")
    storage = Storage(str(folder / "blobs"), KeySource(Path(folder) / "master.key"))
    return Record(database, base_url=f"http://{HOST}/fhir", policy_of=policy_of, documents=storage)


@pytest.fixture(scope="module")
def http(record: Record) -> Client:
    """A door where the header X-Who says who calls."""

    def who(environ: Mapping[str, Any]) -> Principal:
        name = environ.get("HTTP_X_WHO")
        return Principal(id=name) if name else LOCAL

    metrics = Metrics()
    door = Door(record, Options(), TABLE, record.database.ping, metrics.page, authenticate=who)
    client = Client(Application(door, metrics))
    for id in ("ana", "bob"):
        assert client(
            "PUT", f"/fhir/Patient/{id}", {"resourceType": "Patient", "id": id}
        ).status in {
            200,
            201,
        }
    return client


def post(http: Client, content: bytes, type: str, **headers: str) -> Reply:
    return http("POST", "/fhir/Binary", content, content_type=type, **headers)


def created(http: Client, content: bytes, type: str, **headers: str) -> str:
    reply = post(http, content, type, **headers)
    assert reply.status == 201, reply.body
    return str(reply.json["id"])


def fetch(http: Client, id: str, accept: str = "*/*, text/html", **headers: str) -> Reply:
    return http("GET", f"/fhir/Binary/{id}", accept=accept, **headers)


def document(url: str, subject: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": f"Patient/{subject}"},
        "content": [{"attachment": {"contentType": "application/pdf", "url": url}}],
        **more,
    }


@pytest.mark.parametrize(
    ("content", "type", "how"),
    [
        (picture("PNG"), "image/png", "inline"),
        (picture("JPEG"), "image/jpeg", "inline"),
        (picture("GIF"), "image/gif", "inline"),
        (picture("WEBP"), "image/webp", "inline"),
        (PDF, "application/pdf", "inline"),
        (ACTING_PDF, "application/pdf", "attachment"),
        (SCRIPT, "text/html", "attachment"),
        (b"<svg xmlns='x' onload='alert(1)'/>", "image/svg+xml", "attachment"),
        (b"hello", "text/plain; charset=utf-8", "attachment"),
        (b"\0\1\2", "application/octet-stream", "attachment"),
        (picture("TIFF"), "image/tiff", "attachment"),
    ],
)
def test_bytes_come_back_to_the_bit_and_can_do_nothing(
    http: Client, content: bytes, type: str, how: str
) -> None:
    id = created(http, content, type)
    reply = fetch(http, id, f"{type.partition(';')[0]}, */*;q=0.1")
    assert (reply.status, reply.body) == (200, content)
    assert reply.headers["content-type"] == type
    assert reply.headers["content-disposition"].startswith(f'{how}; filename="{id}.')
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'; sandbox" in reply.headers["content-security-policy"]
    assert reply.headers["etag"] == 'W/"1"'
    assert http("GET", f"/fhir/Binary/{id}/_history/1", accept="*/*, image/*").body == content


@pytest.mark.parametrize("accept", [None, "application/fhir+json", "*/*", "application/json"])
def test_fhir_clients_get_a_resource(http: Client, accept: str | None) -> None:
    id = created(http, PDF, "application/pdf")
    headers = {"accept": accept} if accept else {}
    reply = http("GET", f"/fhir/Binary/{id}", **headers)
    assert reply.headers["content-type"].startswith(("application/fhir+json", "application/json"))
    assert b64decode(reply.json["data"]) == PDF


def test_what_is_accepted_counts(http: Client) -> None:
    id = created(http, PDF, "application/pdf")
    assert fetch(http, id, "application/pdf").body == PDF
    assert fetch(http, id, "image/png").status == 406
    assert fetch(http, id, "application/fhir+xml").status == 406
    assert fetch(http, id, "application/pdf;q=0.1, application/fhir+json").json["id"] == id
    assert http("GET", f"/fhir/Binary/{id}?_format=json", accept="text/html").json["id"] == id
    assert fetch(http, id, "application/pdf", if_none_match='W/"1"').status == 304
    assert http("HEAD", f"/fhir/Binary/{id}", accept="application/pdf").body == b""


def test_a_raw_put_replaces(http: Client) -> None:
    id = created(http, PDF, "application/pdf")
    reply = http("PUT", f"/fhir/Binary/{id}", b"hello", content_type="text/plain")
    assert reply.status == 200
    assert fetch(http, id, "text/plain").body == b"hello"


@pytest.mark.parametrize(
    ("content", "type", "status"),
    [
        (b"", "text/plain", 400),
        (b"x", "not a type", 400),
        (b"x", "text/plain\x0bX: y", 400),
        (SCRIPT, "image/png", 422),
        (b"%PDF-1.4", "text/plain", 422),
        (b"<Binary/>", "application/fhir+xml", 415),
    ],
)
def test_what_is_refused(http: Client, content: bytes, type: str, status: int) -> None:
    assert post(http, content, type).status == status


def test_lies_inside_resources_are_refused_with_their_place(http: Client) -> None:
    lie = document("x", "ana")
    lie["content"][0]["attachment"] = {
        "contentType": "image/png",
        "data": b64encode(SCRIPT).decode(),
    }
    reply = http("POST", "/fhir/DocumentReference", lie)
    assert reply.status == 422
    assert reply.issue["expression"] == ["DocumentReference.content[0].attachment.data"]
    assert "text/html" in reply.issue["diagnostics"]


def test_a_stored_type_cannot_add_headers(http: Client, record: Record) -> None:
    """A load checks no more than structure, so that such a type can be there."""
    evil = made(resourceType="Binary", id="evil", contentType="a/b\nX-Evil: 1", data="eA==")
    record.load(LOCAL, [evil], checks=Checks(validate=False, references=False), source="a file")
    raw = fetch(http, "evil", "*/*, text/html")
    assert (raw.status, raw.body) == (200, b"x")
    assert raw.headers["content-type"] == "application/octet-stream"
    assert "x-evil" not in raw.headers
    assert http("POST", "/fhir/Binary", {**json.loads(encode(evil))}).status == 422


def test_a_security_context_says_whose_it_is(http: Client) -> None:
    id = created(http, PDF, "application/pdf", x_security_context="Patient/ana")
    assert fetch(http, id, x_who="ana").body == PDF
    for path in (f"/fhir/Binary/{id}", f"/fhir/Binary/{id}/_history/1"):
        assert http("GET", path, x_who="bob").status == 404
        assert http("GET", path, x_who="bob", accept="application/pdf").status == 404
    assert http("GET", f"/fhir/Binary?_id={id}", x_who="bob").json["total"] == 0
    assert http("GET", "/fhir/Patient/ana/$everything").body.count(id.encode()) > 0
    bad = post(http, PDF, "application/pdf", x_security_context="somewhere")
    assert bad.status == 400


def test_nobody_gives_a_document_to_another(http: Client) -> None:
    mine = post(http, PDF, "application/pdf", x_security_context="Patient/ana", x_who="ana")
    assert mine.status == 201
    theirs = post(http, PDF, "application/pdf", x_security_context="Patient/bob", x_who="ana")
    assert theirs.status in {403, 422}
    nobodys = post(http, PDF, "application/pdf", x_who="ana")
    assert nobodys.status == 403


def test_one_that_nobody_refers_to_is_seen_by_no_patient(http: Client) -> None:
    id = created(http, PDF, "application/pdf")
    assert fetch(http, id, x_who="ana").status == 404
    assert fetch(http, id).status == 200


def test_a_document_reference_makes_it_its_patients(http: Client) -> None:
    id = created(http, PDF, "application/pdf")
    assert http("POST", "/fhir/DocumentReference", document(f"Binary/{id}", "ana")).status == 201
    assert fetch(http, id, x_who="ana").body == PDF
    assert fetch(http, id, x_who="bob").status == 404
    versions = http("GET", f"/fhir/Binary/{id}/_history").json["entry"]
    assert [v["resource"].get("securityContext") for v in versions] == [
        {"reference": "Patient/ana"},
        None,
    ]
    # Once it is Ana's, a second document cannot make it Bob's.
    assert http("POST", "/fhir/DocumentReference", document(f"Binary/{id}", "bob")).status == 201
    assert fetch(http, id, x_who="bob").status == 404


def test_a_guessed_id_in_a_document_of_ones_own_opens_nothing(http: Client) -> None:
    id = created(http, PDF, "application/pdf")
    mine = http("POST", "/fhir/DocumentReference", document(f"Binary/{id}", "ana"), x_who="ana")
    assert mine.status == 201
    assert fetch(http, id, x_who="ana").status == 404


def test_in_a_transaction_both_come_together(http: Client) -> None:
    binary = {
        "resourceType": "Binary",
        "contentType": "application/pdf",
        "data": b64encode(PDF).decode(),
    }
    entries: list[dict[str, Any]] = [
        {"resource": binary, "fullUrl": "urn:uuid:6ba7b810-9dad-41d1-80b4-00c04fd430c8"},
        {"resource": document("urn:uuid:6ba7b810-9dad-41d1-80b4-00c04fd430c8", "ana")},
    ]
    for entry in entries:
        entry["request"] = {"method": "POST", "url": entry["resource"]["resourceType"]}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    reply = http("POST", "/fhir", bundle)
    assert reply.status == 200, reply.body
    id = reply.json["entry"][0]["response"]["location"].split("/")[-3]
    assert fetch(http, id, x_who="ana").body == PDF
    assert fetch(http, id, x_who="bob").status == 404


def test_the_document_may_come_first(http: Client) -> None:
    first = document("Binary/later", "ana", id="early")
    assert http("PUT", "/fhir/DocumentReference/early", first).status == 201
    reply = http("PUT", "/fhir/Binary/later", PDF, content_type="application/pdf")
    assert reply.status == 201
    assert fetch(http, "later", x_who="ana").body == PDF
    again = http("PUT", "/fhir/Binary/later", PDF, content_type="application/pdf")
    assert (again.status, again.headers["etag"]) == (200, 'W/"1"')


def test_a_context_that_is_a_document_is_followed_to_its_patient(http: Client) -> None:
    reply = http("POST", "/fhir/DocumentReference", document("http://example.org/x", "ana"))
    place = f"DocumentReference/{reply.json['id']}"
    id = created(http, PDF, "application/pdf", x_security_context=place)
    assert fetch(http, id, x_who="ana").body == PDF
    assert fetch(http, id, x_who="bob").status == 404


def test_what_was_erased_is_gone(http: Client, record: Record) -> None:
    http("PUT", "/fhir/Patient/eve", {"resourceType": "Patient", "id": "eve"})
    id = created(http, PDF, "application/pdf", x_security_context="Patient/eve")
    adopted = created(http, PDF, "application/pdf")
    http("POST", "/fhir/DocumentReference", document(f"Binary/{adopted}", "eve"))
    assert custody.erase(record.database, "eve") == 2
    for one in (id, adopted):
        gone = fetch(http, one, "application/pdf")
        assert (gone.status, gone.issue["code"]) == (410, "deleted")
        resource = http("GET", f"/fhir/Binary/{one}").json
        assert resource["_data"]["extension"][0]["valueCode"] == "masked"
    assert http("GET", f"/fhir/Binary/{adopted}/_history/1", accept="application/pdf").status == 410


def test_a_damaged_one_is_an_error_that_says_where(http: Client, record: Record) -> None:
    id = created(http, PDF, "application/pdf")
    with record.database.connection() as conn:
        conn.execute("UPDATE blob SET sealed = set_byte(sealed, 30, 9) WHERE resource = %s", (id,))
    reply = fetch(http, id, "application/pdf")
    assert reply.status == 500
    assert f"Binary/{id}" in reply.issue["diagnostics"]
    assert json.loads(reply.body)["issue"][0]["code"] == "incomplete"
