"""Uploads: what is taken, what is made anew, and what tries to be two things at once."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from osler.kit import pdf, sniffing
from osler.kit.errors import Invalid, TooLarge
from osler.kit.sniffing import contradiction, sniff
from osler.kit.uploads import MOST_PIXELS, Refused, Upload, accept

MOST = 5_000_000
SCRIPT = b"<html><script>alert(1)</script></html>"


def image(format: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 1 if mode in {"P", "1"} else "red").save(out, format, **more)
    return out.getvalue()


def taken(content: bytes, declared: str) -> Upload:
    return accept(content, declared, most=MOST)


def plain_pdf(extra: bytes = b"", tail: bytes = b"%%EOF\n") -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + extra + b">>\nendobj\ntrailer << >>\n" + tail


def packed(objects: bytes, filter: bytes = b"/FlateDecode") -> bytes:
    """A PDF whose objects lie in a compressed stream."""
    body = zlib.compress(objects)
    head = b"2 0 obj\n<< /Type /ObjStm /Filter %b /Length %d >>\nstream\n" % (filter, len(body))
    return plain_pdf(tail=head + body + b"\nendstream\nendobj\n%%EOF\n")


CDA = b'<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3"><title>x</title></ClinicalDocument>'
DICOM = b"\0" * 128 + b"DICM" + b"\x02\0\0\0UL\4\0"


@pytest.mark.parametrize(
    ("content", "declared", "stored"),
    [
        (image("PNG"), "image/png", "image/png"),
        (image("JPEG"), "image/jpg; x=y", "image/jpeg"),
        (image("GIF", mode="P"), "image/gif", "image/png"),
        (image("WEBP"), "image/webp", "image/png"),
        (image("TIFF"), "image/tiff", "image/tiff"),
    ],
)
def test_images_are_made_anew(content: bytes, declared: str, stored: str) -> None:
    made = taken(content, declared)
    assert made.media_type == stored == sniff(made.content)
    assert made.changed
    assert Image.open(io.BytesIO(made.content)).size == (40, 20)


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (plain_pdf(), "application/pdf"),
        (DICOM, "application/dicom"),
        (CDA, "text/xml"),
        ("Größe 171 cm\n".encode(), "text/plain; charset=utf-8"),
        (b"a,b\n1,2\n", "text/csv"),
    ],
)
def test_clinical_originals_are_kept_to_the_bit(content: bytes, declared: str) -> None:
    made = taken(content, declared)
    assert made.content == content
    assert (made.changed, made.size) == (False, len(content))
    assert len(made.sha256) == 64


def test_metadata_and_orientation() -> None:
    picture = Image.new("RGB", (40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "taken at home"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"secret place")
    made = taken(out.getvalue(), "image/jpeg")
    again = Image.open(io.BytesIO(made.content))
    assert again.size == (20, 40)
    assert not again.getexif()
    assert b"home" not in made.content and b"secret" not in made.content


def test_all_pages_of_a_fax_are_kept() -> None:
    pages = [Image.new("1", (30, 30), n % 2) for n in range(3)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    made = Image.open(io.BytesIO(taken(out.getvalue(), "image/tiff").content))
    assert getattr(made, "n_frames", 1) == 3


@pytest.mark.parametrize("declared", ["image/gif", "image/png", "image/jpeg"])
def test_a_picture_that_is_a_page_too_is_only_a_picture_afterwards(declared: str) -> None:
    format = declared[6:].upper()
    both = image(format, mode="P" if format == "GIF" else "RGB") + SCRIPT
    made = taken(both, declared)
    assert b"script" not in made.content
    assert sniff(made.content).startswith("image/")


@pytest.mark.parametrize(
    ("content", "declared", "said"),
    [
        (SCRIPT, "text/html", "can run programs"),
        (b"<svg xmlns='x' onload='alert(1)'/>", "image/svg+xml", "can run programs"),
        (SCRIPT, "image/gif", "its content is text/html"),
        (SCRIPT, "text/plain", "its content is text/html"),
        (b"\xef\xbb\xbf <!-- x --> <script>", "text/plain", "text/html"),
        (b"<?xml version='1.0'?><svg xmlns='x'/>", "text/xml", "image/svg"),
        (b"<?xml version='1.0'?><html xmlns='x'/>", "text/xml", "text/html"),
        (b"<?xml version='1.0'?><note/>", "text/xml", "C-CDA"),
        (b"MZ\x90\0\3\0\0\0", "application/pdf", "executable"),
        (b"PK\3\4....", "application/zip", "not taken"),
        (b"PK\3\4\0\0\0\0", "text/csv", "its content is application/zip"),
        (image("PNG"), "image/jpeg", "its content is image/png"),
        (image("PNG")[:60], "image/png", "damaged"),
        (b"GIF89a" + SCRIPT, "image/gif", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + SCRIPT, "image/png", "damaged"),
        (b"a\0b", "text/plain", "text/plain, but its content is"),
        (b"x" * 9000 + b"\0", "text/plain", "control characters"),
        (b"MZ" + b"\0" * 126 + b"DICM" + b"\0" * 9, "application/dicom", "a program too"),
        (CDA.replace(b"?>", b"?><!DOCTYPE a [<!ENTITY b 'c'>]>"), "text/xml", "DOCTYPE"),
        (b"hello", "", "not taken"),
        (b"hello", "video/mp4", "not taken"),
    ],
)
def test_what_is_refused_says_why(content: bytes, declared: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        taken(content, declared)


def test_sizes() -> None:
    with pytest.raises(TooLarge, match="at most 3"):
        accept(b"four", "text/plain", most=3)
    with pytest.raises(Invalid, match="empty"):
        accept(b"", "text/plain", most=3)


def test_animations_are_refused() -> None:
    frames = [Image.new("RGB", (9, 9), name) for name in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(Refused, match="Animated"):
        taken(out.getvalue(), "image/gif")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        sum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum)

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
    with pytest.raises(Refused, match=r"too large|pixels"):
        taken(bomb, "image/png")
    side = int(MOST_PIXELS**0.5) + 1
    with pytest.raises(Refused, match="pixels"):
        taken(image("PNG", (side, side), "1"), "image/png")


def test_a_fax_of_many_large_pages_is_refused() -> None:
    pages = [Image.new("1", (6300, 6300)) for _ in range(5)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    with pytest.raises(Refused, match="pixels"):
        taken(out.getvalue(), "image/tiff")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (plain_pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >> "), "JavaScript"),
        (plain_pdf(b"/OpenAction << /S /J#61vaScript >> "), "JavaScript"),
        (plain_pdf(b"/AA << /O << /S /Launch /F (cmd.exe) >> >> "), "starts a program"),
        (plain_pdf(b"/Names << /EmbeddedFiles 3 0 R >> "), "a file inside"),
        (plain_pdf(b"/AcroForm << /XFA 4 0 R >> "), "XFA"),
        (packed(b"5 0 << /S /JavaScript /JS (x) >>"), "JavaScript"),
        (packed(b"5 0 << >>", b"[/ASCIIHexDecode /FlateDecode]"), "cannot be looked into"),
        (packed(b"5 0 << >>")[:-6] + b"/Encrypt 9 0 R\n%%EOF\n", "cannot be looked into"),
        (plain_pdf(tail=b"%%EOF\n" + b"PK\3\4" + b"\0" * 2000), "hangs on behind"),
        (plain_pdf(tail=b""), "incomplete"),
    ],
)
def test_a_pdf_that_acts_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        taken(content, "application/pdf")


def test_a_pdf_bomb_is_not_unpacked() -> None:
    assert pdf.active(packed(b"\0" * 70_000_000)) == {"objects that cannot be looked into"}


def test_packed_objects_and_pages_that_only_speak_of_scripts_are_fine() -> None:
    assert not taken(packed(b"5 0 << /Type /Page >>"), "application/pdf").changed
    words = b"7 0 obj << >>\nstream\nBT (/JS and /XFA) Tj ET\nendstream endobj\n%%EOF\n"
    assert not taken(plain_pdf(tail=words), "application/pdf").changed


@pytest.mark.parametrize(
    ("content", "declared", "found"),
    [
        (image("PNG"), "image/png", None),
        (image("PNG"), "image/jpeg", "image/png"),
        (b"hello", "application/pdf", "text/plain"),
        (b"%PDF-1.4 ...", "text/plain", "application/pdf"),
        (b"%PDF-1.4 ...", "application/octet-stream", None),
        (SCRIPT, "text/html", None),
        (SCRIPT, "text/plain", "text/html"),
        ("Grüße".encode("latin-1"), "text/plain; charset=iso-8859-1", None),
        (b"<?xml version='1.0'?><a/>", "application/hl7-v3+xml", None),
        (
            b"PK\3\4",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            None,
        ),
        (b"PK\3\4", "application/xml", "application/zip"),
        (DICOM, "application/dicom", None),
        (b"{}", "application/json", None),
        (b"BMI 22", "text/plain", None),
        (b"MZ is a text", "text/plain", None),
    ],
)
def test_lies_are_found_and_what_has_no_signature_is_believed(
    content: bytes, declared: str, found: str | None
) -> None:
    assert contradiction(content, declared) == found


def test_a_text_cut_inside_a_letter_is_a_text() -> None:
    assert sniff(b"x" * (sniffing.HEAD - 1) + "ä".encode()) == "text/plain"
