"""nginx from Debian with the configuration we ship, before a real `osler serve`."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psycopg
import pytest

from tests import system_nginx
from tests.kit.web import answer, certificate, web
from tests.rest.live import JSON, Server, serving
from tests.rest.wsgi import Reply
from tests.system_nginx import Nginx
from tests.tokens import service

OTHER = "127.0.0.2"
"""An address of this machine that is not the proxy's, so that the two can be told apart."""


@dataclass(frozen=True)
class Front:
    """nginx and what is behind it, as a client sees it."""

    nginx: Nginx
    tls: ssl.SSLContext
    token: str = ""
    osler: Server | None = None

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """The answer to one request over https."""
        with closing(self.connect()) as connection:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            if self.token:
                given.setdefault("Authorization", f"Bearer {self.token}")
            connection.request(method, path, body, given)
            return _reply(connection.getresponse())

    def plainly(self, method: str, path: str, body: bytes | None = None) -> Reply:
        """The answer to one request over http."""
        port = self.nginx.http
        with closing(http.client.HTTPConnection("localhost", port, timeout=30)) as connection:
            connection.request(method, path, body)
            return _reply(connection.getresponse())

    def connect(self) -> http.client.HTTPSConnection:
        """A connection from the other address."""
        source = (OTHER, 0)
        return http.client.HTTPSConnection(
            "localhost", self.nginx.https, timeout=30, source_address=source, context=self.tls
        )


def _reply(response: http.client.HTTPResponse) -> Reply:
    names: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        names[key] = f"{names[key]}, {value}" if key in names else value
    return Reply(response.status, names, response.read())


@contextmanager
def fronted(folder: Path, osler: int, https: int | None = None) -> Iterator[Front]:
    """nginx before this port."""
    program = system_nginx.prepare()
    if isinstance(program, system_nginx.Absent):
        pytest.skip(program.why)
    cert, key = certificate(folder, "DNS:localhost")
    tls = ssl.create_default_context(cafile=cert)
    with system_nginx.running(program, osler, cert, key, https) as nginx:
        yield Front(nginx, tls)


