"""A strict safety check of narrative with a real XML parser; https://hl7.org/fhir/R4/narrative.html"""

from __future__ import annotations

import re
from html.entities import name2codepoint
from typing import Final
from xml.parsers import expat

from osler.fhir.model import words
from osler.kit.errors import Issue

XHTML: Final = "http://www.w3.org/1999/xhtml"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
SIZE_LIMIT: Final = 2_000_000

ELEMENTS: Final = words(
    "a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn div "
    "dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub "
    "sup table tbody td tfoot th thead tr tt u ul var"
)
ATTRIBUTES: Final = words(
    "abbr align alt axis bgcolor border cellpadding cellspacing char charoff charset cite class clear "
    "color colspan compact coords dir face frame headers height href hreflang hspace id lang longdesc "
    "name noshade nowrap rel rev rowspan rules scope shape size span src start style summary tabindex "
    "title type valign value vspace width"
)
_LINKS: Final = frozenset({"href", "src", "cite", "longdesc"})
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES: Final = frozenset({"http", "https", "ftp", "mailto", "tel", "urn"})
_IMAGE: Final = re.compile(r"data:image/(?:png|gif|jpeg);base64,[A-Za-z0-9+/=]+\Z")
_STYLE: Final = re.compile(
    r"\\|/\*|@|url\s*\(|expression\s*\(|javascript|behaviou?r|binding|(?<!-)position\s*:",
    re.IGNORECASE,
)
_OWN_PICTURE: Final = re.compile(
    r"url\((?:data:\s*image/(?:png|gif|jpeg);base64,[A-Za-z0-9+/=]*|(?!//)[\w./-]+)\)", re.ASCII
)
"""A picture in a style that comes with the narrative or lies beside it, so that showing it tells no one."""


def check(xhtml: str, path: str = "text.div") -> list[Issue]:
    """What makes `xhtml` unsafe or no FHIR narrative; empty when nothing does."""
    if len(xhtml) > SIZE_LIMIT:
        text = f"{path}: found {len(xhtml)} characters, expected at most {SIZE_LIMIT}"
        return [Issue("too-long", text, path)]
    checker = _Checker()
    try:
        checker.run(xhtml)
    except (expat.ExpatError, UnicodeEncodeError) as fault:
        checker.faults.append(f"not well-formed xhtml: {fault}")
    return [Issue("invariant", f"{path}: {text}", path) for text in dict.fromkeys(checker.faults)]


class _Checker:
    """Listens to expat. A DOCTYPE is refused where it starts, so there are no entities to expand."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._depth = 0
        self._content = False

    def run(self, xhtml: str) -> None:
        parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.UseForeignDTD(True)  # then &nbsp; is reported as skipped and not an error
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.SkippedEntityHandler = self._entity
        parser.Parse(xhtml.encode(), True)
        if not self._content:
            self.faults.append("found no text and no image, expected some")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        namespace, _, local = name.rpartition(" ")
        if namespace != XHTML:
            self.faults.append(f"found <{local}> outside the namespace {XHTML}")
        elif self._depth == 1 and local != "div":
            self.faults.append(f"found <{local}>, expected <div>")
        elif local not in ELEMENTS:
            self.faults.append(f"found <{local}>, which a narrative may not hold")
        self._content = self._content or local == "img"
        for key, value in attributes.items():
            self._attribute(local, key, value)

    def _attribute(self, element: str, key: str, value: str) -> None:
        namespace, _, local = key.rpartition(" ")
        if namespace == _XML and local in ("lang", "space", "id"):
            return
        if namespace or local not in ATTRIBUTES:
            self.faults.append(
                f"found attribute {local} on <{element}>, which a narrative may not hold"
            )
        elif local == "style" and _STYLE.search(_OWN_PICTURE.sub("", value)):
            self.faults.append("found a style that may load or run something")
        elif local in _LINKS and not _is_safe_link(element, value):
            self.faults.append(f"found an unsafe link in {local} of <{element}>")

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _text(self, text: str) -> None:
        self._content = self._content or not text.isspace()

    def _doctype(self, *_declared: object) -> None:
        raise expat.ExpatError("found a DOCTYPE, which a narrative may not hold")

    def _instruction(self, target: str, _data: str) -> None:
        self.faults.append(f"found the processing instruction {target}")

    def _entity(self, name: str, _is_parameter: bool) -> None:
        self._content = True
        if name not in name2codepoint:
            self.faults.append(f"found the unknown entity &{name};")


def _is_safe_link(element: str, value: str) -> bool:
    """Browsers drop control characters and spaces in a scheme, so they are dropped here first."""
    link = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\ufeff]", "", value)
    scheme = _SCHEME.match(link)
    if scheme is None:
        return True
    if scheme[1].lower() == "data":
        return element == "img" and _IMAGE.match(link) is not None
    return scheme[1].lower() in _SCHEMES
