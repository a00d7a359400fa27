"""Taking back resources with all their versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import pytest

from osler.access import LOCAL
from osler.kit.database import Database
from osler.kit.errors import Conflict, Invalid
from osler.record import Delete, Record, Update, Version
from tests.record.cast import observation, patient, policy_of


def whole(record: Record) -> list[list[Version]]:
    by_id: dict[tuple[str, str], list[Version]] = defaultdict(list)
    for type in ("Patient", "Observation"):
        for version in record.export(LOCAL, type, history=True):
            by_id[version.type, version.id].append(version)
    return list(by_id.values())


@pytest.fixture
def lived(record: Record) -> Record:
    record.commit(LOCAL, [Update(patient("ana")), Update(patient("bob"))])
    record.commit(LOCAL, [Update(patient("ana", family="Two")), Update(observation("ana", "w"))])
    record.commit(LOCAL, [Update(patient("ana", family="Three"))])
    record.commit(LOCAL, [Delete("Patient", "bob")])
    return record


def test_versions_come_back_with_their_numbers_and_times(
    lived: Record, another_database: Callable[[], Database]
) -> None:
    other = Record(another_database(), base_url=lived.base_url, policy_of=policy_of)
    assert set(other.restore(LOCAL, whole(lived), source="backup")) == {"created"}

    def plain(record: Record) -> list[list[tuple[object, ...]]]:
        return [[(v.type, v.id, v.version, v.updated, v.content) for v in r] for r in whole(record)]

    assert plain(other) == plain(lived)
    assert set(other.restore(LOCAL, whole(lived), source="backup")) == {"unchanged"}
    assert (
        other.read(LOCAL, "Observation", "w").content
        == lived.read(LOCAL, "Observation", "w").content
    )


def test_a_restore_never_overwrites(lived: Record) -> None:
    resources = whole(lived)
    lived.commit(LOCAL, [Update(patient("ana", family="Four"))])
    with pytest.raises(Conflict, match="version 4"):
        lived.restore(LOCAL, resources, source="backup")
    with pytest.raises(Invalid, match="expected all from 1"):
        lived.restore(LOCAL, [resources[0][1:]], source="backup")


def test_every_version_is_again_about_its_patient(
    record: Record, another_database: Callable[[], Database]
) -> None:
    record.commit(LOCAL, [Update(patient("ana")), Update(patient("bob"))])
    record.commit(LOCAL, [Update(observation("bob", "w"))])
    then = record.commit(LOCAL, [Update(observation("ana", "w"))])[0].version
    assert then is not None
    record.commit(LOCAL, [Delete("Observation", "w")])
    # As a file has them, which does not name the patient.
    from_file = [[replace(v, patient=None, rid=0) for v in versions] for versions in whole(record)]
    other = Record(another_database(), base_url=record.base_url, policy_of=policy_of)
    other.restore(LOCAL, from_file, source="backup")
    entries = other.history(LOCAL, "Observation", "w").entries
    assert [version.patient for version in entries] == ["ana", "ana", "bob"]
    stood = other.as_of_patient(LOCAL, then.updated, "ana")
    assert {version.type for version in stood} == {"Patient", "Observation"}
