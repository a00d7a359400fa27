from __future__ import annotations

import json
from typing import Any

import pytest

from osler.fhir import patch
from osler.kit.errors import Invalid, TooLarge, Unprocessable


def _apply(operations: Any, document: Any) -> Any:
    return json.loads(patch.apply(json.dumps(operations).encode(), json.dumps(document).encode()))


WORKING: list[tuple[str, Any, Any, Any]] = [
    ("add member", {"a": 1}, [{"op": "add", "path": "/b", "value": [1]}], {"a": 1, "b": [1]}),
    ("add replaces member", {"a": 1}, [{"op": "add", "path": "/a", "value": 2}], {"a": 2}),
    ("add in list", {"a": [1, 3]}, [{"op": "add", "path": "/a/1", "value": 2}], {"a": [1, 2, 3]}),
    (
        "add at the end by index",
        {"a": [1]},
        [{"op": "add", "path": "/a/1", "value": 2}],
        {"a": [1, 2]},
    ),
    ("add at the end", {"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}], {"a": [1, 2]}),
    ("add the whole", {"a": 1}, [{"op": "add", "path": "", "value": {"b": 2}}], {"b": 2}),
    ("add null", {"a": 1}, [{"op": "add", "path": "/b", "value": None}], {"a": 1, "b": None}),
    ("remove member", {"a": 1, "b": 2}, [{"op": "remove", "path": "/a"}], {"b": 2}),
    ("remove from list", {"a": [1, 2]}, [{"op": "remove", "path": "/a/0"}], {"a": [2]}),
    ("remove the last", {"a": [1], "b": 2}, [{"op": "remove", "path": "/a/0"}], {"b": 2}),
    (
        "remove the last deep down",
        {"a": {"c": [{"d": 1}]}, "b": 2},
        [{"op": "remove", "path": "/a/c/0/d"}],
        {"b": 2},
    ),
    (
        "empty and fill again",
        {"a": [1]},
        [{"op": "remove", "path": "/a/0"}, {"op": "add", "path": "/a/-", "value": 2}],
        {"a": [2]},
    ),
    ("replace", {"a": 1}, [{"op": "replace", "path": "/a", "value": {"b": 1}}], {"a": {"b": 1}}),
    (
        "replace in list",
        {"a": [1, 2]},
        [{"op": "replace", "path": "/a/1", "value": 3}],
        {"a": [1, 3]},
    ),
    ("move", {"a": 1, "c": [2]}, [{"op": "move", "from": "/a", "path": "/c/0"}], {"c": [1, 2]}),
    ("move to itself", {"a": 1}, [{"op": "move", "from": "/a", "path": "/a"}], {"a": 1}),
    (
        "move within a list",
        {"a": [1, 2, 3]},
        [{"op": "move", "from": "/a/0", "path": "/a/2"}],
        {"a": [2, 3, 1]},
    ),
    ("copy", {"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
    (
        "a copy is independent",
        {"a": [1]},
        [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/b/-", "value": 2}],
        {"a": [1], "b": [1, 2]},
    ),
    (
        "test",
        {"a": {"b": [1, None]}},
        [{"op": "test", "path": "/a", "value": {"b": [1.0, None]}}],
        {"a": {"b": [1, None]}},
    ),
    ("escapes", {"a/b": 1, "c~d": 2}, [{"op": "remove", "path": "/a~1b"}], {"c~d": 2}),
    ("escapes in order", {"~1": 1, "b": 2}, [{"op": "remove", "path": "/~01"}], {"b": 2}),
    ("empty key", {"": 1, "b": 2}, [{"op": "remove", "path": "/"}], {"b": 2}),
    (
        "unknown members are ignored",
        {"a": 1},
        [{"op": "test", "path": "/a", "value": 1, "x": 2}],
        {"a": 1},
    ),
    ("nothing to do", {"a": 1}, [], {"a": 1}),
]


@pytest.mark.parametrize(
    ("document", "operations", "wanted"), [c[1:] for c in WORKING], ids=[c[0] for c in WORKING]
)
def test_an_operation_that_works(document: Any, operations: Any, wanted: Any) -> None:
    assert _apply(operations, document) == wanted


FAILING: list[tuple[str, Any, Any, str]] = [
    ("no parent", {"a": 1}, {"op": "add", "path": "/b/c", "value": 1}, "found nothing at /b"),
    (
        "parent is a number",
        {"a": 1},
        {"op": "add", "path": "/a/c", "value": 1},
        "neither object nor list",
    ),
    (
        "beyond the list",
        {"a": [1]},
        {"op": "add", "path": "/a/3", "value": 1},
        "found index 3, expected at most 1",
    ),
    ("leading zero", {"a": [1]}, {"op": "add", "path": "/a/00", "value": 1}, "expected the index"),
    ("negative index", {"a": [1]}, {"op": "remove", "path": "/a/-1"}, "expected the index"),
    ("remove after the end", {"a": [1]}, {"op": "remove", "path": "/a/-"}, "expected the index"),
    ("remove nothing", {"a": 1}, {"op": "remove", "path": "/b"}, "found nothing at /b"),
    ("remove the whole", {"a": 1}, {"op": "remove", "path": ""}, "whole resource"),
    (
        "replace nothing",
        {"a": 1},
        {"op": "replace", "path": "/b", "value": 1},
        "found nothing at /b",
    ),
    (
        "replace at the end",
        {"a": [1]},
        {"op": "replace", "path": "/a/-", "value": 1},
        "expected the index",
    ),
    (
        "move into itself",
        {"a": {"b": 1}},
        {"op": "move", "from": "/a", "path": "/a/b"},
        "into itself",
    ),
    ("copy nothing", {"a": 1}, {"op": "copy", "from": "/b", "path": "/c"}, "found nothing at /b"),
    (
        "test differs",
        {"a": 1},
        {"op": "test", "path": "/a", "value": 2},
        "the test failed: found 1",
    ),
    (
        "test number and text",
        {"a": 1},
        {"op": "test", "path": "/a", "value": "1"},
        "the test failed",
    ),
    (
        "test number and true",
        {"a": 1},
        {"op": "test", "path": "/a", "value": True},
        "the test failed",
    ),
]


@pytest.mark.parametrize(
    ("document", "operation", "words"), [c[1:] for c in FAILING], ids=[c[0] for c in FAILING]
)
def test_an_operation_that_cannot_be_done(document: Any, operation: Any, words: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        _apply([{"op": "test", "path": "", "value": document}, operation], document)
    assert words in str(caught.value)
    assert caught.value.issues[0].expression == "[1]"


MALFORMED: list[tuple[bytes, str]] = [
    (b'"x"', "a list of operations"),
    (b"[1]", "[0]: found no object"),
    (b'[{"path":"/a"}]', "[0].op: expected one of"),
    (b'[{"op":"spam","path":"/a"}]', "[0].op: expected one of"),
    (b'[{"op":"add","path":"/a"}]', "[0].value"),
    (b'[{"op":"remove"}]', "[0].path"),
    (b'[{"op":"remove","path":"a"}]', "JSON pointer"),
    (b'[{"op":"remove","path":"/~2"}]', "found ~ without"),
    (b'[{"op":"move","path":"/a"}]', "[0].from"),
    (b'[{"op":"remove","path":"/a","path":"/b"}]', "twice"),
    (b'[{"op":"add","path":"/a","value":NaN}]', "NaN"),
    (b"[", "not JSON"),
    (b"", "found nothing"),
]


@pytest.mark.parametrize(("operations", "words"), MALFORMED)
def test_a_malformed_patch(operations: bytes, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        patch.apply(operations, b'{"a":1}')
    assert not isinstance(caught.value, Unprocessable)
    assert words in str(caught.value)


def test_numbers_keep_their_digits() -> None:
    assert (
        patch.apply(b'[{"op":"add","path":"/b","value":2.50}]', b'{"a":1.50}')
        == b'{"a":1.50,"b":2.50}'
    )


def test_copies_cannot_grow_without_bound() -> None:
    doubling = [{"op": "copy", "from": "", "path": f"/{n}"} for n in range(60)]
    with pytest.raises(TooLarge):
        _apply(doubling, {"a": "x" * 100})
