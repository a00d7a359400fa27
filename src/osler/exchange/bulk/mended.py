"""Takes a record out of a line of a reject file, so that a mended reject file can be loaded."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

_PLACES = ("line", "entry")
_OTHERS = {"source", "reason", "record"}
_NO_RECORD = "The reject file holds no record here; mend it in the file it came from"
_TEXT = "The record was not JSON and is kept as text; put the mended object in place of the string"
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text = msgspec.json.Decoder(str)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What stood in a line of a reject file, and why it cannot be a record (empty: it may be)."""

    record: bytes
    fault: str = ""


def unwrap(text: bytes) -> Wrapped | None:
    """The record of a line as a reject file has it; None if the text is anything else."""
    if not (b'"reason"' in text and b'"record"' in text):  # nearly every text: do not decode it
        return None
    try:
        parts = _object.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not any(parts.keys() == {*_OTHERS, place} for place in _PLACES):
        return None
    record = bytes(parts["record"])
    if record == b"null":
        return Wrapped(b"", _NO_RECORD)
    if record.startswith(b'"'):
        return Wrapped(_text.decode(record).encode("utf-8", "backslashreplace"), _TEXT)
    return Wrapped(record)


def with_id(content: bytes, key: str | None) -> bytes:
    """The record under the id it would have had, which may have come from its entry."""
    try:
        parts = _object.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return content
    own = msgspec.json.encode(key)
    if key is None or bytes(parts.get("id", b"")) == own:
        return content
    if "id" not in parts and parts:
        return b'{"id":' + own + b"," + content.lstrip()[1:]
    return msgspec.json.encode(parts | {"id": msgspec.Raw(own)})
