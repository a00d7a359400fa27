"""`osler audit`: what a report prints, and what the archive's commands answer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from osler.access import Principal
from osler.kit.database import Database
from osler.main.cli import run
from osler.record import Access, Record

Printed = Callable[..., str]


@pytest.fixture(scope="module")
def url(database: Database, database_url: str) -> str:
    ann = Principal("acc-ann", "=Ann\x1b[2J", frozenset({"nurse"}))
    Record(database).note(
        ann, Access("read", "Condition", "c1", 1, ("p1", "p2")), Access("print", "Patient", "p1")
    )
    return database_url


@pytest.fixture
def printed(url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Printed:
    def call(*arguments: str) -> str:
        code = run(
            ["audit", arguments[0], "--database", url, "--archive", str(tmp_path), *arguments[1:]]
        )
        assert code == 0
        return capsys.readouterr().out

    return call


def test_report_as_json_csv_and_table(printed: Printed) -> None:
    lines = printed("report", "--actor", "acc-ann", "--format", "ndjson").splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["read", "print"]
    table = list(
        csv.DictReader(
            io.StringIO(
                printed("report", "--actor", "acc-ann", "--format", "csv", "--sort", "-action")
            )
        )
    )
    assert [row["action"] for row in table] == ["read", "print"]
    assert table[0]["patients"] == "p1 p2"
    assert table[0]["actor_name"].startswith("'=Ann")  # No formula for a spreadsheet to run.
    text = printed(
        "report",
        "--patient",
        "p2",
        "--actor",
        "acc-ann",
        "--from",
        "2020-01-01",
        "--to",
        "2999-01-01",
    )
    assert len(text.splitlines()) == 2
    assert "\x1b" not in text


def test_the_archive_is_empty_and_intact(printed: Printed) -> None:
    assert "No month is older than 6 years" in printed("archive")
    assert "0 archived months" in printed("verify-archive")


def test_wrong_use_is_one_line(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "report", "--database", url, "--sort", "shoe"]) == 1
    assert "cannot be sorted by" in capsys.readouterr().err
    assert run(["audit", "report", "--database", url, "--from", "soon"]) == 2
