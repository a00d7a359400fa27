"""A day with marked names, numbers, passwords and tokens, good and bad: none of them is in any log or error page."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql

from osler.kit.embedded import embedded, release
from tests.rest.live import JSON
from tests.rest.wsgi import Reply
from tests.system_nginx import free_port
from tests.tokens import service

NAME, MRN, PASSWORD, TOKEN, KEY = (
    f"C4nary{word}" for word in ("Nunez", "77123", "Pw", "Tok", "Key")
)
CANARY = re.compile(r"c4nary", re.IGNORECASE)
PATIENT = {
    "resourceType": "Patient",
    "id": "canary",
    "identifier": [{"system": "urn:mrn", "value": MRN}],
    "name": [{"family": NAME}],
    "birthDate": "1961-02-03",
}


@dataclass(frozen=True)
class Day:
    """A running `osler serve` on a database of its own."""

    port: int
    home: Path
    url: str
    log: Path
    process: subprocess.Popen[bytes]
    token: str

    def ask(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> Reply:
        """The answer to one request."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given.setdefault("Authorization", f"Bearer {self.token}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection):
            content = body.encode() if isinstance(body, str) else body
            connection.request(method, path, content or None, given)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, names, response.read())

    def files(self) -> Iterator[Path]:
        """Everything it wrote beside the record itself."""
        yield self.log
        for path in self.home.rglob("*"):
            inside = path.relative_to(self.home).parts
            record = len(inside) > 2 and inside[0] == "postgres" and inside[2] != "log"
            if path.is_file() and not record and inside[0] != "blobs":
                yield path


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    with tempfile.TemporaryDirectory(prefix="osler-canary-") as folder:
        Path(folder).chmod(0o755)  # Run as root, PostgreSQL has an account of its own.
        home, log, port = Path(folder) / "data", Path(folder) / "serve.log", free_port()
        command = [sys.executable, "-m", "osler.main", "serve", "--data", str(home)]
        environ = os.environ | {"OSLER_SECRET_KEY": KEY + "x" * 40, "PYTHONPATH": "src"}
        with log.open("wb") as out:
            process = subprocess.Popen([*command, "--port", str(port)], env=environ, stderr=out)
        try:
            _await(port, process, log)
            url = embedded(home)
            yield Day(port, home, url, log, process, service(url, "canary"))
        finally:
            process.terminate()
            process.wait(60)
            release(home)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            try:
                connection.request("GET", "/health/ready")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
    raise AssertionError(log.read_text())


def good_and_bad_requests(day: Day) -> None:
    text = json.dumps(PATIENT)
    assert day.ask("PUT", "/fhir/Patient/canary", text, **JSON).status == 201
    found = day.ask("GET", f"/fhir/Patient?family={NAME}&identifier=urn:mrn|{MRN}")
    assert found.json["total"] == 1 if "total" in found.json else found.json["entry"]
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert day.ask("POST", "/fhir/Patient/_search", f"family={NAME}", **form).status == 200
    for method, path, body in (
        ("GET", f"/fhir/Patient?birthdate={NAME}", ""),
        ("GET", f"/fhir/Observation?value-quantity=1e999|{NAME}", ""),
        ("GET", f"/fhir/Patient?{NAME}=1", ""),
        ("GET", f"/fhir/{NAME}", ""),
        ("GET", f"/fhir/Patient/{MRN}", ""),
        ("POST", "/fhir/Patient", text[:-20]),
        ("POST", "/fhir/Patient", text.replace("1961-02-03", NAME)),
        ("POST", "/fhir/Patient", text.replace("family", MRN)),
        ("POST", "/fhir", json.dumps({"resourceType": "Bundle", "type": NAME})),
        ("PATCH", "/fhir/Patient/canary", json.dumps({"resourceType": "Parameters", "id": NAME})),
        ("GET", f"/staff/{NAME}?mrn={MRN}", ""),
        ("GET", f"/{NAME}/%00", ""),
    ):
        day.ask(method, path, body, **JSON)


