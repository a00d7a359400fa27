"""What a file is by its own bytes, whatever its name or sender says it is."""

from __future__ import annotations

import codecs
import re

import puremagic

HEAD = 8192
"""Bytes from the beginning by which a file is known."""
PDF, DICOM, XML, CSV, TEXT = (
    "application/pdf",
    "application/dicom",
    "application/xml",
    "text/csv",
    "text/plain",
)
PNG, JPEG, GIF, WEBP, TIFF = "image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff"
HTML, SVG = "text/html", "image/svg+xml"
UNKNOWN = "application/octet-stream"

_ALIASES = {
    "image/jpg": JPEG,
    "image/pjpeg": JPEG,
    "image/tif": TIFF,
    "application/x-pdf": PDF,
    "text/xml": XML,
    "application/hl7-cda+xml": XML,
    "application/hl7-sda+xml": XML,
    "application/csv": CSV,
    "image/dicom": DICOM,
    "text/rtf": "application/rtf",
    "image/x-ms-bmp": "image/bmp",
}
_SIGNATURES = (
    (0, b"%PDF-", PDF),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (8, b"WEBPVP8", WEBP),
    (128, b"DICM", DICOM),  # Before TIFF, which may stand in front of it.
    (0, b"II*\0", TIFF),
    (0, b"MM\0*", TIFF),
    (0, b"BM", "image/bmp"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_SIGNED = frozenset({PDF, PNG, JPEG, GIF, WEBP, TIFF, DICOM})
_SIGNED_BY_OTHERS = _SIGNED | {
    "image/bmp",
    "application/rtf",
    "application/zip",
    "application/gzip",
}
# The beginnings by which a browser that guesses takes a text for a page.
# https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
_PAGE = re.compile(
    rb"(?:\s|<!--.*?-->)*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_DRAWING = re.compile(rb"<(?:[a-z]+:)?svg[\s>]", re.IGNORECASE)
_PAGE_IN_XML = re.compile(rb"<(?:[a-z]+:)?html[\s>]", re.IGNORECASE)
_MARKUP = re.compile(rb"\s*<(?:\?xml|[A-Za-z!])")
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}


def essence(declared: str) -> str:
    """A media type without parameters, in lower case, by its usual name."""
    plain = declared.partition(";")[0].strip().lower()
    return _ALIASES.get(plain, plain)


def sniff(content: bytes) -> str:
    """The media type that the bytes speak for; `UNKNOWN` where they speak for none."""
    head = content[:HEAD]
    for offset, signature, type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature and _holds(type, head):
            return type
    text = is_text(head, whole=False)
    return _of_text(head) if text else _by_magic(head)


def _holds(type: str, head: bytes) -> bool:
    """Two letters may begin any text: what follows them must not be one."""
    short = type in {"image/bmp", "application/vnd.microsoft.portable-executable"}
    return not (short and is_text(head, whole=False)) and (type != WEBP or head[:4] == b"RIFF")


def _of_text(head: bytes) -> str:
    text = head.removeprefix(codecs.BOM_UTF8)
    if _PAGE.match(text):
        return HTML
    if not _MARKUP.match(text):
        return TEXT
    if _DRAWING.search(text):
        return SVG
    return HTML if _PAGE_IN_XML.search(text) else XML


def _by_magic(head: bytes) -> str:
    """A second opinion on binaries that we have no use for, to name them."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    return next((match.mime_type for match in found if match.mime_type), UNKNOWN)


def is_text(content: bytes, *, whole: bool = True) -> bool:
    """Whether it is UTF-8 without control characters; its end may be cut off unless it is `whole`."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, final=whole)
    except UnicodeDecodeError:
        return False
    return _CONTROLS.isdisjoint(content)


def contradiction(content: bytes, declared: str) -> str | None:
    """What the bytes are, where that cannot be what they are declared to be.

    A type that has no signature of its own is believed, unless the bytes have another's.
    """
    type = essence(declared)
    found = sniff(content)
    if found == type:
        return None
    if type in _SIGNED:
        return found
    textual = type.startswith("text/") or type.endswith(("xml", "json"))
    if textual and found in _SIGNED_BY_OTHERS | {"application/x-executable"}:
        return found
    return found if type in {TEXT, CSV} and found in {HTML, SVG} else None
