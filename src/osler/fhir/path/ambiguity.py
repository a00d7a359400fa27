"""How long a backtracking engine may take over a regular expression.

Positions and what may follow them (Glushkov's construction). Two followers that accept the same character are a
choice: inside a loop that is exponential, at the exit of a loop it costs one more power of the text's length, elsewhere
it doubles the cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

STEPS = 400_000_000
"""What a search may cost in the worst case; the engine does some 10^8 a second."""
LONGEST = 10_000_000
_MOST_DOUBLINGS = 14

_ASCII = 128
_OTHER = 1 << _ASCII  # one bit for all that is not ASCII
_ALL = (1 << (_ASCII + 1)) - 1


class _Exponential(Exception):
    """Two ways through a loop."""


@dataclass(slots=True)
class _Part:
    """What a piece of a pattern starts and ends with, and whether it can be empty."""

    empty: bool
    first: list[int]
    last: list[int]


@dataclass(slots=True)
class _Machine:
    accepts: list[int] = field(default_factory=list)
    follow: list[list[int]] = field(default_factory=list)
    loops: list[tuple[int, int]] = field(default_factory=list)
    doubles: list[int] = field(default_factory=list)
    """Where the empty text matches in two ways, by the number of positions before."""

    def position(self, mask: int) -> _Part:
        self.accepts.append(mask)
        self.follow.append([])
        here = len(self.accepts) - 1
        return _Part(False, [here], [here])

    def connect(self, sources: list[int], targets: list[int]) -> None:
        for source in sources:
            self.follow[source] += targets

    def ambiguous(self, positions: list[int]) -> bool:
        seen = 0
        for position in positions:
            if seen & self.accepts[position]:
                return True
            seen |= self.accepts[position]
        return False


def longest_text(pattern: str) -> int | None:
    """The longest text that the pattern may be tried on; None when it can take exponential time."""
    tree = _parser.parse(pattern, re.DOTALL)
    machine = _Machine()
    try:
        whole = _sequence(list(tree), machine)
    except _Exponential:
        return None
    powers = max(1, sum(_leaves_openly(machine, *loop) for loop in machine.loops))
    if machine.loops and not _anchored(list(tree)):
        powers += 1
    doublings = _doublings(whole, machine)
    if doublings > _MOST_DOUBLINGS:
        return None
    return min(LONGEST, int((STEPS >> doublings) ** (1 / powers)))


def _doublings(whole: _Part, machine: _Machine) -> int:
    """Choices outside of loops between ways that start alike."""
    looped = {position for loop in machine.loops for position in range(*loop)}
    lists = [whole.first]
    lists += [each for at, each in enumerate(machine.follow) if at not in looped]
    return len(machine.doubles) + sum(machine.ambiguous(positions) for positions in lists)


def _anchored(items: list[Any]) -> bool:
    return bool(items) and items[0][0] is _constants.AT and items[0][1] in (
        _constants.AT_BEGINNING,
        _constants.AT_BEGINNING_STRING,
    )  # fmt: skip


def _leaves_openly(machine: _Machine, start: int, end: int) -> bool:
    """Whether some character both stays in the loop and leaves it."""
    for position in range(start, end):
        inside = outside = 0
        for target in machine.follow[position]:
            if start <= target < end:
                inside |= machine.accepts[target]
            else:
                outside |= machine.accepts[target]
        if inside & outside:
            return True
    return False


def _sequence(items: list[Any], machine: _Machine) -> _Part:
    whole = _Part(True, [], [])
    for operation, argument in items:
        part = _piece(operation, argument, machine)
        machine.connect(whole.last, part.first)
        if whole.empty:
            whole.first = whole.first + part.first
        whole.last = part.last + whole.last if part.empty else part.last
        whole.empty = whole.empty and part.empty
    return whole


def _piece(operation: Any, argument: Any, machine: _Machine) -> _Part:
    match str(operation):
        case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN" | "CATEGORY":
            return machine.position(_mask(operation, argument))
        case "SUBPATTERN":
            return _sequence(list(argument[-1]), machine)
        case "ATOMIC_GROUP":
            return _sequence(list(argument), machine)
        case "BRANCH":
            parts = [_sequence(list(branch), machine) for branch in argument[1]]
            if sum(part.empty for part in parts) > 1:
                machine.doubles.append(len(machine.accepts))
            return _Part(
                any(part.empty for part in parts),
                [each for part in parts for each in part.first],
                [each for part in parts for each in part.last],
            )
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _repeat(argument, machine)
        case "ASSERT" | "ASSERT_NOT":
            _sequence(list(argument[1]), machine)
            return _Part(True, [], [])
        case "AT" | "FAILURE":
            return _Part(True, [], [])
        case _:  # a back-reference can be anything
            return machine.position(_ALL)


def _repeat(argument: Any, machine: _Machine) -> _Part:
    least, most, body = argument
    start = len(machine.accepts)
    items = list(body)
    part = _sequence(items, machine)
    if part.empty and least == 0:
        machine.doubles.append(len(machine.accepts))
    part.empty = part.empty or least == 0
    if most == 1 or (least == most and _fixed(items)):
        return part
    machine.connect(part.last, part.first)
    end = len(machine.accepts)
    lists = [part.first, *machine.follow[start:end]]
    twice = any(at >= start for at in machine.doubles)
    if twice or any(machine.ambiguous(positions) for positions in lists):
        raise _Exponential
    machine.loops = [loop for loop in machine.loops if loop[0] < start]
    machine.loops.append((start, end))
    return part


def _fixed(items: list[Any]) -> bool:
    """Whether the items match in one way only."""
    for operation, argument in items:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            if argument[0] != argument[1] or not _fixed(list(argument[2])):
                return False
        elif name == "SUBPATTERN":
            if not _fixed(list(argument[-1])):
                return False
        elif name not in ("LITERAL", "NOT_LITERAL", "ANY", "IN", "AT"):
            return False
    return True


def _mask(operation: Any, argument: Any) -> int:
    match str(operation):
        case "LITERAL":
            return 1 << argument if argument < _ASCII else _OTHER
        case "NOT_LITERAL":
            return _ALL & ~(1 << argument) if argument < _ASCII else _ALL
        case "RANGE":
            low, high = argument
            inside = sum(1 << code for code in range(low, min(high, _ASCII - 1) + 1))
            return inside | (_OTHER if high >= _ASCII else 0)
        case "CATEGORY":
            return _category(str(argument))
        case "IN":
            return _set(list(argument))
        case _:
            return _ALL


def _set(members: list[Any]) -> int:
    negated = bool(members) and str(members[0][0]) == "NEGATE"
    mask = 0
    for operation, argument in members[1:] if negated else members:
        mask |= _mask(operation, argument)
    # What a negated set leaves of the characters beyond ASCII is never nothing.
    return (_ALL & ~mask) | _OTHER if negated else mask


_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}


def _category(name: str) -> int:
    """The mask of a class such as `\\w`; the characters beyond ASCII may be in any of them."""
    kind = name.rpartition("_")[2]
    inside = re.compile(_CATEGORIES.get(kind, "."), re.DOTALL)
    found = sum(1 << code for code in range(_ASCII) if inside.fullmatch(chr(code)))
    if "_NOT_" in name:
        found = ((1 << _ASCII) - 1) & ~found
    return found | _OTHER
