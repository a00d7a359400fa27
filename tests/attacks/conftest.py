"""A practice to attack: its record, its API, and callers that are who they say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.kit.database import Database
from osler.record import Record
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import TABLE
from tests.identity.conftest import later, pages, told
from tests.matrix import cast
from tests.rest.wsgi import Client, Reply

__all__ = ["later", "pages", "told"]
"""Fixtures of others, for the tests here."""
Api = Callable[..., Reply]
AsIf = Callable[..., str]


@pytest.fixture(scope="module")
def record(database: Database) -> Record:
    """Two organizations with one patient each, shared by the module."""
    made = Record(database, base_url="http://localhost/fhir")
    cast.settle(made)
    return made


@pytest.fixture(scope="module")
def callers() -> dict[str, Principal]:
    """Who may call, by the name that `api` is given; tests may add to it."""
    return {**cast.callers(), "local": LOCAL}


@pytest.fixture(scope="module")
def door(record: Record, callers: dict[str, Principal]) -> Client:
    """The API; the header X-Caller says who calls, and without it the real front door decides."""

    def authenticate(environ: Mapping[str, Any]) -> Principal:
        name = environ.get("HTTP_X_CALLER")
        if name:
            return callers[name]
        from osler.identity.principals import of_request

        return of_request(environ)

    metrics = Metrics(lambda: {"pool_size": 3})
    made = Door(record, Options(), TABLE, lambda: None, metrics.page, authenticate=authenticate)
    return Client(Application(made, metrics))


@pytest.fixture(scope="module")
def api(door: Client) -> Api:
    """`api("patient", "GET", "/fhir/Patient/1")` as that caller."""

    def call(caller: str, method: str, path: str, body: Any = b"", **headers: str) -> Reply:
        sent = json.dumps(body) if isinstance(body, list) else body
        return door(method, path, sent, x_caller=caller, **headers)

    return call


@pytest.fixture
def as_if(callers: dict[str, Principal]) -> Iterator[AsIf]:
    """A caller like another, but for some fields: `as_if("proxy", proxy=…)`."""
    made: list[str] = []

    def like(name: str, **more: Any) -> str:
        made.append(f"{name}-{len(made)}-changed")
        callers[made[-1]] = replace(callers[name], **more)
        return made[-1]

    yield like
    for name in made:
        del callers[name]
