"""The signed heads of the ledger's blocks: what they say, and whether one follows from another."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from osler.kit.errors import OslerError
from osler.ledger import keys
from osler.ledger.leaf import instant

FORMAT = "head.1"
NOTHING_BEFORE = "0" * 64
_JSON = msgspec.json.Encoder(order="sorted")


class BadHead(OslerError):
    """What should be a head of the ledger cannot be read as one."""

    code = "structure"


@dataclass(frozen=True, slots=True)
class Place:
    """The entry up to which everything is sealed: (transaction, kind, row number or seq, version)."""

    xact: int
    kind: int = 0
    row: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """One block's head. `root` is that of the tree over the first `size` leaves.

    `through` is None while everything of another database cluster is being taken over; `next` is the
    public key that signs from the next block on.
    """

    ledger: str
    height: int
    previous: str
    size: int
    root: str
    at: str
    key: str
    cluster: str
    through: Place | None = None
    next: str | None = None

    def text(self) -> bytes:
        """The canonical bytes, which are signed: JSON by RFC 8785 without null members."""
        members = {name: value for name, value in asdict(self).items() if value is not None}
        return _JSON.encode(members | {"osler": FORMAT})

    @property
    def signer(self) -> str:
        """The public key that must sign the next block."""
        return self.next or self.key


@dataclass(frozen=True, slots=True)
class Signed:
    """A head's canonical bytes and the signature over them."""

    text: bytes
    signature: bytes

    @property
    def digest(self) -> str:
        """What the next block calls `previous`."""
        return hashlib.sha256(self.text).hexdigest()

    @property
    def head(self) -> Head:
        """The head as its bytes say; BadHead where they say none."""
        return parse(self.text)

    def as_json(self) -> dict[str, str]:
        """As checkpoints, proofs and anchors carry it."""
        return {"head": self.text.decode(), "signature": self.signature.hex()}

    @classmethod
    def from_json(cls, found: Any) -> Signed:
        """From `as_json`; BadHead where it is something else."""
        try:
            signed = cls(found["head"].encode(), bytes.fromhex(found["signature"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadHead("This is no checkpoint: `head` and `signature` are missing.") from error
        parse(signed.text)
        return signed


class _Wire(msgspec.Struct, forbid_unknown_fields=True):
    osler: str
    ledger: str
    height: int
    previous: str
    size: int
    root: str
    at: str
    key: str
    cluster: str
    through: Place | None = None
    next: str | None = None


def parse(text: bytes) -> Head:
    """A head from its bytes; BadHead unless they are its canonical form."""
    try:
        wire = msgspec.json.decode(text, type=_Wire)
    except msgspec.DecodeError as error:
        raise BadHead(f"A head of the ledger cannot be read: {error}") from error
    values = {name: getattr(wire, name) for name in wire.__struct_fields__ if name != "osler"}
    head = Head(**values)
    if wire.osler != FORMAT or head.text() != text:
        raise BadHead("A head of the ledger is not in canonical form.")
    return head


def first(ledger: str, size: int, root: bytes, at: datetime, key: str, cluster: str) -> Head:
    """The head of a ledger's first block."""
    return Head(ledger, 0, NOTHING_BEFORE, size, root.hex(), instant(at), key, cluster)


def following(before: Signed, size: int, root: bytes, at: datetime) -> Head:
    """The head after `before`; `through`, `cluster` and `next` are the caller's to set."""
    old = before.head
    return replace(
        old,
        height=old.height + 1,
        previous=before.digest,
        size=size,
        root=root.hex(),
        at=instant(at),
        key=old.signer,
        next=None,
    )


def turn(key: str, signer: keys.Signer) -> None:
    """Raises keys.WrongKey where the signer's key is not the one the chain asks for."""
    if signer.public() != key:
        raise keys.WrongKey(
            f"The ledger's next block must be signed by the key {key[:16]}…, the one at hand is"
            f" {signer.public()[:16]}…. Give Osler the right key (OSLER_LEDGER_KEY_FILE or"
            " OSLER_LEDGER_SIGN_COMMAND); a new one is introduced by `osler ledger rotate-key`."
        )


def sign(head: Head, signer: keys.Signer) -> Signed:
    """The head, signed; keys.WrongKey where it is not this signer's turn."""
    turn(head.key, signer)
    return Signed(head.text(), signer.sign(head.text()))


def problems(signed: Signed, before: Signed | None) -> list[str]:
    """What is wrong with a block's head in itself and as the one after `before`; empty: nothing."""
    try:
        head = signed.head
    except BadHead as error:
        return [str(error)]
    found = []
    if not keys.verify(head.key, signed.text, signed.signature):
        found.append("its signature is not that of its key over its head")
    if before is None:
        return found
    try:
        old = before.head
    except BadHead:
        return found  # Said of that one.
    if head.height != old.height + 1:
        found.append(f"it says it is block {head.height} and follows block {old.height}")
    if head.previous != before.digest:
        found.append("it does not follow from the block before, one of the two was replaced")
    if head.ledger != old.ledger:
        found.append("it belongs to another ledger")
    if head.key != old.signer:
        found.append("it is signed by a key that the chain did not introduce")
    if head.size < old.size:
        found.append(f"its tree has {head.size} leaves, the one before had {old.size}")
    return found
