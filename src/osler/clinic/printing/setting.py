"""Documents set as PDF by Typst, whose source is ours alone: what people wrote goes in as data."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from datetime import UTC
from functools import cache
from importlib import resources

import typst

from osler.clinic.printing.document import Document, Part, Picture
from osler.clinic.printing.fonts import folder
from osler.kit import clock
from osler.kit.errors import Invalid


def pdf(document: Document) -> bytes:
    """The document as a tagged PDF. Raises Invalid where it cannot be set: a picture that is none."""
    data = asdict(document) | {"parts": [_part(one) for one in document.parts]}
    fonts = folder()
    try:
        made = typst.compile(  # type: ignore[misc]  # its overloads leave bytes without a type
            _source(),
            sys_inputs={"data": json.dumps(data)},
            font_paths=[str(fonts)] if fonts else [],
            timestamp=int(clock.now().astimezone(UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise Invalid(f"The document {document.title!r} cannot be set: {error}") from error
    assert isinstance(made, bytes), "one PDF is asked for"
    return made


@cache
def _source() -> bytes:
    return (resources.files(__package__) / "document.typ").read_bytes()


def _part(one: Part) -> dict[str, object]:
    values = asdict(one)
    if isinstance(one, Picture):
        values["content"] = base64.b64encode(one.content).decode()
    return {"kind": one.kind} | values