@pytest.fixture(scope="module")
def front(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx before a whole Osler."""
    folder = tmp_path_factory.mktemp("nginx")
    token = service(database_url, "nginx")
    https = system_nginx.free_port()
    with (
        serving(
            database_url,
            token=token,
            base_url=f"https://localhost:{https}/fhir",
            trusted_proxies=["127.0.0.1"],
            secret_key="t" * 40,
        ) as osler,
        fronted(folder, osler.port, https) as made,
    ):
        yield Front(made.nginx, made.tls, token, osler)


def test_http_leads_to_https(front: Front) -> None:
    reply = front.plainly("GET", "/account/login/?next=/")
    assert reply.status == 308
    assert reply.headers["location"] == "https://localhost/account/login/?next=/"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/account/login/"), ("GET", "/fhir/Patient/1"), ("POST", "/fhir")]
)
def test_what_carries_secrets_is_refused_over_http(front: Front, method: str, path: str) -> None:
    assert front.plainly(method, path, b"{}").status == 403


def test_the_api_is_reached(front: Front) -> None:
    made = front.send("PUT", "/fhir/Patient/n1", b'{"resourceType":"Patient","id":"n1"}', **JSON)
    assert made.status in {200, 201}, made.body
    assert made.headers.get("location", f"https://localhost:{front.nginx.https}/").startswith(
        f"https://localhost:{front.nginx.https}/"
    )
    assert front.send("GET", "/fhir/Patient/n1").json["id"] == "n1"


@pytest.mark.parametrize("path", ["/account/login/", "/fhir/metadata", "/nothing-here", "/metrics"])
def test_every_answer_has_its_headers_once(front: Front, path: str) -> None:
    headers = front.send("GET", path).headers
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert headers["server"] == "nginx"
    if path != "/metrics":
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src" in headers["content-security-policy"]
        assert ", " not in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/account/login/", "/"])
def test_pages_run_no_inline_script(front: Front, path: str) -> None:
    policy = front.send("GET", path).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_cookies_are_the_hosts_own(front: Front) -> None:
    cookies = front.send("GET", "/account/login/").headers["set-cookie"]
    assert "__Host-" in cookies
    for word in ("Secure", "HttpOnly", "SameSite", "Path=/"):
        assert word in cookies
    assert "Domain=" not in cookies


def test_the_true_address_is_in_the_audit(front: Front, database_url: str) -> None:
    claims = {"X_Forwarded_For": "6.6.6.6", "Forwarded": "for=6.6.6.6", "X_Real_IP": "6.6.6.6"}
    front.send("GET", "/fhir/Patient/n1", None, X_Request_Id="from-elsewhere", **claims)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT to_jsonb(audit)::text FROM audit").fetchall()
    text = "".join(str(row[0]) for row in rows)
    assert OTHER in text
    assert "6.6.6.6" not in text


def test_a_header_that_reads_alike_is_not_passed_on(front: Front, database_url: str) -> None:
    """WSGI reads X_Forwarded_For as X-Forwarded-For."""
    with closing(front.connect()) as connection:
        claims = {"X_Forwarded_For": "7.7.7.7", "Authorization": f"Bearer {front.token}"}
        connection.request("GET", "/fhir/Patient/n1", None, claims)
        connection.getresponse().read()
    with psycopg.connect(database_url) as connection_:
        rows = connection_.execute("SELECT to_jsonb(audit)::text FROM audit").fetchall()
    assert rows and "7.7.7.7" not in "".join(str(row[0]) for row in rows)


def test_metrics_are_not_for_others(front: Front) -> None:
    assert front.send("GET", "/metrics").status == 404
    assert front.send("GET", "//metrics").status == 404
    assert front.send("GET", "/%6detrics").status == 404
    assert front.osler is not None
    assert front.osler.get("/metrics")[0] == 200
    assert front.osler.get("/metrics", **{"X-Forwarded-For": "127.0.0.1"})[0] == 404


@pytest.mark.parametrize(
    ("version", "works"),
    [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)],
)
def test_old_versions_of_tls_are_refused(front: Front, version: str, works: bool) -> None:
    address = f"127.0.0.1:{front.nginx.https}"
    command = ["openssl", "s_client", "-connect", address, "-servername", "localhost", version]
    command += ["-cipher", "ALL:@SECLEVEL=0"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=30, check=False)
    assert (b"Cipher is (NONE)" not in done.stdout and done.returncode == 0) is works


def test_other_names_get_nothing(front: Front) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", front.nginx.https), timeout=10) as raw,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(raw, server_hostname="other.example")
    with pytest.raises(http.client.RemoteDisconnected):
        front.send("GET", "/fhir/metadata", Host="evil.example")


def test_large_bodies(front: Front) -> None:
    text = "x" * 5_000_000
    large = json.dumps({"resourceType": "Basic", "code": {"text": text}}).encode()
    assert front.send("POST", "/fhir/Basic", large, **JSON).status == 201
    with closing(front.connect()) as connection:
        connection.putrequest("POST", "/fhir/Basic")
        connection.putheader("Content-Length", "50000001")
        connection.endheaders()
        reply = _reply(connection.getresponse())
    assert reply.status == 413
    assert "strict-transport-security" in reply.headers


def test_long_searches_pass(front: Front) -> None:
    reply = front.send("GET", "/fhir/Patient?_id=" + ",".join(["a" * 60] * 900))
    assert reply.status == 200, reply.body[:300]


def test_slow_clients_keep_nobody_waiting(front: Front) -> None:
    head = "POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n"
    head += "Content-Type: application/fhir+json\r\n\r\n{"
    with ExitStack() as stack:
        for _ in range(40):
            raw = socket.create_connection(("127.0.0.1", front.nginx.https), timeout=30)
            slow = stack.enter_context(front.tls.wrap_socket(raw, server_hostname="localhost"))
            slow.sendall(head.encode())
        began = time.monotonic()
        assert front.send("GET", "/fhir/Patient/n1").status == 200
        made = front.send("POST", "/fhir/Patient", b'{"resourceType":"Patient"}', **JSON)
        assert made.status == 201
        assert time.monotonic() - began < 3


def test_a_chart_streams(tmp_path: Path) -> None:
    """The second part is made only when the first has arrived."""
    arrived = threading.Event()

    def streams(request: BaseHTTPRequestHandler) -> None:
        request.protocol_version = "HTTP/1.1"
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"5\r\nfirst\r\n")
        request.wfile.flush()
        assert arrived.wait(20)
        request.wfile.write(b"6\r\nsecond\r\n0\r\n\r\n")

    with web(streams) as port, fronted(tmp_path, port) as front, closing(front.connect()) as asking:
        asking.request("GET", "/fhir/Patient/1/$everything")
        response = asking.getresponse()
        assert response.read(5) == b"first"
        arrived.set()
        assert response.read() == b"second"


def test_floods_are_refused_in_front(tmp_path: Path) -> None:
    with web(answer) as port, fronted(tmp_path, port) as front:
        replies = [front.send("GET", "/account/login/") for _ in range(60)]
        refused = [reply for reply in replies if reply.status == 429]
        assert 5 <= len(refused) <= 20
        assert refused[0].headers["retry-after"] == "5"
        assert front.send("GET", "/fhir/metadata").status == 200


def test_what_osler_refuses_says_when_to_try_again(tmp_path: Path) -> None:
    with (
        web(lambda request: answer(request, 429, Retry_After="17")) as port,
        fronted(tmp_path, port) as front,
    ):
        assert front.send("GET", "/fhir/Patient/1").headers["retry-after"] == "17"


def test_logs_name_nobody(tmp_path: Path, front: Front) -> None:
    front.send("GET", "/fhir/Patient?family=C4nary")
    front.send("GET", "/staff/C4nary/chart")
    with fronted(tmp_path, system_nginx.free_port()) as dead:
        assert dead.send("GET", "/fhir/Patient?family=C4nary").status == 502
        assert dead.send("GET", "/fhir/Patient/C4nary").status == 502
        time.sleep(0.2)
        assert " GET fhir 502 " in dead.nginx.logged()
        assert "C4nary" not in dead.nginx.logged()
    assert "C4nary" not in front.nginx.logged()
    assert front.osler is not None
    assert "C4nary" not in front.osler.logged()
