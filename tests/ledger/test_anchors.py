"""Heads left outside: a file, a webhook, and time stamps by a real authority (`openssl ts` behind HTTP)."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.ledger import stamps
from osler.ledger.head import Signed
from osler.main.cli import run
from osler.record import Record, anchoring
from osler.store import ledger
from tests.ledger.sealed import key_in, put, seal, some_record
from tests.record.cast import patient

Answer = Callable[[bytes], bytes]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], str]]:
    """Serves a function of the body by HTTP on this machine, which Osler may call here."""
    servers: list[ThreadingHTTPServer] = []

    def serve(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200 if body else 500)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Not into the output of the tests."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/"

    monkeypatch.setenv("OSLER_OUTGOING_ALLOW", "http://127.0.0.1")
    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


CONFIGURATION = """
[tsa]
default_tsa = it
[it]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/ca.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[extension]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
basicConstraints = critical,CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = dn
[dn]
"""


class Authority:
    """A time-stamp authority of its own: `openssl ts`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = folder / "ca.pem"
        (folder / "openssl.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self._openssl(
            "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=CA -extensions ca"
        )
        self._openssl("req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=Stamps")
        self._openssl(
            "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -out tsa.pem -days 30 -CAcreateserial"
            " -extfile openssl.cnf -extensions extension"
        )

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        self._openssl("ts -reply -queryfile query -out reply")
        return (self.folder / "reply").read_bytes()

    def verifies(self, token: bytes, message: bytes) -> bool:
        """What openssl itself says of a stored stamp."""
        (self.folder / "token").write_bytes(token)
        (self.folder / "message").write_bytes(message)
        done = subprocess.run(
            ["openssl", "ts", "-verify", "-in", "token", "-data", "message", "-CAfile", "ca.pem"],
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def _openssl(self, words: str) -> None:
        command = ["openssl", *words.split()]
        if command[1] in {"req", "ts"}:
            command[2:2] = ["-config", "openssl.cnf"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def sealed(fresh_database: Database, tmp_path: Path) -> Database:
    some_record(fresh_database)
    seal(fresh_database, key_in(tmp_path))
    return fresh_database


def last(database: Database) -> Signed:
    with database.connection() as conn:
        found = ledger.last_block(conn)
    assert found is not None
    return found


def test_a_file_gets_each_head_once(sealed: Database, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "heads"
    settings = Settings(ledger_anchor_file=file)
    assert "Cannot add" in anchoring.anchor(sealed, settings)[0].trouble
    file.parent.mkdir()
    assert [one.trouble for one in anchoring.anchor(sealed, settings)] == [""]
    anchoring.anchor(sealed, settings)
    assert anchoring.heads(file) == [last(sealed)]


def test_verify_reads_the_file(
    sealed: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OSLER_DATABASE_URL", sealed.url)
    monkeypatch.setenv("OSLER_LEDGER_ANCHOR_FILE", str(tmp_path / "heads"))
    assert run(["ledger", "anchor"]) == 0
    put(Record(sealed), patient("later"))
    assert run(["ledger", "verify"]) == 0
    with sealed.connection() as conn:
        conn.execute("TRUNCATE ledger_block, ledger_leaf, ledger_node")
    assert run(["ledger", "verify", "--grace", "0"]) == 1
    assert "block 0: the chain is empty" in capsys.readouterr().out


def test_nowhere_to_anchor(sealed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSLER_DATABASE_URL", sealed.url)
    assert run(["ledger", "anchor"]) == 1


def test_a_webhook_gets_the_head(sealed: Database, served: Callable[[Answer], str]) -> None:
    got: list[bytes] = []

    def take(body: bytes) -> bytes:
        got.append(body)
        return b"ok"

    url = served(take) + "secret-path"
    (done,) = anchoring.anchor(sealed, Settings(ledger_webhook=url))
    assert done.trouble == "" and done.place == "127.0.0.1"
    assert Signed.from_json(json.loads(got[0])) == last(sealed)
    anchoring.anchor(sealed, Settings(ledger_webhook=url))
    assert len(got) == 1


def test_a_webhook_that_fails_is_tried_again(
    sealed: Database, served: Callable[[Answer], str]
) -> None:
    settings = Settings(ledger_webhook=served(lambda _: b""))
    for _ in range(2):
        assert "status 500" in anchoring.anchor(sealed, settings)[0].trouble


def test_a_webhook_inside_is_refused(sealed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OSLER_OUTGOING_ALLOW", raising=False)
    (done,) = anchoring.anchor(sealed, Settings(ledger_webhook="https://169.254.169.254/x"))
    assert done.trouble


def test_a_time_stamp(
    sealed: Database, authority: Authority, served: Callable[[Answer], str]
) -> None:
    settings = Settings(
        ledger_timestamp_url=served(authority.answer), ledger_timestamp_ca=authority.ca
    )
    assert [one.trouble for one in anchoring.anchor(sealed, settings)] == [""]
    with sealed.connection() as conn:
        row = conn.execute("SELECT token FROM ledger_anchor WHERE kind = 'timestamp'").fetchone()
    assert row is not None
    assert authority.verifies(row[0], last(sealed).text)
    assert not authority.verifies(row[0], b"something else")
    assert anchoring.check_stamps(sealed, authority.ca) == []
    with sealed.connection() as conn:
        conn.execute("UPDATE ledger_block SET head = 'x'")
    assert [one.code for one in anchoring.check_stamps(sealed, None)] == ["timestamp"]
    with sealed.connection() as conn:
        conn.execute("DELETE FROM ledger_block")
    assert [one.code for one in anchoring.check_stamps(sealed, None)] == ["truncated"]


def test_a_stamp_of_a_stranger_is_refused(
    sealed: Database,
    authority: Authority,
    served: Callable[[Answer], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))
    settings = Settings(ledger_timestamp_url=served(other.answer), ledger_timestamp_ca=authority.ca)
    assert "not signed by" in anchoring.anchor(sealed, settings)[0].trouble


@pytest.mark.parametrize(
    "reply", [b"no stamp", b"0" * 100, b"0\x03\x02\x01", b"0\x80", b"\x30\x05\x30\x03\x02\x01\x02"]
)
def test_no_stamp_at_all(sealed: Database, served: Callable[[Answer], str], reply: bytes) -> None:
    settings = Settings(ledger_timestamp_url=served(lambda _: reply))
    assert anchoring.anchor(sealed, settings)[0].trouble


def test_an_old_stamp_sent_again(authority: Authority, served: Callable[[Answer], str]) -> None:
    """The answer to another question, even about the same head."""
    kept: dict[str, bytes] = {}

    def replay(query: bytes) -> bytes:
        return kept.setdefault("answer", authority.answer(query))

    url = served(replay)
    stamps.request(url, b"head", authority.ca)
    with pytest.raises(stamps.BadStamp, match="nonce"):
        stamps.request(url, b"head", authority.ca)
    with pytest.raises(stamps.BadStamp, match="nonce"):
        stamps.request(url, b"another head", authority.ca)
