"""Gives the records of an input their logical ids and rewrites the references between them.

A load keeps ids, so that loading the same input again changes nothing: `urn:uuid:X` becomes the
id X, and every link to it `Type/X`. https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec

from osler.exchange.bulk.items import Broken, Item
from osler.exchange.bulk.uuids import Uuids
from osler.kit.errors import MultipleMatches, NotFound, OslerError

Lookup = Callable[[str, str], str | None]
"""The id of the one resource of a type that satisfies a query, or None; raises MultipleMatches."""

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
# Whole JSON strings under names that may hold a link; within another string quotes are escaped.
_LINK = re.compile(rb'"(reference|url|uri|valueUri|valueUrl)"(\s*:\s*)"([^"\\]+)"')
_NARRATIVE = re.compile(rb"((?:href|src)\s*=\s*\\?[\"'])(urn:[^\"'\\]+)")
_CONDITION = re.compile(r"([A-Z][A-Za-z]+)\?(.+)\Z", re.DOTALL)
_WANTED = re.compile(rb'"reference"\s*:\s*"([A-Z][A-Za-z]+\?[^"\\]+)"')
_NAMESPACE = uuid.UUID("6f1b5f39-5b0c-5c8e-9d55-0f3c1a7e4b21")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who answers a condition: `Type/id`, and which place of an input brings it (None: stored)."""

    target: str
    owner: tuple[int, int] | None = None


class Links:
    """What the full URLs and conditions of one input stand for. A load's inputs share `claims`."""

    def __init__(self, source: int, lookup: Lookup, claims: dict[str, Claim]) -> None:
        self._source = source
        self._lookup = lookup
        self._claims = claims  # Type?condition -> its answer
        self._short = Uuids()  # uuid -> type, where that is the id: most, so kept small
        self._long: dict[str, str] = {}  # any other full URL -> Type/id
        self._wanted: dict[str, set[str]] = {}  # type -> the conditions in references to it
        self.dangling = 0  # links by urn that nothing in the input answers

    @property
    def conditional(self) -> bool:
        """Whether any record of this input refers to another by condition."""
        return bool(self._wanted)

    def note(self, item: Item) -> None:
        """First pass: remembers what an entry is called and what its references ask for."""
        if item.full_url:
            with suppress(MultipleMatches):  # settle() will report it, with the record
                self._remember(item.full_url, item.type, self.identify(item))
        for match in _WANTED.finditer(item.content):
            kind, _, query = match[1].decode().partition("?")
            self._wanted.setdefault(kind, set()).add(query)

    def answer(self, item: Item) -> None:
        """Second pass, only where `conditional`: does this record's identifier satisfy one?"""
        if queries := self._wanted.get(item.type):
            own = _identifiers(item.content)
            for query in queries:
                if _identifier(query) & own:
                    claim = Claim(f"{item.type}/{self.identify(item)}", (self._source, item.place))
                    self._claims.setdefault(f"{item.type}?{query}", claim)

    def unanswered(self) -> list[str]:
        """The conditions in references that neither this input nor the record answers yet."""
        wanted = [f"{kind}?{query}" for kind, queries in self._wanted.items() for query in queries]
        return [condition for condition in wanted if self._resolve(condition) is None]

    def identify(self, item: Item) -> str:
        """The logical id an item will have, or that of the one a conditional create finds."""
        if item.if_none_exist:
            return self._claim(item).target.partition("/")[2]
        return _own_id(item)

    def settle(self, item: Item) -> Item | Broken | None:
        """The item with its id and rewritten links; None if a conditional create finds a match."""
        try:
            if item.if_none_exist and self._claim(item).owner != (self._source, item.place):
                return None
            return Item(
                item.place,
                self._linked(item.content),
                item.type,
                self.identify(item),
                source=self._source,
            )
        except OslerError as error:
            return Broken(item.place, str(error), item.content, item.type, self._source)

    def _linked(self, content: bytes) -> bytes:
        """The content with its links rewritten; most lines of NDJSON have none to rewrite."""
        has_urn = b"urn:" in content
        if not (has_urn or self._long or b"?" in content):
            return content
        content = _LINK.sub(self._link, content)
        return _NARRATIVE.sub(self._narrative, content) if has_urn else content

    def _claim(self, item: Item) -> Claim:
        condition = f"{item.type}?{item.if_none_exist}"
        if condition not in self._claims and self._resolve(condition) is None:
            mine = f"{item.type}/{_own_id(item)}"
            self._claims[condition] = Claim(mine, (self._source, item.place))
        return self._claims[condition]

    def _remember(self, full_url: str, kind: str, key: str) -> None:
        tail = full_url.removeprefix("urn:uuid:")
        if tail == key and _UUID.match(tail):
            self._short.add(tail, kind)
        else:
            self._long[full_url] = f"{kind}/{key}"

    def _target(self, link: str) -> str | None:
        if found := self._long.get(link):
            return found
        tail = link.removeprefix("urn:uuid:")
        if tail != link and _UUID.match(tail):
            kind = self._short.kind(tail)
            return f"{kind}/{tail}" if kind else None
        return None

    def _link(self, match: re.Match[bytes]) -> bytes:
        link = match[3].decode()
        if target := self._target(link):
            return b'"%s"%s"%s"' % (match[1], match[2], target.encode())
        if match[1] != b"reference":
            return match[0]
        if link.startswith("urn:"):
            self.dangling += 1
        elif condition := _CONDITION.match(link):
            resolved = self._resolve(link)
            if resolved is None:
                raise NotFound(f"No {condition[1]} satisfies the reference {link!r}")
            return b'"reference":"%s"' % resolved.encode()
        return match[0]

    def _narrative(self, match: re.Match[bytes]) -> bytes:
        target = self._target(match[2].decode())
        return match[1] + target.encode() if target else match[0]

    def _resolve(self, condition: str) -> str | None:
        """What answers a condition, asking the record where nothing before did."""
        if claim := self._claims.get(condition):
            return claim.target
        kind, _, query = condition.partition("?")
        found = self._lookup(kind, query)
        if found is None:
            return None
        self._claims[condition] = Claim(f"{kind}/{found}")
        return f"{kind}/{found}"


