"""Files that people hand in: checked, and images made anew, before they become documents.

What comes through the API is kept to the bit instead; see docs/adr/0009-documents-at-rest.md.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from osler.kit import pdf
from osler.kit.errors import Invalid, TooLarge, Unprocessable
from osler.kit.sniffing import (
    CSV,
    DICOM,
    GIF,
    HEAD,
    HTML,
    JPEG,
    PDF,
    PNG,
    SVG,
    TEXT,
    TIFF,
    WEBP,
    XML,
    essence,
    is_text,
    sniff,
)

MOST_PIXELS = 40_000_000
"""Of one image: a camera has less, a bomb has more."""
_MOST_PAGES = 200
_MOST_PIXELS_OF_PAGES = 4 * MOST_PIXELS
_QUALITY = 92
_FORMATS = {PNG: "PNG", JPEG: "JPEG", GIF: "GIF", WEBP: "WEBP", TIFF: "TIFF"}
_NAMES = "PDF, PNG, JPEG, GIF, WebP, TIFF, plain text, CSV, C-CDA (XML) and DICOM"
_CLINICAL_DOCUMENT = re.compile(rb"<(?:[\w.-]+:)?ClinicalDocument[\s>]")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PREAMBLES = (b"\0" * 128, b"II*\0", b"MM\0*")


class Refused(Unprocessable):
    """A file that is not taken; the message says why and what to do instead."""

    code = "value"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it may be stored. `changed`: it was made anew, so that these are not the bytes handed in."""

    content: bytes
    media_type: str
    sha256: str
    changed: bool

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)


def accept(content: bytes, declared: str, *, most: int) -> Upload:
    """The file as it may be stored.

    `declared` is the media type that came with it, `most` the largest size in bytes.

    Raises:
        TooLarge: over `most`. Invalid: empty. Refused: of a kind that is not taken, not what it says
        it is, damaged, or with active content.
    """
    if len(content) > most:
        raise TooLarge(f"The file has {len(content):,} bytes; at most {most:,} are taken.")
    if not content:
        raise Invalid("The file is empty.")
    type = essence(declared)
    made = _maker(type)
    found = sniff(content)
    if found != type and not (type == CSV and found == TEXT):
        raise Refused(f"The file says it is {type[:80]}, but its content is {found}.")
    stored, type = made(content)
    changed = stored is not content
    return Upload(stored, type, hashlib.sha256(stored).hexdigest(), changed)


def square(content: bytes, side: int) -> bytes:
    """The middle of a picture as a JPEG of `side` pixels. Raises Refused for what is none, or too large."""
    with _opened(content, sniff(content)) as image:
        _affordable(image, MOST_PIXELS)
        try:
            plain = image.convert("RGB")
        except (OSError, ValueError, SyntaxError) as error:
            raise Refused("The image is damaged or incomplete.") from error
        return _written(ImageOps.fit(plain, (side, side)), "JPEG", quality=_QUALITY, optimize=True)


Made = tuple[bytes, str]


def _maker(type: str) -> Callable[[bytes], Made]:
    match type:
        case _ if type in _FORMATS and type != TIFF:
            return lambda content: _image(content, type)
        case _ if type == TIFF:
            return _pages
        case _ if type == PDF:
            return _pdf
        case _ if type == XML:
            return _clinical_document
        case _ if type == DICOM:
            return _dicom
        case _ if type in {TEXT, CSV}:
            return lambda content: _text(content, type)
        case _ if type in {HTML, SVG}:
            raise Refused(f"{type} can run programs when it is opened; send a PDF or PNG of it.")
        case _:
            raise Refused(
                f"Files of type {type[:80] or 'unknown'} are not taken; taken are {_NAMES}."
            )


