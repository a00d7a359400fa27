"""References between resources: relative, absolute, urn, contained, logical; https://hl7.org/fhir/R4/references.html"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from osler.fhir import r4, walk
from osler.fhir.base import Base

Kind = Literal["relative", "absolute", "urn", "contained", "logical", "other"]

_REST: Final = re.compile(
    r"(?:(?P<base>[a-z][a-z0-9+.-]*://[^?#]*?)/)?"
    r"(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})"
    r"(?:/_history/(?P<version>[A-Za-z0-9.-]{1,64}))?(?:#(?P<fragment>.*))?\Z",
    re.IGNORECASE | re.ASCII,
)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_URN: Final = re.compile(r"urn:[a-z0-9][a-z0-9-]*:\S+\Z", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """What the text of a reference says.

    `relative`: `type` and `id` on this server (an absolute url below the base url counts as one).
    `absolute`: the same on another server, whose base is `base`. `urn`: urn:uuid or urn:oid. `contained`: `id` in the
    same resource, empty for the resource itself. `logical`: no text, an identifier only. `other`: any other text.
    """

    kind: Kind
    text: str
    type: str | None = None
    id: str | None = None
    version: str | None = None
    base: str | None = None

    @property
    def local(self) -> str | None:
        """`Patient/1` where it points to this server, else None."""
        return f"{self.type}/{self.id}" if self.kind == "relative" else None


def parse(text: str, base_url: str | None = None) -> Reference:
    """Read the text of `Reference.reference`. `base_url` is that of this server."""
    if text.startswith("#"):
        return Reference("contained", text, id=text[1:])
    if text[:4].lower() == "urn:" and _URN.match(text):
        return Reference("urn", text)
    found = _REST.match(text)
    if found is None or found["type"] not in r4.RESOURCES:
        return Reference("other", text)
    base = found["base"]
    here = base is None or (base_url is not None and _same(base, base_url))
    return Reference(
        "relative" if here else "absolute",
        text,
        type=found["type"],
        id=found["id"],
        version=found["version"],
        base=None if here else base,
    )


def _same(base: str, base_url: str) -> bool:
    """Http and https are one server, as are the names of loopback; scheme and host ignore case."""
    return _normal(base) == _normal(base_url)


def _normal(url: str) -> tuple[str, str]:
    host, _, path = url.partition("://")[2].partition("/")
    name, colon, port = host.lower().rpartition(":")
    if not (colon and port.isdigit()):
        name, colon, port = host.lower(), "", ""
    name = "localhost" if name in _LOOPBACK else name
    return f"{name}{colon}{port}", path.rstrip("/")


def of(element: r4.Reference, base_url: str | None = None) -> Reference:
    """What a Reference element says: its text, or its identifier."""
    if element.reference is not None:
        return parse(element.reference, base_url)
    return Reference("logical", "", type=element.type)


def references(resource: Base) -> Iterator[tuple[str, r4.Reference]]:
    """Every Reference element with its path; those in contained resources too."""
    for node in walk.walk(walk.root(resource)):
        if isinstance(node.element, r4.Reference):
            yield node.path, node.element
