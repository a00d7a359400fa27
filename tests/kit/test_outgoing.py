"""Requests that Osler sends go where they may, whatever an address pretends."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests

from osler.kit import addresses, outgoing
from osler.kit.errors import TooLarge
from osler.kit.outgoing import Limits, Refused, Rules, Unreachable
from osler.kit.outgoing_session import session
from tests.kit.web import answer, certificate, web

NONE = Rules()
HERE = Rules.of(["http://127.0.0.1"])
PUBLIC = "93.184.215.14"


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names lead to these addresses, at each look-up to the next; answers the names asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        asked.append(host)
        if addresses.parse(host):
            return list(real(host, port, *more, **named))
        found = answers[min(len(asked), len(answers)) - 1]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port))
            for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://0.0.0.0/",
        "https://localhost/",
        "https://LOCALHOST/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:7f00:1::]/",
        "https://[2001::1]/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fd00:ec2::254]/",
        "https://[fc00::1]/",
        "https://[ff02::1]/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://100.100.100.200/",
        "https://169.254.169.254/latest/meta-data/",
        "https://168.63.129.16/",
        "https://192.0.0.192/",
        "https://198.18.0.1/",
        "https://224.0.0.1/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
        "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/",
    ],
)
def test_no_address_leads_back_to_us(url: str) -> None:
    with pytest.raises(Refused):
        outgoing.check(url, NONE)
    with pytest.raises(Refused):
        outgoing.get(url, rules=NONE)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "",
        "https://",
        "https:///path",
        "https://user:secret@example.org/",
        "https://example.org@127.0.0.1/",
        "https://example.org\\@127.0.0.1/",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: evil",
        "https://example.org:99999/",
        "https://example.org:0x50/",
    ],
)
def test_what_is_no_https_address_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, [PUBLIC])
    with pytest.raises(Refused):
        outgoing.check(url, NONE)


def test_public_addresses_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
    outgoing.check("https://example.org/path?q=1", NONE)


@pytest.mark.parametrize("bad", ["127.0.0.1", "10.1.1.1", "169.254.169.254", "::1", "fd12::1"])
def test_one_bad_answer_among_good_ones_refuses_all(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, [PUBLIC, bad])
    with pytest.raises(Refused, match="leads to"):
        outgoing.check("https://example.org/", NONE)


def test_unknown_names_are_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, [])
    with pytest.raises(Unreachable, match="not known"):
        outgoing.get("https://nowhere.example/", rules=NONE)


def test_a_refusal_tells_no_secret_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["10.1.1.1"])
    with pytest.raises(Refused) as caught:
        outgoing.get("https://a.example/hook/s3cret?token=s3cret", rules=NONE)
    assert "s3cret" not in str(caught.value)


def test_what_is_allowed_is_called() -> None:
    with web(answer) as port:
        found = outgoing.get(f"http://127.0.0.1:{port}/", rules=HERE)
    assert (found.status, found.body, found.ok) == (200, b"ok", True)


def test_allowing_a_network_does_not_allow_plain_http() -> None:
    with pytest.raises(Refused, match="without encryption"):
        outgoing.get("http://127.0.0.1:9/", rules=Rules.of(["127.0.0.0/8"]))


def test_an_allowed_host_may_be_private_but_never_metadata(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = Rules.of(["idp.internal"])
    resolving(monkeypatch, ["10.1.1.1"], ["169.254.169.254"])
    outgoing.check("https://idp.internal/", rules)
    with pytest.raises(Refused, match="metadata"):
        outgoing.check("https://idp.internal/", rules)


def test_the_installation_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    with web(answer) as port:
        with pytest.raises(Refused):
            outgoing.get(f"http://127.0.0.1:{port}/")
        monkeypatch.setenv("OSLER_OUTGOING_ALLOW", "http://127.0.0.1")
        assert outgoing.get(f"http://127.0.0.1:{port}/").ok


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    with web(answer) as port:
        rules = Rules.of(["http://rebind.example"])
        assert outgoing.get(f"http://rebind.example:{port}/", rules=rules).body == b"ok"
    assert asked == ["rebind.example", "127.0.0.1"]  # The second is the socket's, of the address.


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://[::ffff:10.0.0.1]/",
        "http://localhost/",
        "file:///etc/passwd",
        "//169.254.169.254/",
        "http://user:pass@127.0.0.1/",
    ],
)
def test_redirects_are_checked_like_the_first_address(target: str) -> None:
    with web(lambda request: answer(request, 302, Location=target)) as port, pytest.raises(Refused):
        outgoing.get(f"http://127.0.0.1:{port}/", rules=HERE)


def test_redirects_are_followed_a_few_times_and_tell_others_nothing() -> None:
    seen: list[dict[str, str]] = []

    def second(request: BaseHTTPRequestHandler) -> None:
        seen.append({k.lower(): v for k, v in request.headers.items()})
        answer(request, 200, b"there")

    with web(second) as there:

        def first(request: BaseHTTPRequestHandler) -> None:
            answer(request, 302, Location=f"http://127.0.0.1:{there}/x", Set_Cookie="a=b")

        with web(first) as port:
            headers = {"Authorization": "Bearer t0ken", "X-Api-Key": "t0ken", "Accept": "a/b"}
            found = outgoing.get(f"http://127.0.0.1:{port}/", headers=headers, rules=HERE)
    assert found.body == b"there"
    assert seen[0]["accept"] == "a/b"
    assert "t0ken" not in str(seen)
    assert "cookie" not in seen[0]


def test_a_circle_of_redirects_ends() -> None:
    again = web(lambda request: answer(request, 302, Location="/again"))
    with again as port, pytest.raises(Refused, match="more than 3"):
        outgoing.get(f"http://127.0.0.1:{port}/", rules=HERE)


def test_a_post_is_sent_to_one_place_only() -> None:
    with web(lambda request: answer(request, 307, Location="https://evil.example/")) as port:
        assert outgoing.post(f"http://127.0.0.1:{port}/", b"{}", rules=HERE).status == 307


def test_large_answers_are_cut_off() -> None:
    with web(lambda request: answer(request, 200, b"x" * 100_000)) as port:
        with pytest.raises(TooLarge):
            outgoing.get(f"http://127.0.0.1:{port}/", limits=Limits(size=99_999), rules=HERE)
        assert outgoing.get(f"http://127.0.0.1:{port}/", limits=Limits(size=100_000), rules=HERE).ok


def test_packed_answers_are_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    packed = web(lambda request: answer(request, 200, bomb, Content_Encoding="gzip"))
    with packed as port, pytest.raises(Unreachable, match="packs"):
        outgoing.get(f"http://127.0.0.1:{port}/", rules=HERE)


def test_an_answer_that_trickles_ends_at_the_limit() -> None:
    def trickle(request: BaseHTTPRequestHandler) -> None:
        for _ in range(100):
            request.wfile.write(b"H")
            request.wfile.flush()
            time.sleep(0.1)

    with web(trickle) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="in time"):
            outgoing.get(f"http://127.0.0.1:{port}/", limits=Limits(seconds=0.5), rules=HERE)
    assert time.monotonic() - began < 2


def test_headers_cannot_be_smuggled() -> None:
    with web(answer) as port, pytest.raises(Unreachable):
        outgoing.get(f"http://127.0.0.1:{port}/", headers={"X": "a\r\nY: b"}, rules=HERE)


def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert, key = certificate(tmp_path, "DNS:right.example")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    rules = Rules.of(["right.example", "wrong.example"])
    resolving(monkeypatch, ["127.0.0.1"])
    with web(answer, tls) as port:
        with pytest.raises(Unreachable, match="certificate"):
            outgoing.get(f"https://right.example:{port}/", rules=rules)
        trusting = ssl.create_default_context(cafile=cert)
        monkeypatch.setattr(outgoing, "_tls", lambda: trusting)
        assert outgoing.get(f"https://right.example:{port}/", rules=rules).ok
        with pytest.raises(Unreachable, match="certificate"):
            outgoing.get(f"https://wrong.example:{port}/", rules=rules)


def test_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with web(answer) as port:
        assert outgoing.get(f"http://127.0.0.1:{port}/", rules=HERE).ok


def test_libraries_with_a_session_go_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with web(lambda request: answer(request, 200, b'{"a": 1}')) as port:
        with session() as going, pytest.raises(requests.ConnectionError, match="encryption"):
            going.get(f"http://127.0.0.1:{port}/")
        monkeypatch.setenv("OSLER_OUTGOING_ALLOW", "http://127.0.0.1")
        with session() as going:
            assert going.get(f"http://127.0.0.1:{port}/").json() == {"a": 1}
            assert going.post(f"http://127.0.0.1:{port}/", data={"x": "y"}).status_code == 200


@pytest.mark.parametrize("public", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_known_as_such(public: str) -> None:
    address = addresses.parse(public)
    assert address is not None
    assert addresses.not_public(address) is None
