"""`osler ledger` from the command line, and the script that checks proofs without Osler."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from osler.kit.database import Database
from osler.kit.settings import Settings
from osler.main.cli import run
from osler.record import Record
from tests.ledger.sealed import missing, put, some_record
from tests.record.cast import observation, patient


@pytest.fixture
def database(fresh_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A record, and the settings that lead to it."""
    monkeypatch.setenv("OSLER_DATABASE_URL", fresh_database.url)
    monkeypatch.setenv("OSLER_DATA_DIR", str(tmp_path / "data"))
    some_record(fresh_database)
    return fresh_database


def sealed(database: Database) -> None:
    for _ in range(1000):
        assert run(["ledger", "seal"]) == 0
        if not missing(database):
            return
    raise AssertionError("never sealed")


def output(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["ledger", *words]) == code
    return capsys.readouterr().out


def checked(script: Path, proof: Any, tmp_path: Path, *options: str) -> tuple[int, str]:
    """The stand-alone script on a proof, run by a bare Python."""
    file = tmp_path / "checked.json"
    file.write_text(json.dumps(proof))
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(file), *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "check_proof.py"
    assert run(["ledger", "verifier", "-o", str(path)]) == 0
    return path


def test_seal_and_verify(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    sealed(database)
    said = output(capsys, "verify")
    assert "Intact." in said and "6 versions" in said
    with database.connection() as conn:
        conn.execute("UPDATE resource SET content = '{}' WHERE id = 'o1'")
        conn.execute("DELETE FROM history WHERE id = 'ana' AND version = 1")
    said = output(capsys, "verify", code=1)
    assert "Observation/o1/_history/1: its content" in said
    assert "Patient/ana/_history/1: was sealed (leaf 0) and is no longer there" in said
    report = json.loads(output(capsys, "verify", "--json", code=1))
    assert {one["code"] for one in report["findings"]} == {"changed", "deleted"}


def test_the_key_is_the_owners_alone(database: Database, tmp_path: Path) -> None:
    sealed(database)
    key = tmp_path / "data" / "ledger.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    put(Record(database), patient("x"))
    assert run(["ledger", "seal"]) == 1


def test_a_lost_key_is_not_replaced_silently(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(database)
    (tmp_path / "data" / "ledger.key").unlink()
    assert run(["ledger", "seal"]) == 1
    assert "Restore it from its backup" in capsys.readouterr().err


def test_a_proof_and_the_script(
    database: Database, script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(database)
    proof = json.loads(output(capsys, "prove", "Observation/o2/_history/2"))
    key = json.loads(proof["head"])["key"]
    code, said = checked(script, proof, tmp_path, "--key", key)
    assert code == 0 and "Observation/o2, version 2" in said and "to the byte" in said
    assert checked(script, proof, tmp_path)[0] == 0
    assert "did not introduce" in checked(script, proof, tmp_path, "--key", "00" * 32)[1]
    old = json.loads(output(capsys, "prove", "Patient/ana/_history/1"))
    assert checked(script, old, tmp_path)[0] == 0
    with database.connection() as conn:
        row = conn.execute("SELECT seq FROM audit WHERE action = 'update' LIMIT 1").fetchone()
    assert row is not None
    audit = json.loads(output(capsys, "prove", f"audit/{row[0]}"))
    code, said = checked(script, audit, tmp_path)
    assert code == 0 and '"actor":"local"' in said


def test_the_script_refuses_what_was_tampered_with(
    database: Database, script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(database)
    proof = json.loads(output(capsys, "prove", "Observation/o2/_history/2"))
    tampered: list[dict[str, Any]] = [
        proof | {"content": proof["content"].replace("71.5", "17.5")},
        proof | {"entry": proof["entry"].replace("2026", "2025")},
        proof | {"salt": "00" * 16},
        proof | {"leaf": "00" * 32},
        proof | {"position": proof["position"] + 1},
        proof | {"path": proof["path"][:-1]},
        proof | {"path": [*proof["path"], "00" * 32]},
        proof | {"path": ["00" * 32, *proof["path"][1:]]},
        proof | {"head": proof["head"].replace('"size":', '"size":1')},
        proof | {"head": proof["head"].replace("2026-", "2025-")},
        proof | {"signature": proof["signature"][:-2] + "00"},
        proof | {"signature": "00" * 64},
    ]
    for one in tampered:
        code, said = checked(script, one, tmp_path)
        assert (code, said[:8]) == (1, "REFUSED:"), one
    others: list[Any] = [{}, [], proof | {"path": ["xx"]}, proof | {"head": "x"}]
    for unreadable in others:
        assert checked(script, unreadable, tmp_path)[0] == 2


def test_an_erased_version_proves_that_something_was_there(
    database: Database, script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from osler.access import LOCAL

    sealed(database)
    Record(database).erase(LOCAL, "Observation", "o2", "asked for and decided")
    sealed(database)
    proof = json.loads(output(capsys, "prove", "Observation/o2/_history/2"))
    assert not {"entry", "salt", "content"} & proof.keys()
    code, said = checked(script, proof, tmp_path)
    assert code == 0 and "erased" in said
    why = json.loads(output(capsys, "prove", "erasure/1"))
    code, said = checked(script, why, tmp_path)
    assert code == 0 and "asked for and decided" in said
    assert "Of these 2 erased with a record of it" in output(capsys, "verify")


def test_checkpoints_and_consistency(
    database: Database, script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(database)
    old = tmp_path / "old.json"
    assert run(["ledger", "checkpoint", "-o", str(old)]) == 0
    put(Record(database), *(patient(f"p{n}") for n in range(5)))
    sealed(database)
    proof = json.loads(output(capsys, "consistency", str(old)))
    code, said = checked(script, proof, tmp_path)
    assert code == 0 and "nothing before was changed" in said
    assert checked(script, proof | {"path": ["00" * 32]}, tmp_path)[0] == 1
    assert checked(script, proof | {"old": proof["new"], "new": proof["old"]}, tmp_path)[0] == 1
    assert "Intact." in output(capsys, "verify", "--since", str(old))
    assert "Intact." in output(capsys, "verify", "--since", "0")
    assert "block " in output(capsys, "head")
    with database.connection() as conn:
        conn.execute("TRUNCATE ledger_block")
    assert "truncated" in output(capsys, "verify", "--since", str(old), code=1)


def test_rotation(
    database: Database, script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(database)
    before = json.loads(output(capsys, "prove", "Patient/ana/_history/1"))
    first = json.loads(before["head"])["key"]
    assert "the key" in output(capsys, "rotate-key")
    put(Record(database), observation("ana", "o9"))
    sealed(database)
    assert "Intact." in output(capsys, "verify", "--key", first)
    after = json.loads(output(capsys, "prove", "Observation/o9/_history/1"))
    assert json.loads(after["head"])["key"] != first
    assert checked(script, after, tmp_path, "--key", first)[0] == 0
    assert checked(script, before, tmp_path, "--key", first)[0] == 0
    assert checked(script, after | {"rotations": []}, tmp_path, "--key", first)[0] == 1
    assert not (tmp_path / "data" / "ledger.key.new").exists()


def test_a_rotation_that_crashed_before_the_file_was_renamed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(database)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dies)
        assert run(["ledger", "rotate-key"]) == 130
    put(Record(database), patient("later"))
    sealed(database)
    assert run(["ledger", "verify"]) == 0


SIGNER = """
import sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(sys.argv[1]))
if sys.argv[2] == "public":
    print(key.public_key().public_bytes_raw().hex())
else:
    print(key.sign(sys.stdin.buffer.read()).hex())
"""


def test_a_program_that_signs(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = tmp_path / "sign.py"
    program.write_text(SIGNER)
    first, second = (f"{sys.executable} {program} {digit * 64}" for digit in "12")
    monkeypatch.setenv("OSLER_LEDGER_SIGN_COMMAND", first)
    sealed(database)
    assert not (tmp_path / "data" / "ledger.key").exists()
    assert run(["ledger", "rotate-key"]) == 2
    assert run(["ledger", "rotate-key", "--sign-command", second]) == 0
    put(Record(database), patient("later"))
    capsys.readouterr()
    assert run(["ledger", "seal"]) == 1
    said = capsys.readouterr().err
    assert "OSLER_LEDGER_SIGN_COMMAND" in said and "1" * 64 not in said
    monkeypatch.setenv("OSLER_LEDGER_SIGN_COMMAND", second)
    sealed(database)
    assert run(["ledger", "verify"]) == 0
    monkeypatch.setenv("OSLER_LEDGER_SIGN_COMMAND", "/nowhere/signs secret-word")
    assert run(["ledger", "seal"]) == 1
    assert "secret-word" not in capsys.readouterr().err


def test_resume(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Interrupted after some blocks: the second run goes on there, and still tells what the first one found."""
    from osler.main import ledger

    sealed(database)
    with database.connection() as conn:
        conn.execute("UPDATE resource SET content = '{}' WHERE id = 'o1'")
    put(Record(database), patient("later"))
    sealed(database)
    state = tmp_path / "state.json"
    monkeypatch.setattr(ledger, "_SAVE_S", 0.0)
    saves = iter(range(100))
    real = ledger._State.save

    def interrupted(self: Any, signed: Any, report: Any) -> None:
        real(self, signed, report)
        if next(saves) == 0:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ledger._State, "save", interrupted)
        assert run(["ledger", "verify", "--resume", str(state)]) == 130
    assert state.exists()
    said = output(capsys, "verify", "--resume", str(state), code=1)
    assert "Observation/o1/_history/1" in said and "in leaves 0 to" not in said
    assert not state.exists()


@pytest.mark.parametrize(
    "name", ["Observation/o2", "x", "audit/x", "Observation/none/_history/1", "audit/999999"]
)
def test_nothing_to_prove(
    database: Database, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(database)
    assert run(["ledger", "prove", name]) == 1
    assert capsys.readouterr().err


def test_no_proof_of_a_damaged_ledger(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(database)
    with database.connection() as conn:
        conn.execute("UPDATE ledger_leaf SET hash = sha256('x') WHERE position = 0")
    capsys.readouterr()
    assert run(["ledger", "prove", "Patient/ana/_history/3"]) == 1
    assert "osler ledger verify" in capsys.readouterr().err


def test_an_old_key_goes_on_where_its_successor_was_cut_off(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key was replaced because somebody had it: who has it still can sign, but not as this installation."""
    sealed(database)
    file = tmp_path / "data" / "ledger.key"
    stolen = file.read_bytes()
    output(capsys, "rotate-key")
    ours = file.read_bytes()
    with database.connection() as conn:
        conn.execute("DELETE FROM ledger_block WHERE size > 0 AND height > (SELECT min(height) FROM"
                     " ledger_block WHERE size = (SELECT max(size) FROM ledger_block))")  # fmt: skip
    file.write_bytes(stolen)
    put(Record(database), patient("forged"))
    sealed(database)
    file.write_bytes(ours)
    assert "not the one of this installation" in output(capsys, "verify", code=1)


def test_two_rotations_at_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key in the file is the one that the chain waits for; the other is gone."""
    from osler.record import signing

    sealed(database)
    settings = Settings(data_dir=tmp_path / "data", database_url=database.url)
    really = signing.rotate

    def slowly(*args: Any) -> Any:
        time.sleep(0.3)
        return really(*args)

    monkeypatch.setattr(signing, "rotate", slowly)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: signing.rotate_file(database, settings), range(2)))
    assert signing.foreign(database, settings) is None
    assert run(["ledger", "verify"]) == 0


def test_archived_rows_are_not_believed_to_be_archived(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row of the list of archived months is written in a second; the files are what counts."""
    sealed(database)
    with database.connection() as conn:
        conn.execute(
            "INSERT INTO audit_archive (month, file, rows, first_seq, last_seq, sha256, manifest)"
            " SELECT '2019-03-01', 'audit-2019-03.ndjson.gz', 1, min(seq), min(seq), '', '' FROM audit"
        )
        conn.execute("DELETE FROM audit WHERE seq = (SELECT min(seq) FROM audit)")
    assert "is not there" in output(capsys, "verify", code=1)
    output(capsys, "verify", "--without-archive")
    (tmp_path / "data" / "audit-archive").mkdir()
    assert "in no file of the archive" in output(capsys, "verify", code=1)
