"""Finds what makes JSON hostile or unclear: duplicate keys, NaN, lone surrogates, empty values, depth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from osler.fhir.model import words
from osler.kit.errors import Invalid, Issue

DEPTH_LIMIT: Final = 150
"""Nested objects and lists. The deepest real resources have about twenty."""
ISSUE_LIMIT: Final = 50
_DEEP: Final = (DEPTH_LIMIT - 24) // 3
"""Without an element that nests in itself no resource is deeper than 24; each such element adds at most three."""
_NESTING: Final[tuple[bytes, ...]] = (b'xtension":[', b'"assigner":{', b'"contained":[')
"""What nests in any resource: extension and modifierExtension, Identifier.assigner, contained resources."""
_NESTING_ELSEWHERE: Final = tuple(
    f'"{name}":'.encode()
    for name in sorted(
        words(
            "action alternative answer application concept contains group item outcome packageItem page part "
            "provision resource rule section step synonym target translation"
        )
    )
)
ALL_NESTING: Final = _NESTING + _NESTING_ELSEWHERE
_NESTING_TYPES: Final = words(
    "Bundle CodeSystem Composition Consent Contract ExampleScenario GraphDefinition ImplementationGuide "
    "MedicinalProductAuthorization MedicinalProductPackaged OperationDefinition Parameters PlanDefinition "
    "Questionnaire QuestionnaireResponse RequestGroup StructureMap SubstanceSpecification ValueSet"
)
_ESCAPES: Final = re.compile(rb"\\[u/bf]")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def is_suspect(data: bytes, encoded: bytes, fhir_type: str) -> bool:
    """Whether `data` may hold something that decoding passed over. `encoded` is what was understood."""
    if data.count(b'"') != encoded.count(b'"'):
        return True
    if b"\\" in data and _ESCAPES.search(data):
        return True
    if b"{}" in encoded or b"[null" in encoded:
        return True
    return encoded.count(b"{") > _DEEP and _may_be_deep(encoded, fhir_type)


def _may_be_deep(encoded: bytes, fhir_type: str) -> bool:
    """Only a few elements nest without bound; few of them, no great depth."""
    names = nesting_names(fhir_type)
    return sum(map(encoded.count, names)) > _DEEP


@dataclass(frozen=True, slots=True)
class Doubts:
    """How often a text and what was understood of it hold what makes them suspect."""

    quotes: int
    escapes: int
    empty: int
    nesting: int

    def __add__(self, other: Doubts) -> Doubts:
        return Doubts(
            self.quotes + other.quotes,
            self.escapes + other.escapes,
            self.empty + other.empty,
            self.nesting + other.nesting,
        )

    def exceed(self, inner: Doubts) -> bool:
        """Whether a whole has doubts that the parts inside it, each checked by itself, do not account for."""
        return (
            self.quotes != inner.quotes
            or self.escapes != inner.escapes
            or self.empty != inner.empty
            or self.nesting - inner.nesting > _DEEP
        )


NO_DOUBTS: Final = Doubts(0, 0, 0, 0)


def nesting_names(fhir_type: str) -> tuple[bytes, ...]:
    """What nests in a type of resource, resources inside it aside."""
    if fhir_type == "Bundle":
        return _NESTING[:2]
    if fhir_type == "Parameters":
        return (*_NESTING[:2], b'"part":[')
    return ALL_NESTING if fhir_type in _NESTING_TYPES else _NESTING


def doubts(data: bytes, encoded: bytes, names: tuple[bytes, ...]) -> Doubts:
    """Count what `is_suspect` looks for; `names` are those that nest in the outermost resource."""
    return Doubts(
        data.count(b'"') - encoded.count(b'"'),
        len(_ESCAPES.findall(data)) if b"\\" in data else 0,
        encoded.count(b"{}") + encoded.count(b"[null"),
        sum(map(encoded.count, names)),
    )


@dataclass(frozen=True, slots=True)
class Odd:
    """A place where the JSON text holds something that a Python value cannot show."""

    found: str


class Repeated(dict[str, Any]):
    """An object some of whose keys came more than once."""

    keys_repeated: tuple[str, ...] = ()


def parse(data: bytes) -> Any:
    """The JSON value of `data`; raises Invalid where it is none at all."""
    text = _text(data)
    try:
        return json.loads(
            text,
            object_pairs_hook=_pairs,
            parse_constant=lambda name: Odd(f"the number {name}"),
            parse_float=_fraction,
            parse_int=_whole,
        )
    except RecursionError:
        raise Invalid(f"found JSON deeper than {DEPTH_LIMIT} levels") from None
    except json.JSONDecodeError as fault:
        raise Invalid(
            f"not JSON: {fault.msg} at line {fault.lineno}, column {fault.colno}"
        ) from None


def _text(data: bytes) -> str:
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        if data.startswith(mark):
            raise Invalid("found a byte order mark, expected UTF-8 JSON without one")
    if not data.strip():
        raise Invalid("found nothing, expected a JSON object")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Invalid(
            f"found byte 0x{data[fault.start]:02x} at offset {fault.start}, expected UTF-8"
        ) from None


def _fraction(text: str) -> Decimal | Odd:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Odd(f"the number {text[:40]}")


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) < 20 else Decimal(text)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    names = [name for name, _ in pairs]
    repeated = Repeated(plain)
    repeated.keys_repeated = tuple(sorted({n for n in names if names.count(n) > 1}))
    return repeated


def issues(data: bytes, root: str) -> tuple[Issue, ...]:
    """Everything wrong with the JSON of `data` as such; paths start with `root`."""
    from osler.fhir.explain import quoted_numbers

    try:
        value = parse(data)
    except Invalid as fault:
        return fault.issues
    found = [*hostile(value, root), *quoted_numbers(value, root)]
    return tuple(found[:ISSUE_LIMIT])


def hostile(value: Any, root: str) -> Iterator[Issue]:
    """Faults of form in a parsed value. Iterative: the input may be deeper than Python's stack."""
    waiting: list[tuple[Any, str, int]] = [(value, root, 1)]
    while waiting:
        item, path, depth = waiting.pop()
        if depth > DEPTH_LIMIT:
            yield Issue("structure", f"found JSON deeper than {DEPTH_LIMIT} levels", path[:500])
            return
        yield from _faults(item, path)
        if isinstance(item, dict):
            children = [(v, f"{path}.{k}", depth + 1) for k, v in item.items()]
        elif isinstance(item, list):
            children = [(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(item)]
        else:
            continue
        waiting.extend(reversed(children))


def _faults(item: Any, path: str) -> Iterator[Issue]:
    match item:
        case Repeated():
            for name in item.keys_repeated:
                text = f"{path}.{name}: found the key twice, expected it once"
                yield Issue("structure", text, f"{path}.{name}")
        case dict():
            if not item:
                yield Issue("structure", f"{path}: found an empty object, expected content", path)
            for name, value in item.items():
                if value is None:
                    text = f"{path}.{name}: found null, expected a value or no such key"
                    yield Issue("structure", text, f"{path}.{name}")
        case list() if not item:
            yield Issue("structure", f"{path}: found an empty list, expected content", path)
        case str():
            yield from _text_faults(item, path)
        case Odd():
            yield Issue("value", f"{path}: found {item.found}, expected a JSON value", path)
        case _:
            return


def _text_faults(text: str, path: str) -> Iterator[Issue]:
    if not text:
        yield Issue("value", f"{path}: found an empty string, expected text", path)
    elif _SURROGATE.search(text):
        yield Issue("value", f"{path}: found half of a surrogate pair, expected text", path)
    elif _UNPRINTABLE.search(text):
        yield Issue("value", f"{path}: found a control character, expected text", path)
