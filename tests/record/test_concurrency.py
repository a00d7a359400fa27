"""Several writers at once, each on its own connection."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from osler.access import LOCAL
from osler.kit.errors import Conflict, OslerError, PreconditionFailed
from osler.record import Create, Record, Update
from tests.record.cast import patient


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work(0)` … `work(count - 1)` answered or raised when started together."""
    barrier = threading.Barrier(count)
    answers: list[Any] = [None] * count

    def run(i: int) -> None:
        barrier.wait()
        try:
            answers[i] = work(i)
        except OslerError as error:
            answers[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_one_of_many_writers_of_a_version_wins(record: Record) -> None:
    record.commit(LOCAL, [Update(patient("ana"))])

    def write(i: int) -> str:
        record.commit(LOCAL, [Update(patient("ana", family=f"Writer{i}"), if_match=1)])
        return f"Writer{i}"

    answers = at_once(8, write)
    winners = [a for a in answers if isinstance(a, str)]
    losers = [a for a in answers if isinstance(a, Conflict | PreconditionFailed)]
    assert len(winners) == 1 and len(losers) == 7
    now = record.read(LOCAL, "Patient", "ana")
    assert now.version == 2
    assert json.loads(now.content)["name"][0]["family"] == winners[0]


def test_no_update_is_lost_without_if_match(record: Record) -> None:
    record.commit(LOCAL, [Update(patient("ana"))])

    def write(i: int) -> str:
        record.commit(LOCAL, [Update(patient("ana", family=f"Writer{i}"))])
        return f"Writer{i}"

    winners = {a for a in at_once(8, write) if isinstance(a, str)}
    assert winners
    entries = record.history(LOCAL, "Patient", "ana").entries
    families = {json.loads(v.content)["name"][0]["family"] for v in entries}
    assert families == winners | {"Núñez"}
    assert [v.version for v in entries] == list(range(len(entries), 0, -1))


def test_two_conditional_creates_make_one(record: Record) -> None:
    for round in range(5):
        value = f"mrn-{round}"
        condition = f"identifier=urn:mrn|{value}"

        def write(i: int, value: str = value, condition: str = condition) -> Any:
            new = patient(identifier=[{"system": "urn:mrn", "value": value}])
            return record.commit(LOCAL, [Create(new, if_none_exist=condition)])[0]

        answers = at_once(4, write)
        assert Counter(a.status for a in answers) == {"created": 1, "matched": 3}
        assert len({a.version.id for a in answers}) == 1


def test_two_puts_of_a_new_id_make_one_first_version(record: Record) -> None:
    answers = at_once(
        4, lambda i: record.commit(LOCAL, [Update(patient("new", family=f"W{i}"))])[0]
    )
    created = [a for a in answers if not isinstance(a, OslerError) and a.status == "created"]
    assert len(created) == 1
    versions = [v.version for v in record.history(LOCAL, "Patient", "new").entries]
    assert versions == list(range(len(versions), 0, -1))
