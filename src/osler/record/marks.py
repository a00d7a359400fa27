"""What stands in stored content in the place of a document: a marker that names its encrypted blob.

It begins with a character that no base64 has, so that no writer can bring one along.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from osler.fhir import r4, walk
from osler.fhir.base import Resource
from osler.fhir.codec import decode, encode
from osler.kit.errors import Unprocessable

Holder = r4.Attachment | r4.Binary

DATA = b'"data":"'
"""Content without these bytes has no document in it."""
HINT = b'"data":"~blob:'
"""Stored content without these bytes has no marker in it."""
PATTERN = re.compile(
    rb'"data":"(~blob:([0-9a-f-]{36}):([0-9]{1,12}):([0-9a-f]{64}):([0-9a-f]{32}):([bt]))"(,"_data":)?'
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker: the blob, its size and SHA-256 as encrypted, a keyed hash of the plain content.

    `kind` "b": what was encrypted are the bytes that the base64 says; "t": its text, because that is
    not how we would write those bytes.
    """

    id: str
    size: int
    sha256: str
    mac: str
    kind: str

    @property
    def text(self) -> str:
        """As it stands in the content."""
        return f"~blob:{self.id}:{self.size}:{self.sha256}:{self.mac}:{self.kind}"


def mark_of(found: re.Match[bytes]) -> Mark:
    """The marker that `PATTERN` has matched."""
    id, size, sha256, mac, kind = (part.decode() for part in found.groups()[1:6])
    return Mark(id, int(size), sha256, mac, kind)


def marks(content: bytes) -> list[Mark]:
    """The markers of stored content, in order."""
    if HINT not in content:
        return []
    return [mark_of(found) for found in PATTERN.finditer(content)]


def substituted(content: bytes, value: Callable[[Mark], bytes]) -> bytes:
    """The content with each marker's member `"data":…` replaced by the member that `value` answers.

    A member `"_data":…` in the place of data gives way to one that is there already.
    """

    def member(found: re.Match[bytes]) -> bytes:
        made, beside = value(mark_of(found)), found[7] or b""
        return beside[1:] if beside and made.startswith(b'"_data"') else made + beside

    return PATTERN.sub(member, content)


def holders(resource: Resource) -> list[Holder]:
    """The elements of a resource, contained ones too, that have data in them."""
    found = (node.element for node in walk.walk(walk.root(resource)))
    return [one for one in found if isinstance(one, Holder) and one.data is not None]


def refuse_forged(content: bytes, genuine: int) -> None:
    """Refuse content with more markers than we made: `SampledData.data` is a free text."""
    if content.count(HINT) != genuine:
        raise Unprocessable("A text in this resource begins like a marker of Osler's own: ~blob:.")


@contextmanager
def placed(texts: list[tuple[Holder, str]]) -> Iterator[None]:
    """The holders have these markers for data while the block runs; a write may be tried again."""
    before = [(holder, holder.data) for holder, _ in texts]
    try:
        for holder, text in texts:
            holder.data = text
        yield
    finally:
        for holder, data in before:
            holder.data = data


def exchanged(resource: Resource, content: bytes, texts: list[tuple[Holder, str]]) -> bytes:
    """The content with these markers for data, every other byte as it was; of what `encode` did not write, its like."""
    made = content
    for holder, text in texts:
        made = made.replace(_member(holder.data or ""), _member(text))
    if made.count(HINT) != len(texts):
        with placed(texts):
            made = encode(resource)
    refuse_forged(made, len(texts))
    return made


def _member(text: str) -> bytes:
    return b'"data":' + msgspec.json.encode(text)


def decode_stored(content: bytes) -> Resource:
    """A resource from stored content, with markers for data: nothing is opened."""
    if HINT not in content:
        return decode(content)
    stand_ins: dict[str, str] = {}

    def stand_in(mark: Mark) -> bytes:
        text = b64encode(mark.text.encode())  # What decoding takes; a marker it would refuse.
        stand_ins[text.decode()] = mark.text
        return b'"data":"%b"' % text

    resource = decode(substituted(content, stand_in))
    for holder in holders(resource):
        holder.data = stand_ins.get(holder.data or "", holder.data)
    return resource
