"""TLS by the server itself: versions, files, renewal, clients' certificates, and where it may listen."""

from __future__ import annotations

import dataclasses
import http.client
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from osler.kit.errors import Invalid
from osler.kit.settings import Settings
from osler.rest.server import base_url, check_address
from tests.kit.web import certificate
from tests.rest.live import Server, serving
from tests.rest.wsgi import Reply

NAMES = ("DNS:localhost", "IP:127.0.0.1")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), *NAMES)


@pytest.fixture(scope="module")
def server(database_url: str, files: tuple[Path, Path]) -> Iterator[Server]:
    cert, key = files
    with serving(database_url, tls_cert=str(cert), tls_key=str(key)) as running:
        yield running


def ask(server: Server, cert: Path, chain: tuple[Path, Path] | None = None) -> Reply:
    """The answer to a client that trusts `cert` and shows `chain`."""
    context = ssl.create_default_context(cafile=cert)
    if chain:
        context.load_cert_chain(*chain)
    trusting = dataclasses.replace(server, tls=context)
    return trusting.send("GET", "/fhir/metadata")


def test_it_answers_over_tls(server: Server, files: tuple[Path, Path]) -> None:
    response = ask(server, files[0])
    assert response.status == 200
    assert response.headers["strict-transport-security"].startswith("max-age=31536000")
    assert b"https://127.0.0.1" in response.body


@pytest.mark.parametrize(
    ("version", "works"),
    [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)],
)
def test_old_versions_of_tls_are_refused(server: Server, version: str, works: bool) -> None:
    # SECLEVEL=0 so that our side would speak the old version if only the server did.
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", version]
    command += ["-cipher", "ALL:@SECLEVEL=0"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=30, check=False)
    shaken = b"Cipher is (NONE)" not in done.stdout and done.returncode == 0
    assert shaken is works, done.stdout + done.stderr


def test_weak_ciphers_are_refused(server: Server) -> None:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2"]
    command += ["-cipher", "RSA:3DES:NULL:!ECDHE:@SECLEVEL=0"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=30, check=False)
    assert b"Cipher is (NONE)" in done.stdout


