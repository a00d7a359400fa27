from __future__ import annotations

import uuid
from datetime import UTC, datetime

from osler.kit import clock
from osler.kit.ids import uuid7


def test_ids_are_uuids_of_version_7() -> None:
    found = uuid.UUID(uuid7())
    assert (found.version, found.variant) == (7, uuid.RFC_4122)


def test_ids_of_one_process_are_unique_and_ascend() -> None:
    ids = [uuid7() for _ in range(20_000)]
    assert ids == sorted(set(ids))


def test_an_id_begins_with_its_millisecond() -> None:
    at = datetime(2031, 4, 5, 6, 7, 8, 123456, tzinfo=UTC)
    with clock.frozen(at):
        text = uuid7()
    assert int(text.replace("-", "")[:12], 16) == int(at.timestamp()) * 1000 + 123


def test_ids_follow_a_clock_that_is_set_back() -> None:
    with clock.frozen(datetime(2040, 1, 1, tzinfo=UTC)):
        later = uuid7()
    with clock.frozen(datetime(2020, 1, 1, tzinfo=UTC)):
        assert uuid7() < later
