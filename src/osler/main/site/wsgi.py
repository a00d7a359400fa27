"""One WSGI application for pages and API: what begins with /fhir, /health or /metrics never meets Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from osler.kit.settings import Settings
from osler.main.site import configure

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_API = ("/fhir", "/health", "/metrics")


def application(settings: Settings, database_url: str) -> Wsgi:
    """The application of one worker process."""
    configure(settings, database_url)
    from django.core.wsgi import get_wsgi_application

    from osler.identity.principals import of_request
    from osler.main.site.wiring import wire
    from osler.rest.server import application as api_application

    api = api_application(settings, database_url, of_request)
    wire(api.door.record)
    return together(api, get_wsgi_application())


def together(api: Wsgi, pages: Wsgi) -> Wsgi:
    """The API under its own addresses, pages under all others."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        mine = any(path == root or path.startswith(f"{root}/") for root in _API)
        return (api if mine else pages)(environ, start_response)

    return answer
