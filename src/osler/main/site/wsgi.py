"""One WSGI application for pages and API: API, probes and live updates never meet Django."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from osler.kit.settings import Settings
from osler.live.door import PATH as LIVE
from osler.main.site import configure

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_API = ("/fhir", "/health", "/metrics")


def application(settings: Settings, database_url: str) -> Wsgi:
    """The application of one worker process."""
    configure(settings, database_url)
    from django.core.wsgi import get_wsgi_application

    from osler.identity.principals import of_request
    from osler.live.door import Door
    from osler.main.site.wiring import watcher, wire
    from osler.rest.server import STREAMS
    from osler.rest.server import application as api_application

    api = api_application(settings, database_url, of_request)
    wire(api.door.record)
    live = Door(api.door.record, watcher, at_most=STREAMS)
    if threading.current_thread() is threading.main_thread():
        live.hub.stop_with_server()
    pages = get_wsgi_application()
    threading.Thread(target=_load_pages, name="load pages", daemon=True).start()
    return together(api, pages, live)


def _load_pages() -> None:
    """Import the pages' code, which takes a second, before somebody waits for the first page."""
    from django.urls import get_resolver

    _ = get_resolver().url_patterns


def together(api: Wsgi, pages: Wsgi, live: Wsgi) -> Wsgi:
    """The API and the stream of changes under their own addresses, pages under all others."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == LIVE:
            return live(environ, start_response)
        mine = any(path == root or path.startswith(f"{root}/") for root in _API)
        return (api if mine else pages)(environ, start_response)

    return answer
