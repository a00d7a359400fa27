"""The incremental JSON scanner: the same elements wherever the chunks end."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.exchange.bulk.scan import Element, Member, Scanner, elements, members
from osler.kit.errors import Invalid, TooLarge


class Dribble:
    """A stream that gives a few bytes at a time, whatever is asked for."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data = data
        self._step = step
        self._at = 0

    def read(self, _size: int = -1, /) -> bytes:
        piece = self._data[self._at : self._at + self._step]
        self._at += len(piece)
        return piece


_text = st.text(alphabet='ab"\\{}[],: \n\té€😀', max_size=8)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(_json, max_size=5), st.integers(1, 40), st.sampled_from([None, 1]))
def test_elements_are_found_wherever_chunks_end(
    values: list[Any], step: int, indent: int | None
) -> None:
    text = json.dumps(values, indent=indent).encode()
    found = elements(Scanner(Dribble(text, step)))
    assert [json.loads(element.value) for element in found] == values


@given(st.dictionaries(st.sampled_from(["a", "b", "entry", "z"]), _json), st.integers(1, 40))
def test_members_are_found_wherever_chunks_end(value: dict[str, Any], step: int) -> None:
    listed: list[Any] = []
    plain: dict[str, Any] = {}
    for part in members(Scanner(Dribble(json.dumps(value).encode(), step)), "entry"):
        if isinstance(part, Member):
            plain[part.name] = json.loads(part.value)
        else:
            listed.append(json.loads(part.value))
    expected = dict(value)
    if isinstance(value.get("entry"), list):
        assert listed == expected.pop("entry")
    assert plain == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'[{"a": 1}', "end"),
        (b'[{"a": 1} {"b": 2}]', "expected ']'"),
        (b'[{"a": "b]', "middle of an object"),
        (b"[1,]", "expected a value"),
        (b"{", "expected '['"),
    ],
)
def test_broken_text_names_the_byte(text: bytes, says: str) -> None:
    with pytest.raises(Invalid, match="at byte") as caught:
        list(elements(Scanner(io.BytesIO(text))))
    assert says in str(caught.value)


def test_the_offset_counts_the_whole_stream() -> None:
    text = b"[" + b",".join(b'{"n": %d}' % n for n in range(1000)) + b"] x"
    scanner = Scanner(Dribble(text, 7))
    assert sum(1 for _ in elements(scanner)) == 1000
    assert scanner.peek() == b"x"
    assert scanner.offset == len(text) - 1


def test_an_element_beyond_the_limit_is_refused() -> None:
    text = b'[{"a": "' + b"x" * 5000 + b'"}]'
    with pytest.raises(TooLarge):
        list(elements(Scanner(Dribble(text, 100), largest=1000)))


def test_members_and_elements_keep_file_order() -> None:
    text = b'{"type": "batch", "entry": [{"a": 1}, {"a": 2}], "id": "x"}'
    found = list(members(Scanner(io.BytesIO(text)), "entry"))
    assert found == [
        Member("type", b'"batch"'),
        Element(b'{"a": 1}'),
        Element(b'{"a": 2}'),
        Member("id", b'"x"'),
    ]
