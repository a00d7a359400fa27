"""House rules that a linter does not know, each with its reason; the layers are import-linter's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "src" / "osler" / "fhir" / "r4"
SOURCES = sorted(
    path for path in (ROOT / "src" / "osler").rglob("*.py") if not path.is_relative_to(GENERATED)
)
_EXECUTES = {"execute", "executemany", "copy", "SQL", "stream"}
_CLOCKS = {"now", "utcnow", "today"}
_LONGEST_FILE = 400
_LONGEST_FUNCTION = 50
Rule = tuple[str, str]


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _is_built_text(node: ast.expr) -> bool:
    """Whether an argument is an f-string with parts, or text joined by + or %, or str.format."""
    match node:
        case ast.JoinedStr(values=values):
            return any(isinstance(value, ast.FormattedValue) for value in values)
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return any(_is_text(side) for side in (left, right))
        case ast.Call(func=ast.Attribute(attr="format", value=value)):
            return _is_text(value)
        case _:
            return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def sql_from_text(tree: ast.AST) -> list[int]:
    """Lines on which SQL is built from text."""
    return [
        call.lineno
        for call in _calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in _EXECUTES
        and call.args
        and _is_built_text(call.args[0])
    ]


def other_clocks(tree: ast.AST) -> list[int]:
    """Lines that ask another clock than kit.clock for the date or time of day."""
    return [
        call.lineno
        for call in _calls(tree)
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _CLOCKS
            and isinstance(call.func.value, ast.Name | ast.Attribute)
            and ast.unparse(call.func.value).split(".")[-1] in {"datetime", "date"}
        )
        or ast.unparse(call.func) == "time.time"
    ]


def swallowed(tree: ast.AST) -> list[int]:
    """Lines where an exception is caught and nothing is done."""
    return [
        handler.lineno
        for handler in ast.walk(tree)
        if isinstance(handler, ast.ExceptHandler)
        and len(handler.body) == 1
        and isinstance(handler.body[0], ast.Pass)
    ]


def long_functions(tree: ast.AST) -> list[str]:
    return [
        f"{node.name} at {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= _LONGEST_FUNCTION
    ]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {_name(path): ast.parse(path.read_text("utf-8")) for path in SOURCES}


def _found(trees: dict[str, ast.Module], rule: object) -> dict[str, object]:
    assert callable(rule)
    return {name: lines for name, tree in trees.items() if (lines := rule(tree))}


def test_sql_is_never_built_from_text(trees: dict[str, ast.Module]) -> None:
    """A value inside SQL text is an injection; psycopg.sql and parameters quote."""
    assert _found(trees, sql_from_text) == {}


def test_time_comes_from_the_clock(trees: dict[str, ast.Module]) -> None:
    """What depends on the time must be testable at any time."""
    assert {k: v for k, v in _found(trees, other_clocks).items() if "kit/clock" not in k} == {}


def test_no_error_is_swallowed(trees: dict[str, ast.Module]) -> None:
    """An error that nobody sees is found by a patient."""
    assert _found(trees, swallowed) == {}


def test_modules_say_what_they_are(trees: dict[str, ast.Module]) -> None:
    """A newcomer decides by the first line whether to read on."""
    unsaid = [name for name, tree in trees.items() if not ast.get_docstring(tree)]
    assert unsaid == []


def test_files_stay_readable() -> None:
    """What does not fit on a few screens has more than one subject."""
    long = {
        _name(path): count
        for path in SOURCES
        if (count := path.read_text("utf-8").count("\n")) > _LONGEST_FILE
    }
    assert long == {}


def test_functions_stay_short(trees: dict[str, ast.Module]) -> None:
    """A function that does not fit on a screen does more than one thing."""
    assert _found(trees, long_functions) == {}


def test_no_machine_of_ours_is_named() -> None:
    """A lock file or script that names one place does not work in another."""
    files = [*ROOT.glob("requirements/*.txt"), ROOT / "Makefile", ROOT / "pyproject.toml"]
    named = [
        _name(path)
        for path in files
        if re.search(r"https?://|--index-url|--find-links|/home/|/root/", path.read_text("utf-8"))
    ]
    assert named == []


def test_browsers_wait_for_selectors() -> None:
    """A polled script is text that becomes code, which the pages' own policy forbids at the second look."""
    tests = (ROOT / "tests").rglob("*.py")
    asking = "wait_for_" + "function("
    assert [_name(path) for path in tests if asking in path.read_text("utf-8")] == []


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ('c.execute(f"SELECT {x}")', sql_from_text),
        ('c.execute("SELECT " + x)', sql_from_text),
        ('c.execute("SELECT %s" % x)', sql_from_text),
        ('sql.SQL("SELECT {}".format(x))', sql_from_text),
        ("datetime.now(UTC)", other_clocks),
        ("datetime.datetime.utcnow()", other_clocks),
        ("date.today()", other_clocks),
        ("time.time()", other_clocks),
        ("try:\n  f()\nexcept OSError:\n  pass", swallowed),
    ],
)
def test_the_rules_see_what_they_forbid(code: str, rule: object) -> None:
    assert callable(rule)
    assert rule(ast.parse(code))


def test_the_rules_allow_what_is_right() -> None:
    right = ast.parse('c.execute(sql.SQL("a {}").format(sql.Literal(1)))\nc.execute("b", (1,))')
    assert sql_from_text(right) == []
    assert other_clocks(ast.parse("clock.now()\ntime.monotonic()")) == []
