"""References of resources being written: rewritten to where they lead, and checked to lead somewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from osler.fhir import r4, reference, walk
from osler.fhir.base import Resource
from osler.fhir.codec import encode
from osler.kit.errors import Invalid, Issue, MultipleMatches, Unprocessable
from osler.record.marks import decode_stored
from osler.record.plan import Work, place

_ADDRESSES = frozenset({"uri", "url", "canonical", "oid", "uuid"})
_ADDRESS = re.compile(rb"(?:urn:|https?://)[^\"\\\\<\\s]+")
_LINK = re.compile(r'((?:href|src)=)"([^"]*)"')
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
Find = Callable[[str, str], Sequence[str]]
"""(type, criteria) -> logical ids that match, at most two."""


def full_urls(works: Sequence[Work]) -> dict[str, str]:
    """What entries of one transaction call each other by (fullUrl), and what they are called here.

    Raises:
        Invalid: two entries have one fullUrl; a reference to it could mean either.
    """
    urls: dict[str, str] = {}
    for work in works:
        if work.op.full_url and work.id is not None:
            here = f"{work.type}/{work.id}"
            if urls.setdefault(work.op.full_url, here) != here:
                raise Invalid(
                    f"Two entries have the fullUrl {work.op.full_url}.",
                    expression=f"{work.at}.fullUrl",
                )
    return urls


def rewrite(
    works: Sequence[Work], urls: Mapping[str, str], find: Find, base_url: str | None
) -> None:
    """Point references by fullUrl, by search criteria or by our own address at the resources meant.

    What is ours is stored as Type/id, so that it still is ours under another address.

    Raises:
        Unprocessable: a urn:uuid that no entry has, or criteria that match nothing.
        MultipleMatches: criteria that match more than one.
    """
    found: dict[str, str] = {}
    for work in works:
        base = _base(work.op.full_url)
        for path, ref in work.references():
            text = ref.reference
            if text is None:
                continue
            if base is not None and f"{base}{text}" in urls:
                ref.reference = urls[f"{base}{text}"]
            elif text in urls:
                ref.reference = urls[text]
            elif is_conditional(text):
                if text not in found:
                    found[text] = _resolve(text, place(work.at, path), find)
                ref.reference = found[text]
            elif text.startswith(("urn:uuid:", "urn:oid:")):
                raise Unprocessable(
                    f"{text} is the fullUrl of no entry here; send the entry along, or a reference as Type/id.",
                    expression=place(work.at, path),
                )
            elif _SCHEME.match(text):
                ref.reference = _ours(text, base_url)
        if work.resource is not None and _mentions(work.resource, urls):
            _rewrite_addresses(work.resource, urls)


def _ours(text: str, base_url: str | None) -> str:
    """An address of ours as Type/id; any other as it is."""
    parsed = reference.parse(text, base_url)
    if parsed.kind != "relative" or "#" in text:
        return text
    version = f"/_history/{parsed.version}" if parsed.version else ""
    return f"{parsed.type}/{parsed.id}{version}"


def _mentions(resource: Resource, urls: Mapping[str, str]) -> bool:
    """Whether a fullUrl stands anywhere in the resource: a quick look at its text."""
    return bool(urls) and any(
        found.decode() in urls for found in _ADDRESS.findall(encode(resource))
    )


def _rewrite_addresses(resource: Resource, urls: Mapping[str, str]) -> None:
    """Replace fullUrls wherever else an address stands: uri, url, canonical, and links of the narrative.

    https://hl7.org/fhir/R4/http.html#trules
    """
    for node in walk.walk(walk.root(resource)):
        for properties in node.element.__fhir_elements__.values():
            for one in properties:
                if one.type in _ADDRESSES and not one.many:
                    text = getattr(node.element, one.attr)
                    if text in urls:
                        setattr(node.element, one.attr, urls[text])
        if isinstance(node.element, r4.Narrative) and node.element.div:
            node.element.div = _LINK.sub(
                lambda link: f'{link[1]}"{urls.get(link[2], link[2])}"', node.element.div
            )


def _base(full_url: str | None) -> str | None:
    """What relative references of an entry are relative to: http://other/fhir/Patient/1 gives http://other/fhir/.

    https://hl7.org/fhir/R4/bundle.html#references
    """
    if full_url is None or not full_url.startswith(("http://", "https://")):
        return None
    parts = full_url.rsplit("/", 2)
    return f"{parts[0]}/" if len(parts) == 3 and parts[1] in r4.RESOURCES else None


def is_conditional(text: str) -> bool:
    """Whether a reference is a search: Practitioner?identifier=…"""
    type_, mark, _ = text.partition("?")
    return bool(mark) and "/" not in type_ and type_.isalpha()


def _resolve(text: str, path: str | None, find: Find) -> str:
    type_, _, criteria = text.partition("?")
    ids = find(type_, criteria)
    if not ids:
        raise Unprocessable(f"No {type_} matches the reference {text}.", expression=path)
    if len(ids) > 1:
        raise MultipleMatches(
            f"More than one {type_} matches the reference {text}.", expression=path
        )
    return f"{type_}/{ids[0]}"


def kept(works: Sequence[Work], base_url: str | None) -> set[tuple[str, str]]:
    """What is referred to only where it was before: its author need not be able to see it to leave it there."""
    found: dict[tuple[str, str], bool] = {}
    for work in works:
        before: set[tuple[str, str]] = set()
        if work.before is not None and not work.before.deleted:
            stored = reference.references(decode_stored(work.before.content))
            before = {(type, id) for _, type, id in _ours_among(stored, base_url)}
        for _, type_, id_ in _local(work, base_url):
            found[type_, id_] = found.get((type_, id_), True) and (type_, id_) in before
    return {target for target, was in found.items() if was}


def _local(work: Work, base_url: str | None) -> Iterator[tuple[str, str, str]]:
    """(path, type, id) of each reference to a resource on this server."""
    return _ours_among(work.references(), base_url)


def _ours_among(
    found: Iterable[tuple[str, r4.Reference]], base_url: str | None
) -> Iterator[tuple[str, str, str]]:
    for path, ref in found:
        if ref.reference is None:
            continue
        parsed = reference.parse(ref.reference, base_url)
        if parsed.kind == "relative" and parsed.type is not None and parsed.id is not None:
            yield path, parsed.type, parsed.id


def _readable(works: Sequence[Work]) -> None:
    issues = [
        Issue(
            "value",
            f"{ref.reference[:100]!r} is no reference; expected Type/id, a URL or #id.",
            place(work.at, path),
        )
        for work in works
        for path, ref in work.references()
        if ref.reference is not None and _is_nothing(ref.reference)
    ]
    if issues:
        raise Unprocessable(issues[0].diagnostics, issues=issues)


def _is_nothing(text: str) -> bool:
    """Whether it leads nowhere at all: neither into this record nor, as it has no scheme, elsewhere."""
    return reference.parse(text).kind == "other" and not _SCHEME.match(text)


Wanted = Mapping[str, Mapping[str, Sequence[str]]]
"""By type and id of a resource that must be there: the places that refer to it."""


def wanted(works: Sequence[Work], base_url: str | None) -> Wanted:
    """What the resources being written refer to and do not bring along.

    Raises:
        Unprocessable: a text that is no reference, which no search would ever find.
    """
    _readable(works)
    written = {(work.type, work.id) for work in works if work.interaction != "delete"}
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for work in works:
        if work.status != "matched":
            for path, type_, id_ in _local(work, base_url):
                if (type_, id_) not in written:
                    found[type_][id_].append(place(work.at, path) or path)
    return found


def dangling(wanted: Wanted, missing: Iterable[tuple[str, str]]) -> Unprocessable:
    """The error for references to what is not here, one issue for each."""
    issues = [
        Issue("not-found", f"There is no {type_}/{id_} to refer to.", path)
        for type_, id_ in sorted(missing)
        for path in wanted[type_][id_]
    ]
    return Unprocessable(issues[0].diagnostics, issues=issues)
