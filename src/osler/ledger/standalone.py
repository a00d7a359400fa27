#!/usr/bin/env python3
"""Checks proofs from Osler's ledger. One file, nothing but Python's own library: python3 -I FILE PROOF.json

A proof says that one version of a record (or one row of its audit) was sealed, or that a later state of
the ledger continues an earlier one. The script computes the SHA-256 Merkle tree (RFC 6962) and checks
the Ed25519 signature (RFC 8032) itself. Exit code: 0 the proof holds, 1 it does not, 2 it cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

# --- Ed25519: the curve -x² + y² = 1 + d·x²·y² over the field of P; points as (X, Y, Z, T), x = X/Z, y = Y/Z, T = x·y·Z

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


class Refused(Exception):
    """The proof does not hold; the text says why."""


def plus(a: Point, b: Point) -> Point:
    """The sum of two points; one formula holds for all of them on this curve."""
    left = (a[1] - a[0]) * (b[1] - b[0]) % P
    right = (a[1] + a[0]) * (b[1] + b[0]) % P
    twist, double = 2 * D * a[3] * b[3] % P, 2 * a[2] * b[2] % P
    e, f, g, h = right - left, double - twist, double + twist, right + left
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: Point) -> Point:
    """A point added to itself `factor` times."""
    total: Point = (0, 1, 1, 0)
    for bit in f"{factor:b}":
        total = plus(total, total)
        if bit == "1":
            total = plus(total, point)
    return total


def x_of(y: int, odd: int) -> int:
    """The x that belongs to y, the odd or the even one; Refused where there is none."""
    if y >= P:
        raise Refused("a point of the signature is not in reduced form")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and odd):
        raise Refused("the signature or the key is not a point of the curve")
    return x if x & 1 == odd else P - x


def decoded(data: bytes) -> Point:
    """A point from its 32 bytes: y, and whether x is odd in the highest bit."""
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    x = x_of(y, number >> 255)
    return x, y, 1, x * y % P


def encoded(point: Point) -> bytes:
    """The 32 bytes of a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE_Y = 4 * pow(5, P - 2, P) % P
BASE: Point = (x_of(_BASE_Y, 0), _BASE_Y, 1, x_of(_BASE_Y, 0) * _BASE_Y % P)


def signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is that of the key over the message."""
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    try:
        public = decoded(key)
    except Refused:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    minus = (P - public[0], public[1], public[2], P - public[3])
    return hmac.compare_digest(
        encoded(plus(times(s, BASE), times(challenge, minus))), signature[:32]
    )


# --- The Merkle tree


def node(left: bytes, right: bytes) -> bytes:
    """A node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def climb(position: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that a leaf and its path lead to (RFC 9162, 2.1.3.2)."""
    if not 0 <= position < size:
        raise Refused("the leaf's position is outside of the tree")
    at, last, result = position, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Refused("the path is too long")
        if at % 2 or at == last:
            result = node(sibling, result)
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            result = node(result, sibling)
        at, last = at // 2, last // 2
    if last:
        raise Refused("the path is too short")
    return result


def grow(old: int, new: int, root: bytes, path: list[bytes]) -> tuple[bytes, bytes]:
    """The old and the new root that a consistency path leads to (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        raise Refused("the later head has the smaller tree")
    if old == new:
        if path:
            raise Refused("the path is too long")
        return root, root
    steps = path if old & (old - 1) else [root, *path]
    if not steps:
        raise Refused("the path is too short")
    at, last = old - 1, new - 1
    while at % 2:
        at, last = at // 2, last // 2
    first = second = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise Refused("the path is too long")
        if at % 2 or at == last:
            first, second = node(sibling, first), node(sibling, second)
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            second = node(second, sibling)
        at, last = at // 2, last // 2
    if last:
        raise Refused("the path is too short")
    return first, second


# --- Documents


def head_of(signed: dict[str, Any]) -> dict[str, Any]:
    """A head, its signature checked against the key it names."""
    text = signed["head"].encode()
    head: dict[str, Any] = json.loads(text)
    if head.get("osler") != "head.1":
        raise Refused("the head is of a kind that this script does not know")
    if not signed_by(bytes.fromhex(head["key"]), text, bytes.fromhex(signed["signature"])):
        raise Refused(f"the signature of block {head['height']} is wrong")
    return head


def check_key(head: dict[str, Any], trusted: str, rotations: list[dict[str, Any]]) -> None:
    """The head's key must be the trusted one, or one that it introduced in the chain, step by step."""
    keys = {trusted}
    for signed in rotations:
        introducing = head_of(signed)
        if introducing["key"] in keys and introducing["ledger"] == head["ledger"]:
            keys.add(introducing["next"])
    if head["key"] not in keys:
        raise Refused(
            f"it is signed by the key {head['key']}, which the key you trust did not introduce"
        )


def check_entry(proof: dict[str, Any], leaf: bytes) -> list[str]:
    """What the leaf says, in lines; Refused where it is not what was sealed."""
    if "entry" not in proof:
        return ["What it sealed was erased, or is not part of this proof."]
    entry = proof["entry"].encode()
    if hashlib.sha256(b"\x00" + bytes.fromhex(proof["salt"]) + entry).digest() != leaf:
        raise Refused("the entry is not the one that was sealed")
    said: dict[str, Any] = json.loads(entry)
    lines = [f"It says: {proof['entry']}"]
    if said["ledger"] == "version.1":
        deletion = " (a deletion)" if said.get("deleted") else ""
        lines.insert(0, f"{said['type']}/{said['id']}, version {said['version']}{deletion}")
    if "content" in proof:
        if hashlib.sha256(proof["content"].encode()).hexdigest() != said.get("content"):
            raise Refused("the content is not the one that was sealed")
        lines.append("The content in the proof is the one that was sealed, to the byte.")
    return lines


def check_inclusion(proof: dict[str, Any], trusted: str | None) -> list[str]:
    """A proof that something was sealed."""
    head = head_of(proof)
    leaf = bytes.fromhex(proof["leaf"])
    path = [bytes.fromhex(each) for each in proof["path"]]
    if climb(proof["position"], head["size"], leaf, path).hex() != head["root"]:
        raise Refused("the leaf is not in the tree that was signed")
    lines = check_entry(proof, leaf)
    if trusted:
        check_key(head, trusted, proof["rotations"])
    lines.append(
        f"Sealed as leaf {proof['position']}, not after {head['at']} (block {head['height']})."
    )
    return [*lines, about_key(head, trusted)]


def check_growth(proof: dict[str, Any], trusted: str | None) -> list[str]:
    """A proof that one head continues another."""
    old, new = head_of(proof["old"]), head_of(proof["new"])
    path = [bytes.fromhex(each) for each in proof["path"]]
    if old["ledger"] != new["ledger"] or old["height"] > new["height"]:
        raise Refused("the heads are not of one ledger, or not in their order")
    if old["size"] and [
        root.hex() for root in grow(old["size"], new["size"], bytes.fromhex(old["root"]), path)
    ] != [old["root"], new["root"]]:
        raise Refused("the later tree does not begin with the earlier one")
    if trusted:
        for head in (old, new):
            check_key(head, trusted, proof["rotations"])
    line = (
        f"Block {new['height']} ({new['size']} leaves, {new['at']}) continues block"
        f" {old['height']} ({old['size']} leaves, {old['at']}): nothing before was changed."
    )
    return [line, about_key(new, trusted)]


def about_key(head: dict[str, Any], trusted: str | None) -> str:
    """By which key, and how far that was checked."""
    if trusted:
        return f"Signed by the key you trust, or one it introduced: {head['key']}"
    return f"Signed by the key {head['key']}: compare it with one you know (--key)."


def check(proof: dict[str, Any], trusted: str | None) -> list[str]:
    """What a proof shows, in lines; Refused where it does not hold."""
    if proof.get("osler") == "proof.1":
        return check_inclusion(proof, trusted)
    if proof.get("osler") == "consistency.1":
        return check_growth(proof, trusted)
    raise KeyError("this is no proof that the script knows")


def main() -> int:
    """Check the proof in a file."""
    parser = argparse.ArgumentParser(description="Checks a proof from Osler's ledger.")
    parser.add_argument("proof", type=Path, help="what `osler ledger prove -o` wrote")
    parser.add_argument("--key", help="the public key that you trust, 64 hexadecimal digits")
    options = parser.parse_args()
    try:
        lines = check(json.loads(options.proof.read_text("utf-8")), options.key)
    except Refused as refused:
        sys.stdout.write(f"REFUSED: {refused}.\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.stderr.write(f"Cannot read the proof: {error!r}\n")
        return 2
    sys.stdout.write("\n".join(["The proof holds.", *lines]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
