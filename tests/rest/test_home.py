"""What opens at the server's own address, in a browser and in a program."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from osler.rest.options import Options
from tests.rest.conftest import Opened
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import HOST, Client

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_a_browser_sees_a_page(http: Client) -> None:
    reply = http("GET", "/", **BROWSER)
    page = reply.body.decode()
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert reply.headers["vary"] == "Accept"
    assert f"<code>http://{HOST}/fhir</code>" in page
    assert "<script" not in page
    assert "style" not in page


def test_its_links_lead_somewhere(http: Client) -> None:
    page = http("GET", "/", **BROWSER).body.decode()
    links = [part.partition('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]]
    assert links
    for link in links:
        assert http("GET", f"/{link}", **BROWSER).status == 200, link


def test_the_page_escapes_the_address(opened: Opened) -> None:
    http = opened(Options(base_url="https://example.org/<b>/fhir"))
    page = http("GET", "/", **BROWSER).body.decode()
    assert "https://example.org/&lt;b&gt;/fhir" in page


@pytest.mark.parametrize("accept", [{}, {"accept": "*/*"}, {"accept": "application/fhir+json"}])
def test_a_program_is_told_in_fhir(http: Client, accept: dict[str, str]) -> None:
    reply = http("GET", "/", **accept)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("application/fhir+json")
    assert reply.issue["severity"] == "information"
    assert f"http://{HOST}/fhir/metadata" in reply.issue["diagnostics"]
    assert http("POST", "/").status == 405


@pytest.mark.parametrize("path", ["/fhir", "/fhir/"])
def test_a_browser_at_the_base_is_shown_the_page(http: Client, fake: FakeRecord, path: str) -> None:
    reply = http("GET", path, **BROWSER)
    assert reply.status == 303
    assert urljoin(path, reply.headers["location"]) == "/"
    assert fake.query is None, "nothing was searched"


@pytest.mark.parametrize(
    ("query", "headers"), [("", {}), ("", {"accept": "*/*"}), ("?_type=Patient", BROWSER)]
)
def test_the_base_is_a_search_of_everything(
    http: Client, fake: FakeRecord, query: str, headers: dict[str, str]
) -> None:
    reply = http("GET", f"/fhir{query}", **headers)
    assert reply.json["type"] == "searchset"
    assert fake.query is not None
