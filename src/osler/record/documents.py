"""What documents of resources say of themselves, checked against what they are; and whose a Binary is."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64

from osler.fhir import r4, walk
from osler.fhir.base import Resource
from osler.fhir.codec import encode
from osler.kit import sniffing
from osler.kit.errors import Issue
from osler.record import marks

_HEAD = sniffing.HEAD * 4 // 3 // 4 * 4


def findings(resource: Resource) -> list[Issue]:
    """An error for each document that is not of the type it says."""
    if marks.DATA not in encode(resource):
        return []
    return [issue for node in walk.walk(walk.root(resource)) if (issue := _finding(node))]


def _finding(node: walk.Node) -> Issue | None:
    holder = node.element
    if not isinstance(holder, r4.Attachment | r4.Binary):
        return None
    declared, text = holder.contentType, holder.data
    if not declared or not text or text.startswith("~"):
        return None
    found = sniffing.contradiction(_head(text), declared)
    if found is None:
        return None
    return Issue(
        "value",
        f"contentType says {declared[:80]}, but the data are {found}; correct one of them.",
        f"{node.path}.data",
    )


def _head(text: str) -> bytes:
    """The first bytes; white space may stand anywhere between the letters."""
    part = "".join(text[: 2 * _HEAD].split())[:_HEAD]
    try:
        return b64decode(part[: len(part) // 4 * 4])
    except (NotBase64, ValueError):
        return b""
