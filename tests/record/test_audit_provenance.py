"""Provenance of every write without storing it: by target, beside matches, by id, and within the policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.fhir.validate import validate
from osler.kit.database import Database
from osler.kit.errors import NotFound
from osler.record import Checks, Create, Op, Patch, Record, Update, Version
from osler.search.parse import parse
from osler.search.tree import Everything, Node, Nothing

ANN = Principal(
    "acc-ann", "Ann Able", frozenset({"local"}), person="Practitioner/ann", purpose="TREAT"
)
STRANGER = Principal("stranger")


class _Policy:
    def __init__(self, principal: Principal) -> None:
        self.principal = principal

    def where(self, type: str, interaction: str) -> Node:  # noqa: ARG002
        blind = self.principal is STRANGER and type != "Provenance"
        return Nothing() if blind else Everything()


@pytest.fixture(scope="module")
def record(database: Database) -> Record:
    return Record(database, policy_of=_Policy)


def _commit(record: Record, op: Op) -> Version:
    (outcome,) = record.commit(ANN, [op])
    assert outcome.version is not None
    return outcome.version


def _search(
    record: Record, type: str, *pairs: tuple[str, str], who: Principal = LOCAL
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int | None]:
    page = record.search(who, parse(type, list(pairs), record.registry))
    matches = [json.loads(one.content) for one in page.matches]
    return matches, [json.loads(one.content) for one in page.included], page.total


@pytest.fixture
def patient(record: Record) -> Version:
    made = _commit(record, Create(r4.Patient(active=True), source="typed"))
    body = json.dumps([{"op": "replace", "path": "/active", "value": False}]).encode()
    return _commit(record, Patch("Patient", body, id=made.id, author="Practitioner/bob"))


def test_every_version_has_its_provenance(record: Record, patient: Version) -> None:
    found, _, total = _search(record, "Provenance", ("target", f"Patient/{patient.id}"))
    assert total == 2
    second, first = found
    assert first["target"] == [{"reference": f"Patient/{patient.id}/_history/1"}]
    assert [agent["type"]["coding"][0]["code"] for agent in first["agent"]] == ["author"]
    who = first["agent"][0]["who"]
    assert who["reference"] == "Practitioner/ann"
    assert (who["identifier"]["value"], who["display"]) == ("acc-ann", "Ann Able")
    assert first["entity"] == [{"role": "source", "what": {"display": "typed"}}]
    assert first["activity"]["coding"][0]["code"] == "CREATE"
    assert first["reason"][0]["coding"][0]["code"] == "TREAT"
    agents = {a["type"]["coding"][0]["code"]: a["who"]["reference"] for a in second["agent"]}
    assert agents == {"author": "Practitioner/bob", "enterer": "Practitioner/ann"}
    for one in found:
        issues = validate(decode(json.dumps(one).encode()))
        assert [i for i in issues if i.severity in {"error", "fatal"}] == []


def test_one_version(record: Record, patient: Version) -> None:
    found, _, _ = _search(record, "Provenance", ("target", f"Patient/{patient.id}/_history/1"))
    assert [one["target"][0]["reference"][-1] for one in found] == ["1"]


def test_beside_the_matches(record: Record, patient: Version) -> None:
    matches, included, _ = _search(
        record, "Patient", ("_id", patient.id), ("_revinclude", "Provenance:target")
    )
    assert [one["id"] for one in matches] == [patient.id]
    assert [one["target"][0]["reference"] for one in included] == [
        f"Patient/{patient.id}/_history/2"
    ]


def test_by_its_id(record: Record, patient: Version) -> None:
    found, _, _ = _search(record, "Provenance", ("target", f"Patient/{patient.id}"))
    again = record.read(LOCAL, "Provenance", found[0]["id"])
    assert json.loads(again.content) == found[0]
    with pytest.raises(NotFound):
        record.read(LOCAL, "Provenance", "version-999999-1")


def test_those_that_clients_wrote_stand_beside(record: Record, patient: Version) -> None:
    body = {
        "resourceType": "Provenance",
        "target": [{"reference": f"Patient/{patient.id}"}],
        "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"who": {"display": "the lab"}}],
    }
    stored = _commit(record, Create(decode(json.dumps(body).encode())))
    found, _, total = _search(record, "Provenance", ("target", f"Patient/{patient.id}"))
    assert found[0]["id"] == stored.id
    assert total == 3
    _, included, _ = _search(
        record, "Patient", ("_id", patient.id), ("_revinclude", "Provenance:target")
    )
    assert len(included) == 2


def test_a_load_says_from_which_file(record: Record) -> None:
    checks = Checks(validate=False, references=False, why_off="test")
    record.load(LOCAL, [r4.Patient(id="loaded")], checks=checks, source="old.ndjson")
    (one,), _, _ = _search(record, "Provenance", ("target", "Patient/loaded"))
    assert one["entity"][0]["what"]["display"] == "import:old.ndjson"


def test_who_may_not_see_the_target_sees_no_provenance(record: Record, patient: Version) -> None:
    where = ("target", f"Patient/{patient.id}")
    found, _, _ = _search(record, "Provenance", where)
    hidden, _, total = _search(record, "Provenance", where, who=STRANGER)
    assert (hidden, total) == ([], 0)
    with pytest.raises(NotFound):
        record.read(STRANGER, "Provenance", found[0]["id"])


def test_it_outlives_the_month_of_its_audit_row(record: Record, database: Database) -> None:
    made = _commit(record, Update(r4.Patient(id="kept", active=True), source="Device/scale"))
    with database.connection() as conn:
        names = "at, actor, actor_name, person, action, type, id, version, source, outcome, xact"
        conn.execute(
            f"WITH gone AS (DELETE FROM audit WHERE id = 'kept' RETURNING {names})"
            f" INSERT INTO audit_kept ({names}) SELECT * FROM gone".encode()
        )
    (one,), _, _ = _search(record, "Provenance", ("target", f"Patient/{made.id}"))
    assert one["entity"] == [{"role": "source", "what": {"reference": "Device/scale"}}]
