"""Writes by somebody who may not see, or not change, every element: what is stored of those stays.

The caller works on what they were shown. What they send is laid over that, never over what is hidden: a patch
that tested or copied a hidden value would tell it. Elements that they may only read must come back unchanged.
"""

from __future__ import annotations

from typing import Any

from osler.fhir.base import Resource
from osler.fhir.codec import encode
from osler.kit.errors import NotAllowed
from osler.record import fields
from osler.record.fields import ElementsOf, Path
from osler.record.marks import decode_stored

_KEPT_NARRATIVE = "additional"


def creating(resource: Resource, hidden: ElementsOf, readonly: ElementsOf) -> None:
    """Refuse a new resource with an element that its author may not see or not write."""
    type = resource.resourceType
    if not (hidden(type) or readonly(type) or _inside(resource)):
        return
    content = fields.parse(encode(resource))
    _refuse_hidden(content, hidden)
    for element in sorted(readonly(type)):
        if any(_values(content, path) for path in fields.paths(type, [element])):
            raise _not_writable(type, element)


def _inside(resource: Resource) -> bool:
    return bool(getattr(resource, "contained", None)) or resource.resourceType == "Bundle"


def _refuse_hidden(content: dict[str, Any], hidden: ElementsOf) -> None:
    """Refuse hidden elements whatever their value: a refusal of some values only would tell the right one."""
    bare = {key: value for key, value in content.items() if key != "text"}
    seen = _copy(bare)
    fields.cut(seen, hidden)
    for key, value in bare.items():
        if key != "meta" and seen.get(key) != value:
            type = content["resourceType"]
            raise NotAllowed(
                f"You may not see all of {type}.{key}, so you may not write what is hidden of it.",
                expression=f"{type}.{key}",
            )


def updating(sent: Resource, stored: bytes, hidden: ElementsOf) -> Resource:
    """The resource to be written: what was sent, and of what its author may not see, what is stored.

    Raises:
        NotAllowed: it has a hidden element, or changes one of which a part is hidden.
    """
    if not hidden(sent.resourceType) and stored.count(b'"resourceType"') == 1 and not _inside(sent):
        return sent
    before = fields.parse(stored)
    seen = _copy(before)
    if not fields.cut(seen, hidden):
        _refuse_hidden(fields.parse(encode(sent)), hidden)
        return sent
    content = fields.parse(encode(sent))
    merged = {key: value for key, value in content.items() if key not in before or key in _OWN}
    _refuse_hidden(merged | {"resourceType": sent.resourceType}, hidden)
    for key, value in before.items():
        if key not in _OWN:
            merged |= _merged(sent.resourceType, key, value, seen, content, hidden)
    _narrative(merged, before)
    _untag(merged)
    return decode_stored(fields.write(merged))


_OWN = frozenset({"resourceType", "id", "meta", "text"})


def _merged(
    type: str,
    key: str,
    value: Any,
    seen: dict[str, Any],
    content: dict[str, Any],
    hidden: ElementsOf,
) -> dict[str, Any]:
    """The element as it is to be written, of one that is stored."""
    if seen.get(key) == value:  # nothing of it is hidden
        if key not in content:
            return {}
        _refuse_hidden({"resourceType": type, key: content[key]}, hidden)
        return {key: content[key]}
    if seen.get(key) != content.get(key):
        raise NotAllowed(
            f"You may not change {type}.{key}: you may not see all of it. Send it as it was shown to you.",
            expression=f"{type}.{key}",
        )
    return {key: value}


def _narrative(merged: dict[str, Any], before: dict[str, Any]) -> None:
    """A narrative that says more than the data is kept; one that repeats the data would now be wrong."""
    text = before.get("text")
    if isinstance(text, dict) and text.get("status") == _KEPT_NARRATIVE:
        merged["text"] = text


def _untag(merged: dict[str, Any]) -> None:
    meta = merged.get("meta")
    if not isinstance(meta, dict) or "tag" not in meta:
        return
    tags = [tag for tag in meta["tag"] if tag != fields.SUBSETTED]
    if tags:
        meta["tag"] = tags
    else:
        del meta["tag"]


def unchanged(sent: Resource, stored: bytes, readonly: ElementsOf) -> None:
    """Refuse a change of an element that its author may only read."""
    type = sent.resourceType
    elements = readonly(type)
    if not elements:
        return
    before, after = fields.parse(stored), fields.parse(encode(sent))
    for element in sorted(elements):
        for path in fields.paths(type, [element]):
            if _values(before, path) != _values(after, path):
                raise _not_writable(type, element)


def _not_writable(type: str, element: str) -> NotAllowed:
    name = f"{type}.{element.removeprefix(type + '.')}"
    return NotAllowed(f"You may read {name}, and not change it.", expression=name)


def _values(content: dict[str, Any], path: Path) -> list[tuple[tuple[int, ...], str, Any]]:
    """What stands at the path, with its extensions: each with its place in the lists on the way."""
    found: list[tuple[tuple[int, ...], Any]] = [((), content)]
    for name in path[:-1]:
        found = [
            (place, item[name])
            for where, node in found
            for place, item in _each(where, node)
            if isinstance(item, dict) and name in item
        ]
    return [
        (place, name, item[name])
        for where, node in found
        for place, item in _each(where, node)
        if isinstance(item, dict)
        for name in (path[-1], "_" + path[-1])
        if name in item
    ]


def _each(place: tuple[int, ...], node: Any) -> list[tuple[tuple[int, ...], Any]]:
    if isinstance(node, list):
        return [((*place, at), one) for at, one in enumerate(node)]
    return [(place, node)]


def _copy(value: Any) -> Any:
    match value:
        case dict():
            return {key: _copy(one) for key, one in value.items()}
        case list():
            return [_copy(one) for one in value]
        case _:
            return value
