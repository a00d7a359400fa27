"""Binary as what it is: its bytes in their own media type, given and taken.

See https://hl7.org/fhir/R4/binary.html#rest
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode

import msgspec

from osler.fhir import codec, r4, reference
from osler.fhir.base import Resource
from osler.kit import pdf, sniffing
from osler.kit.errors import Gone, Invalid, NotFound, TooLarge
from osler.record import Version
from osler.rest import negotiate
from osler.rest.problems import NotAcceptable
from osler.rest.request import Request
from osler.rest.response import Header, Response, version_headers

TYPE = "Binary"
MOST = codec.SIZE_LIMIT // 4 * 3 - 65_536
"""Bytes; as base64 in JSON they are no more than can be decoded at once."""
_READS = frozenset({"read", "vread"})
_WILD = frozenset({"*/*", "application/*"})
_OF_FHIR = re.compile(r"(?:application|text)/(?:fhir\+\w+|\w+\+fhir|json|x?turtle)")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}(?:; ?charset=[\w-]{1,40})?", re.ASCII)
_SHOWN = frozenset({sniffing.PNG, sniffing.JPEG, sniffing.GIF, sniffing.WEBP, sniffing.PDF})
_LOOKED_INTO = 20_000_000
_CLOSED = "default-src 'none'; sandbox"
_ENDINGS = {
    sniffing.PDF: "pdf",
    sniffing.PNG: "png",
    sniffing.JPEG: "jpg",
    sniffing.GIF: "gif",
    sniffing.WEBP: "webp",
    sniffing.TIFF: "tif",
    sniffing.DICOM: "dcm",
    sniffing.XML: "xml",
    sniffing.CSV: "csv",
    sniffing.TEXT: "txt",
}


class _Stored(msgspec.Struct):
    """What the answer needs of a Binary."""

    content_type: str | None = msgspec.field(name="contentType", default=None)
    data: str | None = None
    beside: msgspec.Raw = msgspec.field(name="_data", default_factory=msgspec.Raw)


_decode = msgspec.json.Decoder(_Stored).decode


def bytes_wanted(request: Request) -> bool:
    """Whether the client asks for the document itself: it names a type that is not FHIR's before any that is."""
    accept = request.environ.get("HTTP_ACCEPT")
    if request.type != TYPE or not accept or request.route.interaction not in _READS:
        return False
    if request.environ.get("QUERY_STRING") and request.value("_format"):
        return False
    own = fhir = 0.0
    for value, quality in negotiate.wishes(accept):
        if _OF_FHIR.fullmatch(value):
            fhir = max(fhir, quality)
        elif value not in _WILD:
            own = max(own, quality)
    return own > 0 and own >= fhir


def answer(request: Request, version: Version) -> Response:
    """The bytes, shown in a browser only where nothing in them can act, otherwise to be saved.

    Raises:
        NotAcceptable: the client takes other types only. Gone: the key was destroyed. NotFound: no data.
    """
    stored = _decode(version.content)
    if stored.data is None:
        raise _absent(version, bytes(stored.beside))
    media = stored.content_type or sniffing.UNKNOWN
    if not _MEDIA_TYPE.fullmatch(media):
        media = sniffing.UNKNOWN
    type = sniffing.essence(media)
    if not _taken(request.environ["HTTP_ACCEPT"], media.partition(";")[0].lower(), type):
        raise NotAcceptable(f"The document is {type}, which the Accept header leaves out")
    content = b64decode(stored.data)
    headers = [*version_headers(version), ("Content-Security-Policy", _CLOSED)]
    headers.append(_disposition(version.id, type, content))
    return Response(200, content, headers, plain=media)


def _absent(version: Version, beside: bytes) -> Gone | NotFound:
    if b'"masked"' in beside:
        return Gone(f"The document of {TYPE}/{version.id} was erased: its key is destroyed.")
    return NotFound(f"{TYPE}/{version.id} has no data.")


def _taken(accept: str, *types: str) -> bool:
    wishes = {value for value, quality in negotiate.wishes(accept) if quality > 0}
    return any(
        not wishes.isdisjoint({type, f"{type.partition('/')[0]}/*", "*/*"}) for type in types
    )


def _disposition(id: str, type: str, content: bytes) -> Header:
    how = "inline" if is_harmless(type, content) else "attachment"
    name = f"{id}.{_ENDINGS.get(type, 'bin')}"
    return ("Content-Disposition", f'{how}; filename="{name}"')


def is_harmless(type: str, content: bytes) -> bool:
    """Whether a browser may show it: a picture or a PDF by its own bytes too, the PDF without actions."""
    if type not in _SHOWN or sniffing.sniff(content) != type:
        return False
    return type != sniffing.PDF or (len(content) <= _LOOKED_INTO and not pdf.active(content))


def sent(request: Request) -> Resource:
    """The resource that was sent; to Binary, a body of another type than FHIR's is the document itself."""
    declared = request.environ.get("CONTENT_TYPE", "")
    if request.type != TYPE or not declared or negotiate.is_fhir(declared):
        return request.resource()
    media = declared.strip()
    if not _MEDIA_TYPE.fullmatch(media):
        media = media.partition(";")[0].strip()
    if not _MEDIA_TYPE.fullmatch(media):
        raise Invalid("Content-Type is no media type such as application/pdf")
    content = request.body()
    if not content:
        raise Invalid("The request has no body")
    if len(content) > MOST:
        raise TooLarge(f"A document may have {MOST:,} bytes, this one has {len(content):,}")
    return r4.Binary(
        id=request.id or None,
        contentType=media,
        securityContext=_context(request),
        data=b64encode(content).decode(),
    )


def _context(request: Request) -> r4.Reference | None:
    """Whose document it is, by the header that FHIR has for it."""
    text = request.header("X_SECURITY_CONTEXT")
    if text is None:
        return None
    if reference.parse(text.strip(), request.base).kind != "relative":
        raise Invalid("X-Security-Context must be a reference to a resource here, as Patient/1")
    return r4.Reference(reference=text.strip())
