"""The compact map from uuid to type."""

from __future__ import annotations

import uuid

from osler.exchange.bulk.uuids import Uuids


def test_it_answers_like_a_dictionary() -> None:
    names = ["Patient", "Observation", "Encounter"]
    exact = {str(uuid.uuid4()): names[n % 3] for n in range(20_000)}
    compact = Uuids()
    for key, kind in exact.items():
        compact.add(key, kind)
    assert all(compact.kind(key) == kind for key, kind in exact.items())
    assert compact.kind(str(uuid.uuid4())) is None
    assert Uuids().kind(str(uuid.uuid4())) is None


def test_uuids_that_differ_only_in_front_are_told_apart() -> None:
    compact = Uuids()
    compact.add("00000001-8d6e-4f52-a0db-e26b7aec76ce", "Patient")
    compact.add("00000002-8d6e-4f52-a0db-e26b7aec76ce", "Claim")
    assert compact.kind("00000001-8d6e-4f52-a0db-e26b7aec76ce") == "Patient"
    assert compact.kind("00000002-8d6e-4f52-a0db-e26b7aec76ce") == "Claim"


def test_one_uuid_with_two_types_is_known_as_none() -> None:
    compact = Uuids()
    key = str(uuid.uuid4())
    for kind in ("Patient", "Claim", "Patient"):
        compact.add(key, kind)
    assert compact.kind(key) is None


def test_entries_may_be_added_after_a_question() -> None:
    compact = Uuids()
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    compact.add(first, "Patient")
    assert compact.kind(first) == "Patient"
    compact.add(second, "Claim")
    assert (compact.kind(first), compact.kind(second)) == ("Patient", "Claim")
