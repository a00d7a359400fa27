"""Heads, keys, and the script's own Ed25519 against the library's and RFC 8032's examples."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.kit import clock
from osler.ledger import head as heads
from osler.ledger import keys, standalone
from osler.ledger.head import BadHead, Head, Place, Signed
from osler.ledger.keys import FileKey, KeyTrouble, WrongKey
from tests.ledger.sealed import key_in


@pytest.fixture
def key(tmp_path: Path) -> FileKey:
    return key_in(tmp_path)


def first(key: FileKey) -> Signed:
    made = heads.first("ledger", 3, bytes(32), clock.now(), key.public(), "cluster")
    return heads.sign(replace(made, through=Place(7, 1, 2, 3)), key)


def test_a_head_is_read_back_to_the_byte(key: FileKey) -> None:
    signed = first(key)
    assert signed.head.text() == signed.text
    assert signed.head.through == Place(7, 1, 2, 3)
    assert Signed.from_json(signed.as_json()) == signed
    assert heads.problems(signed, None) == []


@pytest.mark.parametrize("text", [b"", b"null", b"{}", b'{"osler":"head.1"}', b"\xff"])
def test_what_is_no_head(text: bytes) -> None:
    with pytest.raises(BadHead):
        heads.parse(text)
    assert heads.problems(Signed(text, b""), None)
    with pytest.raises(BadHead):
        Signed.from_json({"head": 1})


def test_a_head_in_other_words_is_none(key: FileKey) -> None:
    signed = first(key)
    with pytest.raises(BadHead, match="canonical"):
        heads.parse(signed.text.replace(b'{"at"', b'{ "at"'))


def test_what_cannot_follow(key: FileKey, tmp_path: Path) -> None:
    before = first(key)
    after = heads.following(before, 5, bytes(32), clock.now())
    assert heads.problems(heads.sign(after, key), before) == []
    for wrong, said in (
        (replace(after, height=5), "follows block 0"),
        (replace(after, previous="0" * 64), "does not follow"),
        (replace(after, ledger="other"), "another ledger"),
        (replace(after, size=2), "the one before had 3"),
    ):
        (problem,) = heads.problems(heads.sign(wrong, key), before)
        assert said in problem
    (tmp_path / "b").mkdir()
    other = key_in(tmp_path / "b")
    with pytest.raises(WrongKey):
        heads.sign(after, other)
    forged = Head(
        **{f: getattr(after, f) for f in after.__dataclass_fields__} | {"key": other.public()}
    )
    (problem,) = heads.problems(heads.sign(forged, other), before)
    assert "did not introduce" in problem


def test_a_key_file(tmp_path: Path) -> None:
    key = key_in(tmp_path)
    assert stat.S_IMODE(key.path.stat().st_mode) == 0o600
    assert FileKey(key.path).public() == key.public()
    assert keys.verify(key.public(), b"m", key.sign(b"m"))
    assert not keys.verify(key.public(), b"n", key.sign(b"m"))
    assert not keys.verify("xx", b"n", b"")
    with pytest.raises(KeyTrouble, match="Cannot make"):
        FileKey(key.path).make()
    with pytest.raises(KeyTrouble, match="Restore it"):
        FileKey(tmp_path / "none").public()
    key.path.chmod(0o640)
    with pytest.raises(KeyTrouble, match="chmod 600"):
        FileKey(key.path).public()
    key.path.write_text("x")
    key.path.chmod(0o600)
    with pytest.raises(KeyTrouble, match="not a private key"):
        FileKey(key.path).public()
    assert "ledger.key" in repr(key) and "PRIVATE" not in repr(key)


RFC_8032 = [  # Public key, message, signature: section 7.1, tests 1 and 2.
    line.split("|")
    for line in (
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a||e5564300c360ac729086e2cc806e828a"
            "84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c|72|92a009a9f0d4cab8720e820b5f642540"
            "a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    )
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_examples_of_rfc_8032(public: str, message: str, signature: str) -> None:
    parts = [bytes.fromhex(each) for each in (public, message, signature)]
    assert standalone.signed_by(*parts)
    assert not standalone.signed_by(parts[0], parts[1] + b"x", parts[2])


@given(message=st.binary(max_size=200), flip=st.integers(0, 64 * 8 - 1))
def test_the_scripts_signatures_are_the_librarys(message: bytes, flip: int) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert standalone.signed_by(public, message, signature)
    wrong = bytearray(signature)
    wrong[flip // 8] ^= 1 << flip % 8
    assert not standalone.signed_by(public, message, bytes(wrong))
    assert not keys.verify(public.hex(), message, bytes(wrong))


def test_a_signature_in_another_form_is_none() -> None:
    """s and s + the group's order would both fit; only the smaller one is allowed."""
    public, message, signature = (bytes.fromhex(each) for each in RFC_8032[0])
    s = int.from_bytes(signature[32:], "little") + standalone.ORDER
    assert not standalone.signed_by(public, message, signature[:32] + s.to_bytes(32, "little"))
    assert not standalone.signed_by(public, message, signature[:-1])
    assert not standalone.signed_by(b"\xff" * 32, message, signature)
