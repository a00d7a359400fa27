from __future__ import annotations

import sys
import threading
import time

import pytest
from tests.fhir.path.cases import ADA, of

from osler.fhir import path
from osler.fhir.path import ambiguity, patterns
from osler.kit.errors import Invalid


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "-" * 5000 + "1",
        "1" + "+1" * 5000,
        "1" + " is Integer" * 5000,
        "name" + ".where(true" * 2000 + ")" * 2000,
        "a" + "[0]" * 5000,
        "a" + ".first()" * 5000,
        "iif(true," * 3000 + "1" + ")" * 3000,
        "name.where(" * 90 + "true" + ")" * 90,
        "a" * 60_000,
        "1 = " * 400 + "1",
    ],
)
def test_deep_expressions_are_refused(expression: str) -> None:
    with pytest.raises(Invalid, match="FHIRPath"):
        of(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (" or ".join(["false"] * 2000), [False]),
        (" and ".join(["true"] * 2000), [True]),
        (" | ".join(["1"] * 2000), [1]),
        ("1" + " + 1" * 60, [61]),
        ("(" * 60 + "1" + ")" * 60, [1]),
        ("Patient" + ".name" * 70, []),
    ],
)
def test_long_and_reasonable_ones_are_not(expression: str, expected: list[object]) -> None:
    assert of(expression) == expected


def test_the_deepest_allowed_evaluates_on_half_a_stack() -> None:
    """A caller may itself stand some hundred frames deep."""
    expression = "name.where(" * 38 + "true" + ")" * 38

    def deeper(levels: int) -> list[object]:
        return deeper(levels - 1) if levels else of(expression)

    assert deeper(300) == []


def test_a_full_stack_is_an_error_of_ours() -> None:
    expression = "(1" + " + 1)" * 0 + " + (1" * 35 + ")" * 36
    compiled = path.compile(expression)

    def deeper(levels: int) -> list[object]:
        return deeper(levels - 1) if levels else compiled(ADA)

    outcomes: list[object] = []

    def work() -> None:
        limit = sys.getrecursionlimit()
        for levels in range(limit - 200, limit - 10, 10):
            try:
                outcomes.append(deeper(levels))
            except Invalid as error:
                outcomes.append(str(error))
            except RecursionError:
                outcomes.append(None)  # the stack was full before our frame

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [36] in outcomes
    assert any("stack" in str(outcome) for outcome in outcomes)


@pytest.mark.parametrize(
    "expression",
    [
        "1.repeat($this + 1)",
        "'a'.repeat($this & 'a')",
        "'abc'.toChars().repeat($this & $this).aggregate($total & $total & 'abcdefghij', 'abcdefghij')",
        "'a'" + f".replace('a', '{'a' * 45}')" * 5,
        "descendants()" + ".select(%resource.descendants())" * 4,
    ],
)
def test_expressions_that_blow_up_are_stopped(expression: str) -> None:
    start = time.monotonic()
    with pytest.raises(Invalid):
        of(expression)
    assert time.monotonic() - start < 60


EXPONENTIAL = [
    "((a?)?b)*c",
    "((a?)*b)*c",
    "((|)b)*c",
    "(a|a)" * 30 + "b",
    "a?" * 40 + "a" * 40,
    "(a+)+$",
    "(a*)*b",
    "(a|a)*b",
    "(a|ab|b)*c",
    "(a?b?)*c",
    "(.*)*x",
    r"(\w+\s?)*$",
    r"^(\d+|[0-9a-f]+)*$",
    "(a+){10}b",
    "(?:a{1,9}){1,9}b",
    r"(x+x+)+y",
    r"([a-z]+)*\1",
    "(é+|[à-ÿ])*x",
]


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_exponential_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(Invalid, match="exponential"):
        patterns.search(pattern, "a" * 40)


SAFE = [
    "(yes|no|maybe)",
    "a?b?c?",
    "(Mr|Mrs|Ms)? ?[A-Z]",
    r"^[a-zA-Z0-9\/\-_\[\]\@]+$",
    r"[A-Za-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*(\[x])?)*",
    r"[^\s\.,:;\'\"\/|?!@#$%&*()\[\]{}]{1,64}(\.[^\s\.,:;\'\"\/|?!@#$%&*()\[\]{}]{1,64}(\[x\])?(\:[^\s\.]+)?)*",
    r"^\d{3}-\d{2}-\d{4}$",
    r"^(\d{1,3}\.){3}\d{1,3}$",
    r"([A-Z][a-z]+ )+",
    r"^[^@]+@[^@]+\.[a-z]+$",
    r"^(urn:oid:)[0-2](\.(0|[1-9][0-9]*))+$",
    "(ab|cd)*e",
    "(?i)^colou?r$",
    ".*foo.*",
]


@pytest.mark.parametrize("pattern", SAFE)
def test_reasonable_patterns_are_not(pattern: str) -> None:
    assert patterns.search(pattern, "x" * 50) in (True, False)


@pytest.mark.parametrize("pattern", [*SAFE, ".*.*.*x", "a*a*a*a*b", r"\s+$"])
def test_the_longest_text_stays_bearable(pattern: str) -> None:
    """At a tenth of the limit, on text that makes it backtrack as far as it can."""
    limit = ambiguity.longest_text(pattern)
    assert limit is not None
    for letter in "a x.":
        start = time.monotonic()
        patterns.search(pattern, letter * (min(limit, 100_000) // 10) + "!")
        assert time.monotonic() - start < 5


def test_long_texts_are_refused_where_the_pattern_could_be_slow() -> None:
    with pytest.raises(Invalid, match="too long"):
        patterns.search(".*.*.*x", "a" * 5000)
    assert patterns.search("^a+$", "a" * 100_000)


def test_long_patterns_are_refused() -> None:
    with pytest.raises(Invalid, match="longer than"):
        patterns.search("a" * 2000, "a")