def test_plain_http_gets_nothing(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(b"GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            answer = raw.recv(65536)
        except ConnectionResetError:
            answer = b""
    assert b"200" not in answer
    assert b"HTTP" not in answer


def test_a_renewed_certificate_is_taken_up(fresh_database_url: str, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        certificate(folder, *NAMES)
    live = tmp_path / "live"
    live.symlink_to(folders[0])
    old, new = (folder / "cert.pem" for folder in folders)
    with serving(
        fresh_database_url, tls_cert=str(live / "cert.pem"), tls_key=str(live / "key.pem")
    ) as server:
        assert ask(server, old).status == 200
        live.unlink()
        live.symlink_to(folders[1])
        server.process.send_signal(signal.SIGHUP)
        _until_only(server, new)
        assert not _answers(server, old)


def test_files_that_do_not_fit_are_not_taken_up(fresh_database_url: str, tmp_path: Path) -> None:
    """A renewal that went wrong must not end the server that others work with."""
    cert, key = certificate(tmp_path, *NAMES)
    known = tmp_path / "known.pem"
    known.write_bytes(cert.read_bytes())
    with serving(fresh_database_url, tls_cert=str(cert), tls_key=str(key)) as server:
        assert ask(server, known).status == 200
        cert.write_text("half a certi")
        for _ in range(2):
            server.process.send_signal(signal.SIGHUP)
            time.sleep(2)
        assert server.process.poll() is None
        assert ask(server, known).status == 200


def _until_only(server: Server, cert: Path) -> None:
    """Wait until nothing else has been shown for a while: for some seconds old and new process answer."""
    deadline = time.monotonic() + 60
    since = time.monotonic()
    while time.monotonic() - since < 5:
        assert time.monotonic() < deadline, "the new certificate is not taken up"
        if not _answers(server, cert):
            since = time.monotonic()
        time.sleep(0.1)


def _answers(server: Server, cert: Path) -> bool:
    try:
        return ask(server, cert).status == 200
    except OSError:
        return False


def test_clients_may_have_to_show_a_certificate(fresh_database_url: str, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, *NAMES)
    other = tmp_path / "client"
    other.mkdir()
    authority, authority_key = certificate(other, "DNS:authority")
    client = _issued(tmp_path / "client.pem", tmp_path / "client.key", authority, authority_key)
    given = {"tls_cert": str(cert), "tls_key": str(key), "tls_client_ca": str(authority)}
    with serving(fresh_database_url, client=client, **given) as server:
        assert ask(server, cert, client).status == 200
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(server, cert)


def _issued(cert: Path, key: Path, authority: Path, authority_key: Path) -> tuple[Path, Path]:
    """A client's certificate of this authority."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += [
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=client",
        "-keyout",
        str(key),
        "-out",
        str(cert),
    ]
    command += ["-CA", str(authority), "-CAkey", str(authority_key)]
    command += ["-addext", "basicConstraints=CA:FALSE", "-addext", "subjectAltName=DNS:client"]
    command += ["-addext", "extendedKeyUsage=clientAuth"]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def settings(**given: object) -> Settings:
    return Settings(database_url="postgresql://nowhere", port=_free(), **given)  # type: ignore[arg-type]


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_beyond_loopback_with_tls(files: tuple[Path, Path]) -> None:
    cert, key = files
    check_address(settings(host="0.0.0.0", tls_cert=cert, tls_key=key))


def test_beyond_loopback_behind_a_proxy() -> None:
    proxies = frozenset({"10.0.0.5"})
    check_address(
        settings(host="0.0.0.0", trusted_proxies=proxies, base_url="https://ehr.example/fhir")
    )
    with pytest.raises(Invalid, match="OSLER_BASE_URL"):
        check_address(settings(host="0.0.0.0", trusted_proxies=proxies))


def test_the_base_follows_tls(files: tuple[Path, Path]) -> None:
    cert, key = files
    assert base_url(Settings(tls_cert=cert, tls_key=key)) == "https://127.0.0.1:8000/fhir"
    with pytest.raises(Invalid, match="https://"):
        check_address(settings(tls_cert=cert, tls_key=key, base_url="http://ehr.example/fhir"))


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    cert, key = certificate(tmp_path, *NAMES)
    key.chmod(mode)
    with pytest.raises(Invalid, match="chmod 600"):
        check_address(settings(tls_cert=cert, tls_key=key))


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_key_for_osler_and_its_group_is_taken(tmp_path: Path, mode: int) -> None:
    cert, key = certificate(tmp_path, *NAMES)
    key.chmod(mode)
    check_address(settings(tls_cert=cert, tls_key=key))


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, *NAMES)
    other = tmp_path / "other"
    other.mkdir()
    _, wrong = certificate(other, *NAMES)
    for given, word in (
        ({"tls_cert": cert}, "both"),
        ({"tls_key": key}, "both"),
        ({"tls_cert": tmp_path / "none", "tls_key": key}, "cannot read"),
        ({"tls_cert": key, "tls_key": cert}, "chmod|PEM"),
        ({"tls_cert": cert, "tls_key": wrong}, "PEM"),
        ({"tls_cert": cert, "tls_key": key, "tls_client_ca": key}, "PEM"),
    ):
        with pytest.raises(Invalid, match=word):
            check_address(settings(**given))


def test_a_key_with_a_passphrase_is_refused_without_asking(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, *NAMES)
    command = ["openssl", "ec", "-aes256", "-passout", "pass:x", "-in", str(key), "-out", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    with pytest.raises(Invalid, match="passphrase"):
        check_address(settings(tls_cert=cert, tls_key=key))
