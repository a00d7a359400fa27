"""Whatever is done, no version ever vanishes or changes: checked against a model in plain Python."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osler.access import LOCAL
from osler.kit.database import Database
from osler.kit.errors import Gone, NotFound, OslerError
from osler.kit.ids import uuid7
from osler.record import Delete, Op, Patch, Record, Update
from tests.record.cast import patient, policy_of

IDS = ("a", "b", "c")
FAMILIES = ("Ash", "Birch", "Cedar")

put = st.tuples(
    st.just("put"), st.sampled_from(IDS), st.sampled_from(FAMILIES), st.none() | st.integers(1, 4)
)
patch = st.tuples(st.just("patch"), st.sampled_from(IDS), st.sampled_from(FAMILIES), st.none())
delete = st.tuples(
    st.just("delete"), st.sampled_from(IDS), st.just(""), st.none() | st.integers(1, 4)
)
Step = tuple[str, str, str, int | None]
commits = st.lists(st.lists(put | patch | delete, min_size=1, max_size=3), max_size=8)


@dataclass
class Model:
    """Family names by id and version; None is a deletion."""

    versions: dict[str, list[str | None]] = field(default_factory=dict)

    def apply(self, steps: list[Step]) -> bool:
        """Do all of it, or nothing and answer False."""
        before = {id: list(found) for id, found in self.versions.items()}
        ids = [step[1] for step in steps]
        if len(set(ids)) < len(ids) or not all(self._one(step) for step in steps):
            self.versions = before
            return False
        return True

    def _one(self, step: Step) -> bool:
        kind, id, family, if_match = step
        found = self.versions.get(id, [])
        if if_match is not None and if_match != len(found):
            return False
        now = found[-1] if found else None
        if kind == "patch" and now is None:
            return False
        if kind == "delete":
            if now is not None:
                found.append(None)
        elif now != family:
            self.versions[id] = [*found, family]
        return True


def op(step: Step, prefix: str) -> Op:
    kind, id, family, if_match = step
    if kind == "put":
        return Update(patient(prefix + id, family=family), if_match=if_match)
    if kind == "patch":
        document = [{"op": "replace", "path": "/name/0/family", "value": family}]
        return Patch("Patient", json.dumps(document).encode(), prefix + id)
    return Delete("Patient", prefix + id, if_match=if_match)


def stored(record: Record, id: str) -> list[str | None]:
    """The family names of all versions, read one by one."""
    families: list[str | None] = []
    while True:
        try:
            content = record.vread(LOCAL, "Patient", id, len(families) + 1).content
            families.append(json.loads(content)["name"][0]["family"])
        except Gone:
            families.append(None)
        except NotFound:
            return families


@given(commits)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_versions_are_those_of_the_model(database: Database, steps: list[list[Step]]) -> None:
    record = Record(database, policy_of=policy_of)
    prefix = uuid7()[-12:] + "-"
    model = Model()
    for commit in steps:
        try:
            record.commit(LOCAL, [op(step, prefix) for step in commit])
            done = True
        except OslerError:
            done = False
        assert done == model.apply(commit)
    for id in IDS:
        expected = model.versions.get(id, [])
        assert stored(record, prefix + id) == expected
        if expected:
            history = record.history(LOCAL, "Patient", prefix + id).entries
            assert [v.version for v in history] == list(range(len(expected), 0, -1))
            assert [v.deleted for v in history] == [f is None for f in reversed(expected)]