def _image(content: bytes, type: str) -> Made:
    """The same picture written anew: upright, without metadata, without whatever else the file was."""
    with _opened(content, type) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise Refused("Animated images are not taken; send a single picture.")
        _affordable(image, MOST_PIXELS)
        try:
            upright = ImageOps.exif_transpose(image)
            upright.load()
        except (OSError, ValueError, SyntaxError) as error:
            raise Refused("The image is damaged or incomplete.") from error
        if type == JPEG:
            plain = upright if upright.mode in {"L", "RGB"} else upright.convert("RGB")
            return _written(plain, "JPEG", quality=_QUALITY, optimize=True), JPEG
        # A GIF has few colours and no loss: PNG keeps both, and is no door to old decoders.
        kept = upright if upright.mode in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"} else None
        return _written(kept or upright.convert("RGBA"), "PNG", optimize=False), PNG


def as_pdf(content: bytes) -> bytes:
    """A TIFF, which browsers do not show, as a PDF of its pages. Raises Refused for one damaged or too large."""
    first, *rest = _each_of(content)
    return _written(first, "PDF", save_all=True, append_images=rest)


def _pages(content: bytes) -> Made:
    """A TIFF, such as a fax, page for page."""
    first, *rest = _each_of(content)
    return _written(first, "TIFF", save_all=True, append_images=rest, compression="tiff_lzw"), TIFF


def _each_of(content: bytes) -> list[Image.Image]:
    with _opened(content, TIFF) as image:
        count = getattr(image, "n_frames", 1)
        if count > _MOST_PAGES:
            raise Refused(f"The file has {count} pages; at most {_MOST_PAGES} are taken.")
        try:
            return list(_each_page(image))
        except Image.DecompressionBombError as error:
            raise Refused("The image is too large to be opened safely.") from error
        except (OSError, ValueError, SyntaxError) as error:
            raise Refused("The image is damaged or incomplete.") from error


def _each_page(image: Image.Image) -> Iterator[Image.Image]:
    left = _MOST_PIXELS_OF_PAGES
    for page in ImageSequence.Iterator(image):
        _affordable(page, min(left, MOST_PIXELS))
        left -= page.width * page.height
        plain = page.copy() if page.mode in {"1", "L", "RGB"} else page.convert("RGB")
        yield _bare(plain)


def _opened(content: bytes, type: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=[_FORMATS[type]])
    except KeyError as error:
        raise Refused("The file is no picture.") from error
    except Image.DecompressionBombError as error:
        raise Refused("The image is too large to be opened safely.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Refused("The image is damaged or incomplete.") from error


def _affordable(image: Image.Image, most: int) -> None:
    """Only the header has been read so far; the pixels are not unpacked before their number is known."""
    if image.width * image.height > most:
        raise Refused(
            f"The image has {image.width:,} x {image.height:,} pixels; at most {MOST_PIXELS:,} are taken."
        )


def _bare(image: Image.Image) -> Image.Image:
    """The pixels without comments, profiles and other metadata."""
    palette = image.info.get("transparency")
    image.info.clear()
    if palette is not None:
        image.info["transparency"] = palette
    return image


def _written(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    _bare(image).save(out, format, **options)
    return out.getvalue()


def _pdf(content: bytes) -> Made:
    if not pdf.is_whole(content):
        raise Refused("The PDF is incomplete, or something else hangs on behind its end.")
    active = pdf.active(content)
    if active:
        raise Refused(
            f"The PDF has active content ({', '.join(sorted(active))}). Print it to a new PDF and send that."
        )
    return content, PDF


def _clinical_document(content: bytes) -> Made:
    if not is_text(content):
        raise Refused("The XML is not UTF-8.")
    if _DECLARATION.search(content):
        raise Refused("The XML declares a DOCTYPE or entities, which a C-CDA document never does.")
    if not _CLINICAL_DOCUMENT.search(content[: 4 * HEAD]):
        raise Refused("Of XML, only C-CDA documents (ClinicalDocument) are taken.")
    return content, XML


def _dicom(content: bytes) -> Made:
    """Kept to the bit, for it is a clinical original; its first 128 bytes may hide no program."""
    if not content.startswith(_PREAMBLES):
        raise Refused("The DICOM file begins with something else, as if it were a program too.")
    return content, DICOM


def _text(content: bytes, type: str) -> Made:
    if not is_text(content):
        raise Refused("The text is not UTF-8, or has control characters in it.")
    return content, type
