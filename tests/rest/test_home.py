"""What opens at the base address of the API, in a browser and in a program."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from tests.rest.fake import FakeRecord
from tests.rest.wsgi import Client

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/fhir", "/fhir/"])
def test_a_browser_at_the_base_is_led_to_the_pages(
    http: Client, fake: FakeRecord, path: str
) -> None:
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
