"""How often one may ask, and who is asking when a proxy stands between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from osler.access import Principal
from osler.fhir import r4
from osler.kit.rate import Rate
from osler.kit.settings import Settings
from osler.rest.edge import RELAYED, Edge, network_of
from osler.rest.http import Application
from osler.rest.limits import kind
from osler.rest.metrics import Metrics
from osler.rest.options import Options, Rates
from osler.rest.request import Door
from osler.rest.routes import TABLE
from tests.rest.fake import FakeRecord
from tests.rest.wsgi import Client, Reply

PATIENT = {"resourceType": "Patient"}
FAR = "198.51.99.7"


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_the_rate() -> None:
    time = Time()
    rate = Rate(60, time)  # 15 at once, then one a second.
    assert [rate.take("a") for _ in range(15)] == [0.0] * 15
    assert rate.take("a") == pytest.approx(1.0)
    assert rate.take("b") == 0.0
    time.now += 1
    assert rate.take("a") == 0.0
    assert rate.take("a") > 0
    time.now += 3600
    assert [rate.take("a") for _ in range(15)] == [0.0] * 15
    assert rate.take("a") > 0


def test_refusals_are_not_counted() -> None:
    time = Time()
    rate = Rate(60, time)
    waits = [rate.take("a") for _ in range(1000)]
    assert waits[-1] == pytest.approx(1.0)


def test_no_limit() -> None:
    assert Rate(0).take("a") == 0.0


def test_several_at_once_count_as_several() -> None:
    rate = Rate(60, Time())
    assert rate.take("a", 15) == 0.0
    assert rate.take("a") > 0


def test_a_flood_of_callers_does_not_fill_the_memory() -> None:
    time = Time()
    rate = Rate(60, time)
    for _ in range(15):
        rate.take("busy")
    for number in range(50_000):
        rate.take(number)
    assert len(rate._full) <= 20_001
    assert rate.take("busy") > 0  # Who is near the limit is not forgotten for others' sake.


def test_threads_may_share_it() -> None:
    rate = Rate(6000, Time())
    allowed: list[bool] = []

    def take() -> None:
        allowed.extend(rate.take("a") == 0.0 for _ in range(1000))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1500 <= sum(allowed) <= 1600


def door(fake: FakeRecord, rates: Rates) -> Callable[[str], Client]:
    """Clients of one application, each signed in as the account of this id."""
    who = threading.local()
    metrics = Metrics(dict)
    made = Door(
        fake.as_record(),
        Options(rates=rates),
        TABLE,
        lambda: None,
        metrics.page,
        authenticate=lambda _: Principal(who.id, "", frozenset()),
    )
    application = Application(made, metrics)

    def signed_in(id: str) -> Client:
        def call(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            who.id = id
            return application(environ, start)

        return Client(call)

    return signed_in


def until_refused(send: Callable[[], Reply], most: int = 200) -> tuple[int, Reply]:
    for count in range(most):
        reply = send()
        if reply.status == 429:
            return count, reply
    raise AssertionError(f"{most} requests and no refusal")


def test_one_account_reads_so_often_and_others_go_on(fake: FakeRecord) -> None:
    fake.put(r4.Patient(id="p1"))
    as_account = door(fake, Rates(read=80))
    ana, bo = as_account("ana"), as_account("bo")
    count, refused = until_refused(lambda: ana("GET", "/fhir/Patient/p1"))
    assert 20 <= count <= 22
    assert refused.issue["code"] == "throttled"
    assert int(refused.headers["retry-after"]) >= 1
    assert bo("GET", "/fhir/Patient/p1").status == 200


def test_classes_are_counted_apart(fake: FakeRecord) -> None:
    fake.put(r4.Patient(id="p1"))
    ana = door(fake, Rates(read=40, write=40, search=40, heavy=40))("ana")
    until_refused(lambda: ana("GET", "/fhir/Patient/p1"))
    until_refused(lambda: ana("POST", "/fhir/Patient", PATIENT))
    assert ana("GET", "/fhir/Patient?_id=p1").status != 429
    assert ana("GET", "/fhir/metadata").status == 200
    assert ana("GET", "/health/live").status == 200


def test_every_route_has_its_class() -> None:
    classes = {(r.method, r.template): kind(r) for r in TABLE.routes if not (r.plain or r.public)}
    assert classes["GET", "/fhir/{type}/{id}"] == "read"
    assert classes["GET", "/fhir/{type}"] == "search"
    assert classes["POST", "/fhir/{type}/_search"] == "search"
    assert classes["PUT", "/fhir/{type}/{id}"] == "write"
    assert classes["POST", "/fhir"] == "write"
    assert classes["GET", "/fhir/{type}/_history"] == "heavy"
    assert classes["GET", "/fhir/{type}/{id}/_history"] == "read"
    everything = [place for place in classes if "everything" in place[1]]
    assert everything
    assert {classes[place] for place in everything} == {"heavy"}
    for (method, template), found in classes.items():
        if method in {"PUT", "PATCH", "DELETE"}:
            assert found == "write", template


def seen(settings: Settings, **environ: str) -> tuple[int, dict[str, Any]]:
    """The status, and the environment as what is behind the edge sees it."""
    got: dict[str, Any] = {}
    statuses: list[int] = []

    def inner(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        got.update(environ)
        start("200 OK", [])
        return [b""]

    given = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/fhir",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        **environ,
    }
    Edge(settings, inner)(given, lambda status, _: statuses.append(int(status[:3])))
    return statuses[0], got


PROXIED = Settings(trusted_proxies=frozenset({"127.0.0.1", "10.0.0.0/24"}))
CLAIMS = {
    "HTTP_X_FORWARDED_FOR": FAR,
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "ehr.example",
    "HTTP_X_FORWARDED_PORT": "443",
    "HTTP_FORWARDED": f"for={FAR}",
    "HTTP_X_REAL_IP": FAR,
}


def test_a_trusted_proxy_says_for_whom_it_asks() -> None:
    _, got = seen(PROXIED, **CLAIMS)
    assert (got["REMOTE_ADDR"], got["wsgi.url_scheme"]) == (FAR, "https")
    assert got["HTTP_HOST"] == "ehr.example"
    assert got[RELAYED] is True
    assert not set(CLAIMS) & set(got)


@pytest.mark.parametrize("settings", [Settings(), PROXIED])
def test_from_others_the_claims_are_taken_away(settings: Settings) -> None:
    _, got = seen(settings, REMOTE_ADDR="203.0.114.9", **CLAIMS)
    assert (got["REMOTE_ADDR"], got["wsgi.url_scheme"]) == ("203.0.114.9", "http")
    assert got["HTTP_HOST"] == "localhost"
    assert not set(CLAIMS) & set(got)


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        (FAR, FAR),
        (f"1.2.3.4, {FAR}", FAR),
        (f"1.2.3.4, {FAR}, 10.0.0.8", FAR),
        (f" {FAR} ,10.0.0.8,127.0.0.1", FAR),
        (f"{FAR}:5566", FAR),
        ("[2001:4860::1]:443", "2001:4860::1"),
        ("2001:4860::1", "2001:4860::1"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("unknown", ""),
        (f"{FAR}, unknown", ""),
        ("10.0.0.8", "10.0.0.8"),
        ("", "127.0.0.1"),
        ("<script>", ""),
    ],
)
def test_the_chain_is_read_from_our_end(chain: str, address: str) -> None:
    _, got = seen(PROXIED, HTTP_X_FORWARDED_FOR=chain)
    assert got["REMOTE_ADDR"] == address


@pytest.mark.parametrize("host", ["a b", "a\r\nX: y", "evil/path", "@", "a,b,"])
def test_a_forwarded_host_must_be_one(host: str) -> None:
    _, got = seen(PROXIED, HTTP_X_FORWARDED_HOST=host)
    assert got["HTTP_HOST"] == "localhost"


def test_without_tls_others_come_through_the_proxy_only() -> None:
    settings = replace(PROXIED, host="0.0.0.0")
    assert seen(settings, REMOTE_ADDR=FAR)[0] == 403
    assert seen(settings, REMOTE_ADDR="10.0.0.7", HTTP_X_FORWARDED_FOR=FAR)[0] == 200
    assert seen(settings, REMOTE_ADDR="127.0.0.1")[0] == 200


def test_secrets_of_the_process_are_in_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSLER_DATABASE_URL", "postgresql://osler:c4nary@db/osler")
    _, got = seen(Settings(), OSLER_DATABASE_URL="postgresql://osler:c4nary@db/osler", LANG="C")
    assert "c4nary" not in str(got)
    assert got["LANG"] == "C"


def edge(rate: int, **more: Any) -> Client:
    def inner(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        return [b""]

    return Client(Edge(Settings(rate_address=rate, **more), inner))


def test_an_address_asks_so_often() -> None:
    client = edge(60)
    count, refused = until_refused(lambda: client("GET", "/fhir/metadata", remote_addr=FAR))
    assert count == 15
    assert refused.issue["code"] == "throttled"
    assert refused.headers["retry-after"] == "1"
    page = client("GET", "/account/login/", remote_addr=FAR)
    assert page.status == 429
    assert page.headers["content-type"].startswith("text/plain")
    assert client("GET", "/fhir/metadata", remote_addr="198.51.99.8").status == 200


def test_addresses_behind_a_proxy_are_counted_apart() -> None:
    client = edge(60, trusted_proxies=frozenset({"127.0.0.1"}))
    until_refused(lambda: client("GET", "/", x_forwarded_for=FAR))
    assert client("GET", "/", x_forwarded_for="198.51.99.8").status == 200


def test_programs_on_the_machine_are_not_held_up() -> None:
    client = edge(60)
    assert {client("GET", "/").status for _ in range(200)} == {200}


def test_a_household_counts_as_one() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("8.8.8.8") == "8.8.8.8"


def test_a_failure_behind_the_edge_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: dict[str, Any], __: Callable[..., Any]) -> Iterable[bytes]:
        raise ValueError("Núñez c4nary")

    reply = Client(Edge(Settings(), fails))("GET", "/staff/")
    assert reply.status == 500
    assert b"c4nary" not in reply.body
    assert "c4nary" not in caplog.text
    assert "ValueError" in caplog.text


def test_a_failure_half_way_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def _fail() -> Iterable[bytes]:
        yield b"b"
        raise ValueError("c4nary")

    def streams(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        return _fail()

    with pytest.raises(ConnectionAbortedError) as caught:
        Client(Edge(Settings(), streams))("GET", "/fhir/Patient/1/$everything")
    assert "c4nary" not in str(caught.value)
    assert "c4nary" not in caplog.text