def wrong_secrets(day: Day) -> None:
    assert day.ask("GET", "/fhir/Patient/canary", Authorization=f"Bearer {TOKEN}").status == 401
    assert day.ask("GET", "/fhir/Patient", Authorization=f"Basic {TOKEN}").status == 401
    day.ask("GET", f"/fhir/Patient?access_token={TOKEN}", Authorization="")
    day.ask("GET", "/", Cookie=f"osler-session={TOKEN}", Authorization="")
    assert _sign_in(day) in {200, 400, 401, 403, 429}


def _sign_in(day: Day) -> int:
    """The status of signing in with a wrong password."""
    page = day.ask("GET", "/account/login/", Authorization="")
    cookie = page.headers["set-cookie"].partition(";")[0]
    found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
    assert found is not None
    form = {"csrfmiddlewaretoken": found[1].decode(), "login": NAME, "username": NAME,
            "password": PASSWORD}  # fmt: skip
    return day.ask(
        "POST",
        "/account/login/",
        urllib.parse.urlencode(form),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=cookie,
        Origin=f"http://127.0.0.1:{day.port}",
        Authorization="",
    ).status


@contextmanager
def missing(day: Day, table: str) -> Iterator[None]:
    """While this table is away, statements fail with values in them."""
    away = sql.SQL("ALTER TABLE {} RENAME TO {}")
    names = sql.Identifier(table), sql.Identifier(f"away_{table}")
    with psycopg.connect(day.url, autocommit=True) as connection:
        connection.execute(away.format(*names))
        try:
            yield
        finally:
            connection.execute(away.format(*reversed(names)))


def broken_database(day: Day) -> list[Reply]:
    """The answers to what cannot work."""
    with missing(day, "resource"):
        answers = [
            day.ask("GET", f"/fhir/Patient?family={NAME}"),
            day.ask("GET", f"/fhir/Patient/{MRN}"),
            day.ask("PUT", "/fhir/Patient/canary", json.dumps(PATIENT), **JSON),
        ]
    with missing(day, "identity_throttle"):
        assert _sign_in(day) == 500
    assert [reply.status for reply in answers] == [500] * 3
    return answers


def errors_in_the_database(day: Day) -> None:
    """What PostgreSQL itself would write down: values in messages, statements, parameters, details."""
    with psycopg.connect(day.url, autocommit=True) as connection:
        for query, values in (
            ("SELECT %s::int", [NAME]),
            (f"SELECT '{NAME}'::int", None),
            ("SELECT pg_sleep(0.3), %s::text", [MRN]),
            ("DO $$ BEGIN RAISE EXCEPTION 'C4nary'; END $$", None),
            ("DO $$ BEGIN RAISE WARNING 'C4nary'; END $$", None),
        ):
            try:
                connection.execute(query, values)
            except psycopg.Error:
                continue


@pytest.mark.slow
def test_nothing_is_told(day: Day) -> None:
    good_and_bad_requests(day)
    wrong_secrets(day)
    failed = broken_database(day)
    errors_in_the_database(day)
    time.sleep(1)  # The access log is written a few times a second.
    told = {
        str(path): CANARY.findall(text)[:3]
        for path in day.files()
        if CANARY.search(text := path.read_text("utf-8", "replace"))
    }
    assert told == {}
    assert "GET /fhir/{type} 200" in day.log.read_text()
    assert " in request " in day.log.read_text(), (
        "the failures must be in the log, if not their words"
    )
    for reply in failed:
        assert not CANARY.search(reply.body.decode())
    lines = [
        " ".join(process.cmdline())
        for process in [
            psutil.Process(day.process.pid),
            *psutil.Process(day.process.pid).children(True),
        ]
    ]
    assert not CANARY.search(" ".join(lines)), "others can read command lines"
