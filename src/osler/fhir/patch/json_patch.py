"""JSON Patch on the text of a resource; https://www.rfc-editor.org/rfc/rfc6902"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, assert_never

import msgspec

from osler.fhir import strict
from osler.kit.errors import Invalid, Issue, TooLarge, Unprocessable

OPERATION_LIMIT: Final = 10_000
COPY_LIMIT: Final = 10_000_000
"""Bytes that all `copy` operations of a patch may make: thirty of them could make a thousand million."""

Name = Literal["add", "remove", "replace", "move", "copy", "test"]
_NAMES: Final[tuple[Name, ...]] = ("add", "remove", "replace", "move", "copy", "test")
_INDEX: Final = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z", re.ASCII)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")

Pointer = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `place` is where it stands in the patch, for messages."""

    place: str
    name: Name
    path: Pointer
    source: Pointer
    value: Any


def apply(operations: bytes, content: bytes) -> bytes:
    """`content` after all `operations`, not yet checked to be a resource.

    A list or object that a removal leaves empty goes too, as FHIR forbids empty ones. Raises Invalid for a malformed
    patch, Unprocessable where an operation cannot be done or a test fails, TooLarge.
    """
    document = _Document(strict.parse(content))
    for operation in read(operations):
        document.apply(operation)
    document.prune()
    return _ENCODER.encode(document.value)


def read(data: bytes) -> list[Operation]:
    """The operations of a patch document."""
    listed = strict.parse(data)
    if not isinstance(listed, list):
        raise Invalid("found no list, expected a JSON Patch: a list of operations")
    if len(listed) > OPERATION_LIMIT:
        raise TooLarge(f"found {len(listed)} operations, expected at most {OPERATION_LIMIT}")
    faults = [f for f in strict.hostile(listed, "") if not _allowed(f)]
    if faults:
        raise Invalid(faults[0].diagnostics, issues=faults[: strict.ISSUE_LIMIT])
    return [_operation(item, f"[{index}]") for index, item in enumerate(listed)]


def _allowed(fault: Issue) -> bool:
    """A patch may test for, or briefly hold, what a resource may not: null, nothing, empty text."""
    return "null" in fault.diagnostics or "an empty" in fault.diagnostics


def _operation(item: Any, place: str) -> Operation:
    if not isinstance(item, dict):
        raise Invalid(f"{place}: found no object, expected an operation", expression=place)
    name = item.get("op")
    if name not in _NAMES:
        raise Invalid(f"{place}.op: expected one of {', '.join(_NAMES)}", expression=f"{place}.op")
    if name in ("add", "replace", "test") and "value" not in item:
        raise Invalid(f"{place}.value: found nothing, expected a value", expression=place)
    source = _pointer(item, "from", place) if name in ("move", "copy") else ()
    return Operation(place, name, _pointer(item, "path", place), source, item.get("value"))


def _pointer(item: dict[str, Any], key: str, place: str) -> Pointer:
    text = item.get(key)
    here = f"{place}.{key}"
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise Invalid(f"{here}: expected a JSON pointer such as /name/0", expression=here)
    if re.search(r"~(?![01])", text):
        raise Invalid(f"{here}: found ~ without 0 or 1 after it", expression=here)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


