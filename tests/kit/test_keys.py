"""Master keys: made once, kept apart, wrapped by a command where there is one, never guessed."""

from __future__ import annotations

import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from osler.kit.keys import Keyring, KeySource, KeyTrouble, MasterKey, seal, unseal

KEY = bytes(range(32))
# A stand-in for a KMS: it turns every byte round, and refuses what it has not made.
KMS = """
import base64, sys
given = base64.b64decode(sys.stdin.read())
if sys.argv[1] == "wrap":
    made = b"kms" + bytes(b ^ 90 for b in given)
elif given.startswith(b"kms"):
    made = bytes(b ^ 90 for b in given[3:])
else:
    sys.exit("not wrapped here")
print(base64.b64encode(made).decode())
"""


@pytest.fixture
def source(tmp_path: Path) -> KeySource:
    return KeySource(tmp_path / "keys" / "master.key")


@pytest.fixture
def kms(tmp_path: Path) -> KeySource:
    program = tmp_path / "kms.py"
    program.write_text(KMS)
    return KeySource(tmp_path / "wrapped.key", (sys.executable, str(program)))


def test_what_is_sealed_opens_only_where_it_belongs() -> None:
    sealed = seal(KEY, b"plain", b"here")
    assert b"plain" not in sealed
    assert seal(KEY, b"plain", b"here") != sealed, "each has a nonce of its own"
    assert unseal(KEY, sealed, b"here") == b"plain"
    altered = bytes([*sealed[:-1], sealed[-1] ^ 1])
    for key, text, place in (
        (KEY, sealed, b"there"),
        (KEY, altered, b"here"),
        (b"x" * 32, sealed, b"here"),
        (KEY, b"", b"here"),
    ):
        with pytest.raises(KeyTrouble):
            unseal(key, text, place)


def test_the_first_key_is_made_for_its_owner_alone(source: KeySource) -> None:
    ring = Keyring(source)
    assert not ring.exists
    made = ring.make()
    assert stat.S_IMODE(source.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(source.file.parent.stat().st_mode) == 0o700
    assert ring.make() == made, "never a second one"
    assert Keyring(source).current == made
    assert made.secret.hex() not in repr(made)
    assert source.file.read_text().startswith("#")


def test_processes_that_start_together_agree_on_one_key(source: KeySource) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Keyring(source).make().id, range(24)))
    assert len(made) == 1
    assert [path.name for path in source.file.parent.iterdir()] == ["master.key"]


def test_a_new_key_is_used_at_once_and_old_ones_still_open(source: KeySource) -> None:
    server, operator = Keyring(source), Keyring(source)
    first = server.make()
    master, wrapped = server.wrap(KEY, "Patient/1")
    second = operator.add()
    assert second.id != first.id
    assert server.current == second, "without a restart"
    assert server.unwrap(master, wrapped, "Patient/1") == KEY
    assert operator.keep([first.id]) == ()
    assert operator.keep([]) == (first.id,)
    with pytest.raises(KeyTrouble, match=f"wrapped with master key {first.id}"):
        server.unwrap(master, wrapped, "Patient/1")


def test_a_wrapped_key_belongs_to_its_name(source: KeySource) -> None:
    ring = Keyring(source)
    ring.make()
    master, wrapped = ring.wrap(KEY, "Patient/1")
    for name, text in (
        ("Patient/2", wrapped),
        ("Patient/1", wrapped[:-4] + "AAA="),
        ("Patient/1", "?"),
    ):
        with pytest.raises(KeyTrouble, match="altered"):
            ring.unwrap(master, text, name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no key in it"),
        ("# only words\n", "no key in it"),
        ("not base64!\n", "no key in base64"),
        ("c2hvcnQ=\n", "has 32 bytes"),
        ("käse\n", "cannot be read"),
    ],
)
def test_a_file_that_is_no_key_file_says_so(source: KeySource, content: str, said: str) -> None:
    source.file.parent.mkdir()
    source.file.write_text(content, "utf-8")
    with pytest.raises(KeyTrouble, match=said):
        Keyring(source).held()


def test_a_file_that_is_gone_is_asked_for(source: KeySource) -> None:
    with pytest.raises(KeyTrouble, match="restore it from its copy"):
        Keyring(source).held()


def test_with_a_key_command_the_file_opens_nothing(kms: KeySource) -> None:
    ring = Keyring(kms)
    made = ring.make()
    import base64

    assert base64.b64encode(made.secret).decode() not in kms.file.read_text()
    assert Keyring(kms).current == made
    ring.rewrite()
    assert Keyring(kms).current == made
    with pytest.raises(KeyTrouble, match="has 32 bytes"):
        Keyring(KeySource(kms.file)).held()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (("/nonexistent/kms",), "FileNotFoundError"),
        ((sys.executable, "-c", "import sys; sys.exit('no such key')"), "no such key"),
        ((sys.executable, "-c", "print('!')"), "failed"),
    ],
)
def test_a_key_command_that_fails_says_what_it_said(
    source: KeySource, program: tuple[str, ...], said: str
) -> None:
    with pytest.raises(KeyTrouble, match=said):
        Keyring(KeySource(source.file, program)).make()
    assert not source.file.exists()


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyTrouble, match="OSLER_MASTER_KEY_FILE"):
        Keyring(KeySource(tmp_path / "file" / "master.key")).make()


def test_an_id_is_made_of_the_key() -> None:
    assert MasterKey.of(KEY).id == MasterKey.of(KEY).id != MasterKey.of(b"x" * 32).id


def test_keys_added_at_once_are_all_kept(tmp_path: Path) -> None:
    """Two rotations at the same time: a key that was lost would have locked documents for ever."""
    source = KeySource(tmp_path / "master.key")
    Keyring(source).make()
    with ThreadPoolExecutor(8) as several:
        added = [done.id for done in several.map(lambda _: Keyring(source).add(), range(16))]
    held = {key.id for key in Keyring(source).held()}
    assert len(held) == 17 and set(added) <= held
