"""The description of the server while its database is away."""

from __future__ import annotations

from typing import cast

from osler.kit.errors import Unavailable
from osler.record import Record
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import TABLE
from osler.search.registry import Registry
from tests.rest.wsgi import Client


class Away:
    """A record whose database comes and goes."""

    away = True

    @property
    def registry(self) -> Registry:
        if self.away:
            raise Unavailable("The database does not answer")
        return Registry.builtin()


def test_metadata_is_answered_from_what_was_last_known() -> None:
    record, metrics = Away(), Metrics(dict)
    door = Door(cast("Record", record), Options(), TABLE, lambda: None, metrics.page)
    http = Client(Application(door, metrics))
    unknown = http("GET", "/fhir/metadata")
    assert (unknown.status, unknown.issue["code"]) == (503, "transient")
    record.away = False
    there = http("GET", "/fhir/metadata")
    record.away = True
    assert there.status == 200
    assert http("GET", "/fhir/metadata").body == there.body
    assert http("GET", "/fhir/Patient?name=x").status == 503
