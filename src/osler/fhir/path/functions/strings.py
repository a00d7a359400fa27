"""Strings; https://hl7.org/fhirpath/N1/#string-manipulation"""

# ruff: noqa: ARG001 - every function of the language takes the context, whether it needs it or not

from __future__ import annotations

import base64
import binascii
import html
import json
from collections.abc import Callable

from osler.fhir.path import patterns
from osler.fhir.path.functions.registry import function
from osler.fhir.path.operators import LONGEST_TEXT, limited
from osler.fhir.path.values import Context, Items, text, whole, wrong


def _on_text(name: str, run: Callable[[str], Items]) -> None:
    """Declare a function of one string; empty for empty."""

    @function(name)
    def apply(context: Context, items: Items) -> Items:
        value = text(items, f"{name}()")
        return [] if value is None else run(value)


def _on_two(name: str, run: Callable[[str, str], Items]) -> None:
    """Declare a function of a string and a string argument; empty when either is."""

    @function(name, 1)
    def apply(context: Context, items: Items, other: Items) -> Items:
        value, given = text(items, f"{name}()"), text(other, f"{name}()")
        if value is None or given is None:
            return []
        context.spend(len(value) >> 6)
        return run(value, given)


_on_text("upper", lambda value: [value.upper()])
_on_text("lower", lambda value: [value.lower()])
_on_text("length", lambda value: [len(value)])
_on_text("toChars", list)
_on_text("trim", lambda value: [value.strip()])
_on_two("indexOf", lambda value, part: [value.find(part)])
_on_two("lastIndexOf", lambda value, part: [value.rfind(part)])
_on_two("startsWith", lambda value, part: [value.startswith(part)])
_on_two("endsWith", lambda value, part: [value.endswith(part)])
_on_two("contains", lambda value, part: [part in value])
_on_two("split", lambda value, by: list(value.split(by)) if by else list(value))
_on_two("matches", lambda value, pattern: [patterns.search(pattern, value)])
_on_two("matchesFull", lambda value, pattern: [patterns.full(pattern, value)])


@function("substring", 1, 2)
def substring(context: Context, items: Items, start: Items, length: Items | None = None) -> Items:
    """From a position (counted from 0) on, or so many characters; empty when it starts outside."""
    value, first = text(items, "substring()"), whole(start, "substring()")
    if value is None or first is None or not 0 <= first < len(value):
        return []
    size = whole(length or [], "substring()")
    return [value[first:] if size is None else value[first : first + max(0, size)]]


@function("replace", 2)
def replace(context: Context, items: Items, pattern: Items, other: Items) -> Items:
    """Every occurrence of a string by another."""
    value, old = text(items, "replace()"), text(pattern, "replace()")
    new = text(other, "replace()")
    if value is None or old is None or new is None:
        return []
    if (len(value) + 1) * len(new) > LONGEST_TEXT and value.count(old) * len(new) > LONGEST_TEXT:
        raise wrong(f"a string grew over {LONGEST_TEXT} characters")
    return limited(value.replace(old, new))


@function("replaceMatches", 2)
def replace_matches(context: Context, items: Items, pattern: Items, other: Items) -> Items:
    """Every match of a regular expression; `$1` and `${name}` stand for its groups."""
    value, regex = text(items, "replaceMatches()"), text(pattern, "replaceMatches()")
    new = text(other, "replaceMatches()")
    if value is None or regex is None or new is None:
        return []
    if not regex:
        return [value]
    if (len(value) + 1) * (len(new) + 1) > LONGEST_TEXT:
        raise wrong("replaceMatches() is asked for too much text")
    return limited(patterns.replace(regex, value, new))


@function("join", 0, 1)
def join(context: Context, items: Items, separator: Items | None = None) -> Items:
    """All strings in one, with a separator between."""
    between = text(separator or [], "join()") or ""
    parts = [part for item in items if (part := text([item], "join()")) is not None]
    if not parts:
        return []
    if len(between) * len(parts) > LONGEST_TEXT:
        raise wrong(f"a string grew over {LONGEST_TEXT} characters")
    return limited(between.join(parts))


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "hex": binascii.hexlify,
    "base64": base64.b64encode,
    "urlbase64": base64.urlsafe_b64encode,
}
_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "hex": binascii.unhexlify,
    "base64": lambda data: base64.b64decode(data, validate=True),
    "urlbase64": base64.urlsafe_b64decode,
}


def _encode(value: str, form: str) -> Items:
    encoder = _ENCODERS.get(form)
    if encoder is None:
        raise wrong(f"encode() knows hex, base64 and urlbase64, not {form!r}")
    return [encoder(value.encode("utf-8", "surrogatepass")).decode("ascii")]


def _decode(value: str, form: str) -> Items:
    decoder = _DECODERS.get(form)
    if decoder is None:
        raise wrong(f"decode() knows hex, base64 and urlbase64, not {form!r}")
    try:
        return [decoder(value.encode("utf-8", "surrogatepass")).decode("utf-8")]
    except ValueError:  # not in that form: there is nothing to decode
        return []


def _escape(value: str, form: str) -> Items:
    if form == "html":
        return [html.escape(value)]
    if form == "json":
        return [json.dumps(value, ensure_ascii=False)[1:-1]]
    raise wrong(f"escape() knows html and json, not {form!r}")


def _unescape(value: str, form: str) -> Items:
    if form == "html":
        return [html.unescape(value)]
    if form != "json":
        raise wrong(f"unescape() knows html and json, not {form!r}")
    try:
        found = json.loads(f'"{value}"')
    except ValueError:  # not the inside of a JSON string
        return []
    return [found] if isinstance(found, str) else []


_on_two("encode", _encode)
_on_two("decode", _decode)
_on_two("escape", _escape)
_on_two("unescape", _unescape)