def _identifiers(content: bytes) -> set[tuple[str | None, str]]:
    """The identifiers of a resource as (system, value) and, besides, (None, value)."""
    try:
        found = msgspec.json.decode(content, type=_Identified).identifier
    except (msgspec.DecodeError, UnicodeDecodeError):
        return set()
    listed = found if isinstance(found, list) else [found]
    pairs = [(i.system or "", i.value) for i in listed if i is not None and i.value]
    return {*pairs, *((None, value) for _, value in pairs)}


def _identifier(query: str) -> set[tuple[str | None, str]]:
    """What a condition of the one form that inputs use (`identifier=system|value`) asks for."""
    pairs = parse_qsl(query)
    if len(pairs) != 1 or pairs[0][0] != "identifier":
        return set()
    system, bar, value = pairs[0][1].rpartition("|")
    return {(system if bar else None, value)}


def _own_id(item: Item) -> str:
    """From the full URL of a POST, else its own, else made from its content: same in, same id."""
    if (item.method or "").upper() == "POST" and (item.full_url or "").startswith("urn:"):
        tail = (item.full_url or "").rpartition(":")[2]
        if _ID.match(tail):
            return tail
    if item.id:
        return item.id
    digest = hashlib.sha256(msgspec.json.format(item.content, indent=-1)).hexdigest()
    return str(uuid.uuid5(_NAMESPACE, digest))


class _Identifier(msgspec.Struct, gc=False):
    system: str | None = None
    value: str | None = None


class _Identified(msgspec.Struct, gc=False):
    identifier: list[_Identifier | None] | _Identifier | None = None
