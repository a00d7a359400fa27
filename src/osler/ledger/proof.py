"""Proofs as documents that `osler.ledger.standalone` checks without Osler; the format: docs/explanation/ledger.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osler.ledger.head import Signed
from osler.ledger.merkle import (
    Nodes,
    consistency,
    inclusion,
    root_from_inclusion,
    roots_from_consistency,
)

INCLUSION = "proof.1"
CONSISTENCY = "consistency.1"


class Broken(ValueError):
    """What is stored does not give the signed root: a proof would prove nothing."""


def of_entry(
    signed: Signed,
    rotations: Sequence[Signed],
    position: int,
    leaf: bytes,
    nodes: Nodes,
    *,
    salt: bytes | None,
    entry: bytes | None,
    content: bytes | None,
) -> dict[str, Any]:
    """That a leaf is in the tree of a head; with `salt` and `entry` what it says, with `content` all of it."""
    head = signed.head
    path = inclusion(position, head.size, nodes)
    if root_from_inclusion(position, head.size, leaf, path).hex() != head.root:
        raise Broken(f"leaf {position} does not lead to the root of block {head.height}")
    document: dict[str, Any] = {
        "osler": INCLUSION,
        "position": position,
        "leaf": leaf.hex(),
        "path": [each.hex() for each in path],
        "rotations": [each.as_json() for each in rotations],
        **signed.as_json(),
    }
    if salt is not None and entry is not None:
        document |= {"salt": salt.hex(), "entry": entry.decode()}
    if content:
        document["content"] = content.decode()
    return document


def of_growth(
    old: Signed, new: Signed, rotations: Sequence[Signed], nodes: Nodes
) -> dict[str, Any]:
    """That the tree of `old` is the beginning of that of `new`."""
    first, second = old.head, new.head
    path = consistency(first.size, second.size, nodes) if first.size else []
    if first.size:
        roots = roots_from_consistency(first.size, second.size, bytes.fromhex(first.root), path)
        if [root.hex() for root in roots] != [first.root, second.root]:
            raise Broken(
                f"the tree of block {second.height} does not grow out of that of {first.height}"
            )
    return {
        "osler": CONSISTENCY,
        "old": old.as_json(),
        "new": new.as_json(),
        "path": [each.hex() for each in path],
        "rotations": [each.as_json() for each in rotations],
    }
