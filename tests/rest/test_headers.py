"""What every answer tells a browser, whatever its status and whoever made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from osler.kit.settings import Settings
from osler.rest.edge import Edge
from osler.rest.options import Options
from osler.ui.headers import security_headers
from tests.rest.conftest import Opened
from tests.rest.wsgi import Client

API = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/fhir/metadata", 200),
        ("HEAD", "/fhir/metadata", 200),
        ("OPTIONS", "/fhir/Patient", 204),
        ("GET", "/fhir/Patient/none", 404),
        ("GET", "/fhir/Nothing", 404),
        ("PUT", "/fhir/metadata", 405),
        ("POST", "/fhir/Patient", 400),
        ("GET", "/health/live", 200),
        ("GET", "/metrics", 200),
    ],
)
def test_every_answer_of_the_api(http: Client, method: str, path: str, status: int) -> None:
    reply = http(method, path)
    assert reply.status == status
    assert {name: reply.headers.get(name) for name in API} == API


def test_hsts_where_tls_is_and_only_there(opened: Opened) -> None:
    door = opened(Options(hosts=frozenset({"ehr.example"}))).application
    behind = Client(Edge(Settings(trusted_proxies=frozenset({"127.0.0.1"})), door))
    over = behind("GET", "/fhir/metadata", x_forwarded_proto="https", host="ehr.example")
    assert over.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "strict-transport-security" not in behind("GET", "/fhir/metadata").headers
    claimed = Client(Edge(Settings(), door))("GET", "/fhir/metadata", x_forwarded_proto="https")
    assert "strict-transport-security" not in claimed.headers


def test_names_of_the_installation_are_answered(opened: Opened) -> None:
    http = opened(Options(hosts=frozenset({"ehr.internal"})))
    assert http("GET", "/fhir/metadata", host="ehr.internal").status == 200
    assert http("GET", "/fhir/metadata", host="ehr.internal:8443").status == 200
    assert http("GET", "/fhir/metadata", host="ehr.internal.evil.example").status == 421


def page(view: Callable[[HttpRequest], HttpResponseBase]) -> HttpResponseBase:
    return security_headers(view)(HttpRequest())


@pytest.fixture(autouse=True)
def django(database_url: str) -> None:
    from tests.pages import use

    use(database_url)


def policy(response: HttpResponseBase) -> dict[str, str]:
    parts = (
        part.partition(" ") for part in response.headers["Content-Security-Policy"].split("; ")
    )
    return {name: value for name, _, value in parts}


def test_pages_run_our_own_scripts_only() -> None:
    found = policy(page(lambda _: HttpResponse("x")))
    assert found == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_pages_are_not_kept_embedded_or_told_of() -> None:
    headers = page(lambda _: HttpResponse("x", status=500)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for device in ("camera", "geolocation", "microphone", "payment", "usb"):
        assert f"{device}=()" in headers["Permissions-Policy"]


def test_a_view_may_be_stricter() -> None:
    def sandboxed(_: HttpRequest) -> HttpResponse:
        return HttpResponse("x", headers={"Content-Security-Policy": "sandbox"})

    assert page(sandboxed).headers["Content-Security-Policy"] == "sandbox"


def test_the_middleware_is_the_outermost() -> None:
    from django.conf import settings

    first: Any = settings.MIDDLEWARE[0]
    assert first == "osler.ui.headers.security_headers"
