"""What the documents of trust say: every line of the law has a verdict, and every test they name is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "docs" / "reference" / "compliance.md"
THREATS = ROOT / "docs" / "explanation" / "threat-model.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SCRIPTS = sorted(
    path for path in (ROOT / "src" / "osler").rglob("*.js") if path.parent.name != "built"
)
VERDICTS = {"done", "partly", "not yet", "practice"}
_TEST = re.compile(r"tests/[\w/]+\.py::\w+")
_STORES = re.compile(
    r"\b(localStorage|sessionStorage|indexedDB|openDatabase|caches\.|document\.cookie)"
)

# The lines that the tables must have: the law's own numbers, so that none is forgotten.
LINES = {
    "HIPAA Security Rule": [
        *("308(a)(1)(ii)(A)", "308(a)(1)(ii)(B)", "308(a)(1)(ii)(C)", "308(a)(1)(ii)(D)"),
        *("308(a)(2)", "308(a)(3)(ii)(A)", "308(a)(3)(ii)(B)", "308(a)(3)(ii)(C)"),
        *("308(a)(4)(ii)(A)", "308(a)(4)(ii)(B)", "308(a)(4)(ii)(C)"),
        *("308(a)(5)(ii)(A)", "308(a)(5)(ii)(B)", "308(a)(5)(ii)(C)", "308(a)(5)(ii)(D)"),
        *("308(a)(6)(ii)", "308(a)(7)(ii)(A)", "308(a)(7)(ii)(B)", "308(a)(7)(ii)(C)"),
        *("308(a)(7)(ii)(D)", "308(a)(7)(ii)(E)", "308(a)(8)", "308(b)"),
        *("310(a)", "310(b)", "310(c)", "310(d)(2)(i)", "310(d)(2)(ii)", "310(d)(2)(iii)"),
        *("310(d)(2)(iv)", "312(a)(2)(i)", "312(a)(2)(ii)", "312(a)(2)(iii)", "312(a)(2)(iv)"),
        *("312(b)", "312(c)(1)", "312(c)(2)", "312(d)", "312(e)(2)(i)", "312(e)(2)(ii)"),
        *("314(a)", "314(b)", "316(a)", "316(b)(1)", "316(b)(2)(i)", "316(b)(2)(ii)"),
        "316(b)(2)(iii)",
    ],
    "HIPAA breaches and privacy": [
        *("402", "404", "406", "408", "410", "412", "414", "501", "502(b)", "508", "514(a)-(c)"),
        *("514(e)", "520", "522(a)", "522(b)", "524", "526", "528", "530(d)", "42 CFR Part 2"),
    ],
    "GDPR": [
        f"Art. {number}"
        for number in (*range(5, 10), *range(12, 23), 25, 28, *range(30, 38), "44-49", 89)
        if number != 31
    ],
    "ONC 170.315(d)": [f"(d)({number})" for number in range(1, 14)],
    "EuroRec": [
        str(number)
        for number in (1, 5, 6, 7, *range(15, 18), 24, 25, 26, 28, 29, *range(31, 35), 36)
    ]
    + ["38", "39", "40", "45"],
}


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    section: str
    line: str
    says: str
    verdict: str
    tests: tuple[str, ...]


def rows(text: str) -> Iterator[Row]:
    """The lines of every table that has a verdict, with the heading it stands under."""
    section, inside = "", False
    for line in text.splitlines():
        if line.startswith("## "):
            section, inside = line.removeprefix("## ").strip(), False
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif len(cells) == 4 and cells[2] == "verdict":
            inside = True
        elif inside and not set(line) <= set("|-: "):
            assert len(cells) == 4, f"a | too many or too few: {line}"
            yield Row(section, cells[0], cells[1], cells[2], tuple(_TEST.findall(cells[3])))


@cache
def functions_of(path: Path) -> frozenset[str]:
    """The test functions of a file, found without running it."""
    return frozenset(
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    )


def missing(ids: set[str]) -> list[str]:
    """Node ids that no test answers to."""
    found = []
    for one in sorted(ids):
        file, _, name = one.partition("::")
        path = ROOT / file
        if not path.is_file() or name not in functions_of(path):
            found.append(one)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_is_named_exists(document: Path) -> None:
    assert missing(set(_TEST.findall(document.read_text("utf-8")))) == []


def test_a_test_that_is_gone_is_noticed() -> None:
    here = "tests/architecture/test_compliance.py"
    ids = {f"{here}::test_no_such", "tests/none.py::test_it", f"{here}::test_every_line_is_there"}
    assert missing(ids) == [f"{here}::test_no_such", "tests/none.py::test_it"]


def test_every_line_is_there() -> None:
    found = list(rows(TABLES.read_text("utf-8")))
    for section, wanted in LINES.items():
        there = [row.line for row in found if row.section.startswith(section)]
        assert there == list(dict.fromkeys(there)), f"twice in {section}"
        assert [line for line in wanted if line not in there] == [], section


def test_every_line_has_a_verdict() -> None:
    for row in rows(TABLES.read_text("utf-8")):
        assert row.verdict in VERDICTS, f"{row.line}: {row.verdict!r}"
        assert len(row.says) > 10, f"{row.line} says nothing"


def test_what_is_done_has_a_test_and_what_is_not_says_what_is_missing() -> None:
    for row in rows(TABLES.read_text("utf-8")):
        if row.verdict in {"done", "partly"}:
            assert row.tests, f"{row.section} {row.line} is {row.verdict}, and no test shows it"
        lacks = "Missing:" in row.says
        assert lacks == (row.verdict in {"partly", "not yet"}), f"{row.section} {row.line}"


def test_every_actor_of_the_threat_model_is_stopped_by_something_tested() -> None:
    parts = THREATS.read_text("utf-8").split("\n### ")[1:]
    assert len(parts) > 10
    for part in parts:
        title = part.splitlines()[0]
        assert _TEST.search(part), f"{title}: no test"
        assert "**Left over.**" in part, f"{title}: what is not stopped?"


def test_scripts_keep_nothing_in_the_browser() -> None:
    """170.315(d)(7): what lies in no browser's storage need not be encrypted there."""
    assert SCRIPTS
    kept = [(path.name, found) for path in SCRIPTS if (found := _STORES.findall(path.read_text()))]
    assert kept == []
