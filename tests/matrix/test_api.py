"""Every route of the API, for every caller, on a patient within reach and on another: as `api.tsv` says.

A cell is the HTTP status; `+` after it where the answer tells something of that patient. Callers beside
the roles: nobody signed in, a token that has expired, a session that is locked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.fhir.codec import encode
from osler.kit.database import Database
from osler.record import Record
from osler.rest.http import Application
from osler.rest.metrics import Metrics
from osler.rest.options import Options
from osler.rest.request import Door
from osler.rest.routes import TABLE
from osler.rest.table import Route
from tests.matrix import cast, table
from tests.matrix.cast import SUBJECTS
from tests.rest.wsgi import Client, Reply

FILE = "api.tsv"
_FORM = "application/x-www-form-urlencoded"
_TAG = {"system": "urn:osler:test", "code": "matrix"}
_META = {
    "resourceType": "Parameters",
    "parameter": [{"name": "meta", "valueMeta": {"tag": [_TAG]}}],
}
_PATCH = [{"op": "add", "path": "/language", "value": "en"}]
_OF_INSTANCE = ("Patient", "Observation", "Binary")
_OF_TYPE = ("Patient", "Observation", "Binary")


@dataclass
class Ask:
    """How one address is asked: query, body, headers."""

    query: str = ""
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


def asked(route: Route, type: str, subject: str) -> Ask:
    """A request that is in order for the route; KeyError for one that nobody thought of here."""
    resource = cast.about(subject)[type] if type else None
    new = json.loads(encode(resource)) if resource is not None else {}
    id = new.get("id", "")
    form = {"content_type": _FORM}
    patch = {"content_type": "application/json-patch+json"}
    match route.interaction, route.method:
        case ("live" | "ready" | "metrics" | "capabilities", _):
            return Ask()
        case ("search-system", "GET"):
            return Ask("_type=Patient,Observation")
        case ("search-system", "POST"):
            return Ask("", "_type=Patient,Observation", form)
        case ("search-type", "GET") if "AuditEvent" in route.template:
            return Ask(f"_count=5&patient=Patient/{subject}")
        case ("search-type", "POST") if "AuditEvent" in route.template:
            return Ask("", f"_count=5&patient=Patient/{subject}", form)
        case ("search-type" | "search-compartment", "POST"):
            return Ask("", "_count=50", form)
        case ("search-type" | "search-compartment", "GET"):
            return Ask("_count=50")
        case ("history-system" | "history-type" | "history-instance" | "read" | "vread", _):
            return Ask()
        case ("transaction", _):
            entry = {"request": {"method": "GET", "url": f"Observation/{subject}-sodium"}}
            return Ask("", {"resourceType": "Bundle", "type": "batch", "entry": [entry]})
        case ("audit-event", _):
            return Ask("", {"resourceType": "AuditEvent"})
        case ("create", _):
            return Ask("", {key: value for key, value in new.items() if key != "id"})
        case ("update" | "$validate", "PUT" | "POST"):
            return Ask("", new or json.loads(encode(cast.about(subject)["Observation"])))
        case ("conditional-update", _):
            return Ask(f"_id={id}", new)
        case ("conditional-patch", _):
            return Ask(f"_id={id}", json.dumps(_PATCH), patch)
        case ("conditional-delete", _):
            return Ask(f"_id={id}")
        case ("patch", _):
            return Ask("", json.dumps(_PATCH), patch)
        case ("delete" | "$validate" | "$meta" | "$everything", _):
            return Ask()
        case ("$meta-add" | "$meta-delete", _):
            return Ask("", _META)
    raise KeyError(f"{route.method} {route.template}")


@pytest.fixture(scope="module")
def record(database: Database) -> Record:
    made = Record(database, base_url="http://localhost/fhir")
    cast.settle(made)
    for subject in SUBJECTS:
        made.read(LOCAL, "Patient", subject)  # So that the audit knows of both.
    return made


@pytest.fixture(scope="module")
def outsiders(database_url: str, database: Database) -> Iterator[dict[str, dict[str, str]]]:
    """The headers of those who are nobody, by what they are called in the table."""
    from tests.pages import use

    use(database_url)
    from osler.identity import principals
    from tests.matrix import people

    principals.use(database)
    yield {
        "nobody": {},
        "expired": {"authorization": f"Bearer {people.expired_token()}"},
        "locked": {"cookie": people.cookie(people.session("nurse", locked=True))},
    }
    people.close()


@pytest.fixture(scope="module")
def http(record: Record) -> Client:
    """The API; who calls says so in a header, whoever does not goes through the front door."""
    callers = {**cast.callers(), "local": LOCAL}

    def authenticate(environ: Mapping[str, Any]) -> Principal:
        name = environ.get("HTTP_X_CALLER")
        if name:
            return callers[name]
        from osler.identity.principals import of_request

        return of_request(environ)

    metrics = Metrics(lambda: {"pool_size": 3})
    door = Door(record, Options(), TABLE, lambda: None, metrics.page, authenticate=authenticate)
    return Client(Application(door, metrics))


def rows() -> Iterator[tuple[str, Route, str]]:
    """A line of the table for each route, and for each type where the type is a variable."""
    for route in TABLE.routes:
        types: tuple[str, ...] = ("",)
        if "{type}" in route.template:
            types = _OF_INSTANCE if "{id}" in route.template else _OF_TYPE
        for type in types:
            if not route.types or type in route.types:
                yield f"{route.method} {route.template.replace('{type}', type)}", route, type


def path_of(route: Route, type: str, subject: str, audited: Mapping[str, str]) -> str:
    id = cast.about(subject)[type].id if type else audited[subject]
    names = {"type": type, "id": id, "version": "1", "member": "Observation"}
    return route.template.format_map(names)


def answer(
    http: Client, route: Route, type: str, subject: str, path: str, headers: Mapping[str, str]
) -> str:
    ask = asked(route, type, subject)
    reply = http(
        route.method,
        f"{path}?{ask.query}" if ask.query else path,
        ask.body,
        **ask.headers,
        **headers,
    )
    if route.method == "DELETE" and reply.status < 300 and reply.status != 202:
        restore(http)
    return f"{reply.status}{'+' if tells(reply, subject) else ''}"


def tells(reply: Reply, subject: str) -> bool:
    """Whether a resource in the answer is about the patient; that the address is repeated tells nothing."""
    if reply.status >= 300 or not reply.headers.get("content-type", "").startswith("application/"):
        return False
    return any(subject in json.dumps(one) for one in resources(reply.json))


def resources(answer: Any) -> Iterator[Any]:
    match answer:
        case {"resourceType": "Bundle"}:
            for entry in answer.get("entry", ()):
                yield from resources(entry.get("resource", {}))
        case {"resourceType": "OperationOutcome"}:
            return
        case {"resourceType": _}:
            yield answer


def restore(http: Client) -> None:
    for subject in SUBJECTS:
        for type, one in cast.about(subject).items():
            path = f"/fhir/{type}/{one.id}"
            if http("GET", path, x_caller="local").status == 410:
                assert http("PUT", path, encode(one), x_caller="local").status in {200, 201}


def test_every_route_answers_everybody_as_reviewed(
    http: Client, record: Record, outsiders: dict[str, dict[str, str]]
) -> None:
    found: table.Cells = {}
    everybody = {
        **outsiders,
        **{code: {"x_caller": code} for code in cast.callers()},
    }
    audited = {subject: _audited(http, subject) for subject in SUBJECTS}
    for name, route, type in rows():
        cells = found.setdefault(name, {})
        for caller, headers in everybody.items():
            own, other = (
                answer(http, route, type, one, path_of(route, type, one, audited), headers)
                for one in SUBJECTS
            )
            cells[caller] = table.cell(own, other)
    table.draft(FILE, found)
    assert table.differences(table.expected(FILE), found) == []


def _audited(http: Client, subject: str) -> str:
    found = http("GET", f"/fhir/AuditEvent?patient=Patient/{subject}&_count=1", x_caller="local")
    id: str = found.json["entry"][0]["resource"]["id"]
    return id


# ---- what must hold of the table as it is written down, whatever was reviewed


def _reviewed() -> Iterator[tuple[str, str, str, str]]:
    for route, cells in table.expected(FILE).items():
        for caller, text in cells.items():
            own, _, other = text.partition("/")
            yield route, caller, own, other or own


def test_the_table_has_every_route_and_every_caller() -> None:
    wanted = table.expected(FILE)
    assert set(wanted) == {name for name, _, _ in rows()}
    callers = {"nobody", "expired", "locked", *cast.callers()}
    assert all(set(cells) == callers for cells in wanted.values())


def test_no_answer_is_a_fault() -> None:
    assert [one for one in _reviewed() if one[2][0] == "5" or one[3][0] == "5"] == []


def test_nobody_gets_more_than_what_is_public() -> None:
    public = {f"{r.method} {r.template}" for r in TABLE.routes if r.public or r.plain}
    for route, caller, own, other in _reviewed():
        if caller in {"nobody", "expired", "locked"} and route not in public:
            assert own == other == "401", (route, caller)


def test_only_who_watches_over_all_is_told_of_another_organizations_patient() -> None:
    """The privacy officer, and a program whose token names all; the others never."""
    told = {caller for _, caller, _, other in _reviewed() if other.endswith("+")}
    assert told == {"privacy-officer", "integration"}


def test_another_organizations_resource_is_not_there_at_all() -> None:
    """404 as for an id that nobody has; 403 would tell that it exists.

    Whoever reads no AuditEvent at all is told so; the search of a compartment that one does not see is empty.
    """
    addressed = [
        one
        for one in _reviewed()
        if "{id}" in one[0]
        and one[0].startswith("GET")
        and "AuditEvent" not in one[0]
        and "{member}" not in one[0]
        and one[1] not in {"nobody", "expired", "locked", "privacy-officer", "integration"}
    ]
    assert addressed
    assert {other for _, _, _, other in addressed} == {"404"}
