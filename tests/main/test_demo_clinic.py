"""A demo that is started again: the calendar moves, and what somebody changed stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from osler.access import LOCAL
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.database import Database
from osler.main import demo as command
from osler.main.sample import mark
from osler.main.sample.demo import _write, first, renew
from osler.main.sample.generate import generate
from osler.record import Record, Update
from osler.search.parse import parse

MONDAY = datetime(2026, 11, 23, 15, 5, tzinfo=UTC)


def _count(record: Record, type: str, *pairs: tuple[str, str]) -> int:
    return record.count(LOCAL, parse(type, list(pairs), record.registry)) or 0


def test_a_later_start_adds_days_finishes_old_ones_and_keeps_what_was_changed(
    fresh_database: Database,
) -> None:
    record = Record(fresh_database)
    with clock.frozen(MONDAY):
        for _ in _write(record, generate(MONDAY)):
            pass
        known = first(MONDAY, {})
    assert _count(record, "Encounter", ("status", "in-progress")) == 5
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        changed = _complete_a_task(record)
    with clock.frozen(MONDAY + timedelta(days=1)):
        later = renew(record, known, clock.now())
        again = renew(record, later, clock.now())
    assert f"Task/{changed}" in later.touched
    task = decode(record.read(LOCAL, "Task", changed).content)
    assert isinstance(task, r4.Task) and task.status == "completed" and task.note
    here = [("status", "in-progress")]
    assert _count(record, "Encounter", *here) == 5
    assert _count(record, "Encounter", *here, ("date", "sa2026-11-23")) == 5
    assert _count(record, "Appointment", ("date", "2026-11-24")) > 25
    assert again.counts == later.counts
    with clock.frozen(MONDAY + timedelta(days=2)):
        renew(record, again, clock.now())
    task = decode(record.read(LOCAL, "Task", changed).content)
    assert isinstance(task, r4.Task) and task.status == "completed" and task.note


def _complete_a_task(record: Record) -> str:
    page = record.search(LOCAL, parse("Task", [("status", "requested")], record.registry))
    task = decode(page.matches[0].content)
    assert isinstance(task, r4.Task)
    task.status = "completed"
    task.note = [r4.Annotation(text="Done by somebody")]
    record.commit(LOCAL, [Update(task)])
    return task.id or ""


def test_the_mark_is_read_as_it_was_written(tmp_path: Path) -> None:
    known = first(MONDAY, {"Patient": 3})
    mark.write(tmp_path, known)
    assert mark.read(tmp_path) == known
    (tmp_path / "demo.json").write_text('{"Patient": 36}')
    assert mark.exists(tmp_path) and mark.read(tmp_path) is None


def test_only_a_demo_is_thrown_away(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "precious").write_text("x")
    with pytest.raises(click.UsageError, match="no finished demo"):
        command._throw_away(home)
    assert (home / "precious").exists()
    mark.write(home, first(MONDAY, {}))
    command._throw_away(home)
    assert not home.exists()
    command._throw_away(home)  # Nothing there is nothing to do.