class _Document:
    def __init__(self, value: Any) -> None:
        self.value = value
        self._copied = 0
        self._emptied: list[Pointer] = []

    def apply(self, operation: Operation) -> None:
        match operation.name:
            case "add":
                self._add(operation, copy.deepcopy(operation.value))
            case "remove":
                self._remove(operation, operation.path)
            case "replace":
                self._get(operation, operation.path)
                self._replace(operation)
            case "move":
                self._move(operation)
            case "copy":
                self._copy(operation)
            case "test":
                self._test(operation)
            case _:
                assert_never(operation.name)

    def _add(self, operation: Operation, value: Any) -> None:
        if not operation.path:
            self.value = value
            return
        parent, key = self._parent(operation, operation.path)
        if isinstance(parent, dict):
            parent[key] = value
        elif key == "-":
            parent.append(value)
        else:
            parent.insert(_index(operation, key, len(parent)), value)

    def _replace(self, operation: Operation) -> None:
        if not operation.path:
            self.value = copy.deepcopy(operation.value)
            return
        parent, key = self._parent(operation, operation.path)
        place = key if isinstance(parent, dict) else _index(operation, key, len(parent) - 1)
        parent[place] = copy.deepcopy(operation.value)

    def _remove(self, operation: Operation, path: Pointer) -> Any:
        if not path:
            raise _impossible(operation, "cannot remove the whole resource")
        self._get(operation, path)
        parent, key = self._parent(operation, path)
        removed = parent.pop(key if isinstance(parent, dict) else int(key))
        if not parent:
            self._emptied.append(path[:-1])
        return removed

    def _move(self, operation: Operation) -> None:
        source, target = operation.source, operation.path
        if target[: len(source)] == source and target != source:
            raise _impossible(operation, "cannot move a value into itself")
        if target == source:
            self._get(operation, source)
        else:
            self._add(operation, self._remove(operation, source))

    def _copy(self, operation: Operation) -> None:
        value = self._get(operation, operation.source)
        self._copied += len(_ENCODER.encode(value))
        if self._copied > COPY_LIMIT:
            raise TooLarge(f"the patch copies more than {COPY_LIMIT} bytes")
        self._add(operation, copy.deepcopy(value))

    def _test(self, operation: Operation) -> None:
        found = self._get(operation, operation.path)
        if not same(found, operation.value):
            shown = _ENCODER.encode(found).decode()[:200]
            raise _impossible(operation, f"the test failed: found {shown}")

    def _parent(self, operation: Operation, path: Pointer) -> tuple[Any, str]:
        parent = self._get(operation, path[:-1])
        if not isinstance(parent, dict | list):
            raise _impossible(operation, f"{_shown(path[:-1])} is neither object nor list")
        return parent, path[-1]

    def _get(self, operation: Operation, path: Pointer) -> Any:
        value = self.value
        for depth, key in enumerate(path):
            if isinstance(value, dict) and key in value:
                value = value[key]
            elif isinstance(value, list):
                value = value[_index(operation, key, len(value) - 1)]
            else:
                raise _impossible(operation, f"found nothing at {_shown(path[: depth + 1])}")
        return value

    def prune(self) -> None:
        """Take away what removals emptied, and what that empties in turn."""
        for path in reversed(self._emptied):
            for depth in range(len(path), 0, -1):
                if not self._is_empty(path[:depth]):
                    break
                parent, key = self._peek(path[: depth - 1]), path[depth - 1]
                parent.pop(key if isinstance(parent, dict) else int(key))

    def _is_empty(self, path: Pointer) -> bool:
        value = self._peek(path)
        return isinstance(value, dict | list) and not value

    def _peek(self, path: Pointer) -> Any:
        value = self.value
        for key in path:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and _INDEX.match(key) and int(key) < len(value):
                value = value[int(key)]
            else:
                return None
        return value


def _index(operation: Operation, key: str, last: int) -> int:
    if not _INDEX.match(key):
        raise _impossible(operation, f"found {key!r}, expected the index of a list")
    if int(key) > last:
        raise _impossible(operation, f"found index {key}, expected at most {last}")
    return int(key)


def _impossible(operation: Operation, text: str) -> Unprocessable:
    message = f"{operation.place} {operation.name} {_shown(operation.path)}: {text}"
    return Unprocessable(message, expression=operation.place)


def _shown(path: Pointer) -> str:
    return (
        "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path) or "(the whole)"
    )


def same(left: Any, right: Any) -> bool:
    """Equality of JSON: 1 equals 1.0, true does not equal 1."""
    match left, right:
        case bool(), bool():
            return left is right
        case ((int() | Decimal()), (int() | Decimal())):
            return left == right and not isinstance(left, bool) and not isinstance(right, bool)
        case list(), list():
            return len(left) == len(right) and all(map(same, left, right))
        case dict(), dict():
            return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
        case _:
            return type(left) is type(right) and bool(left == right)
