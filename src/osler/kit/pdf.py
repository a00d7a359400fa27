"""What a PDF would do when opened, found without a PDF reader: names of actions in its objects."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping

_MOST_UNPACKED = 64 << 20
_LOOK_BACK = 2000  # bytes in front of a stream that say what it is
_BEGINS = re.compile(rb"(?<!end)stream\r?\n")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME = re.compile(rb"/([^\s()<>\[\]{}/%]+)")
_FILTER = re.compile(rb"/([A-Za-z0-9]+Decode)")
_ACTIVE = {
    b"JavaScript": "JavaScript",
    b"Launch": "starts a program",
    b"EmbeddedFile": "a file inside",
    b"EmbeddedFiles": "a file inside",
    b"RichMedia": "multimedia",
    b"SubmitForm": "sends data away",
    b"ImportData": "reads data from elsewhere",
}
# Too short to be looked for in packed data, where they stand by chance.
_SHORT = _ACTIVE | {b"JS": "JavaScript", b"XFA": "an XFA form", b"GoToE": "a file inside"}


def is_whole(content: bytes) -> bool:
    """Whether it ends as a PDF does, so that no other file hangs on behind it."""
    return b"%%EOF" in content[-1024:]


def active(content: bytes) -> set[str]:
    """What in this PDF is more than pages, in words; empty for a plain one.

    Objects may be packed into streams, which are unpacked to look; what cannot be unpacked is named too.
    """
    found = _names(content, _ACTIVE)
    end = 0
    for begins in _BEGINS.finditer(content):
        if begins.start() >= end:
            found |= _names(content[end : begins.start()], _SHORT)
            stop = content.find(b"endstream", begins.end())
            end = len(content) if stop < 0 else stop
    found |= _names(content[end:], _SHORT)
    for part in _packed_objects(content):
        found |= {"objects that cannot be looked into"} if part is None else _names(part, _SHORT)
    return found


def _names(text: bytes, wanted: Mapping[bytes, str]) -> set[str]:
    return {wanted[name] for name in _NAME.findall(_plain(text)) if name in wanted}


def _plain(text: bytes) -> bytes:
    """Names without escapes: /J#61vaScript is /JavaScript."""
    return _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), text) if b"#" in text else text


def _packed_objects(content: bytes) -> Iterator[bytes | None]:
    """Each object stream unpacked; None where that cannot be done, as when the file is encrypted."""
    left = _MOST_UNPACKED
    encrypted = b"/Encrypt" in content
    for begins in _BEGINS.finditer(content):
        about = content[max(0, begins.start() - _LOOK_BACK) : begins.start()]
        about = _plain(about[about.rfind(b"obj") + 3 :])
        if b"/ObjStm" not in about:
            continue
        filters = set(_FILTER.findall(about))
        if encrypted or filters - {b"FlateDecode"}:
            yield None
        elif not filters:
            yield content[begins.end() : content.find(b"endstream", begins.end())]
        else:
            unpacked = _inflated(content, begins.end(), left)
            left -= len(unpacked or b"")
            yield unpacked


def _inflated(content: bytes, start: int, most: int) -> bytes | None:
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(memoryview(content)[start:], max(most, 1))
    except zlib.error:
        return None
    return text if unpack.eof else None
