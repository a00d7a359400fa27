"""A record that the database cannot hold costs only itself, and what is said of it quotes nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from osler.access import LOCAL
from osler.exchange.bulk import LoadOptions, load
from osler.exchange.bulk.divide import divide, reason
from osler.exchange.bulk.lanes import Here, _answer
from osler.exchange.bulk.writer import Batch, Writer
from osler.fhir.base import Resource
from osler.kit.errors import Unavailable, Unprocessable
from osler.record import Record

Put = Callable[[str, object], Path]
BAD = "p13"
SECRET = "Núñez"
PATIENTS = [
    {"resourceType": "Patient", "id": f"p{n}", "name": [{"family": SECRET}]} for n in range(40)
]
ERRORS = [
    Unprocessable("The database cannot index this value", expression="Patient.name"),
    psycopg.errors.NumericValueOutOfRange(f'value "{SECRET}" is out of range for type integer'),
    psycopg.errors.ProgramLimitExceeded(f"index row size 9000 exceeds maximum: {SECRET}"),
    psycopg.errors.StatementTooComplex("stack depth limit exceeded"),
]


def _refusing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The database refuses every batch that has the bad one among it."""
    original = Record.load

    def load_all_but_one(
        self: Record, principal: Any, some: Sequence[Resource], **rest: Any
    ) -> Any:
        if any(resource.id == BAD for resource in some):
            raise error
        return original(self, principal, some, **rest)

    monkeypatch.setattr(Record, "load", load_all_but_one)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_bad_record_costs_only_itself(
    record: Record, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _refusing(monkeypatch, error)
    rejects = tmp_path / "rejects.ndjson"
    report = load(record, [put("Patient.ndjson", PATIENTS)], options=LoadOptions(rejects=rejects))
    assert report.counts["Patient"] == {"created": len(PATIENTS) - 1, "rejected": 1}
    (line,) = [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]
    assert line["record"]["id"] == BAD
    assert line["record"]["name"] == [{"family": SECRET}]
    assert line["reason"] == reason(error)
    assert SECRET not in report.table() + str(report.reasons)
    assert record.read(LOCAL, "Patient", "p39").version == 1


def test_the_reason_names_the_kind_of_refusal() -> None:
    texts = [reason(error) for error in ERRORS]
    assert texts[:2] == [
        "Patient.name: The database cannot index this value",
        "The database refused it: numeric value out of range",
    ]


def test_several_bad_ones_are_found_without_trying_each() -> None:
    attempts: list[int] = []
    refused: list[int] = []

    def attempt(some: Sequence[int]) -> None:
        attempts.append(len(some))
        if {3, 700} & set(some):
            raise Unprocessable("bad")

    divide(range(1000), attempt, lambda one, _: refused.append(one))
    assert refused == [3, 700]
    assert len(attempts) < 50


def test_an_unforeseen_failure_quotes_no_record(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Writer, batch: Batch) -> Any:
        raise psycopg.InternalError(f"invalid memory for {SECRET}")

    monkeypatch.setattr(Writer, "write", fail)
    writer = Writer(record, LOCAL, validate=False)
    answer = _answer(writer, Batch(0, ()))
    assert isinstance(answer, RuntimeError)
    assert str(answer).startswith("InternalError at fail (")
    with pytest.raises(RuntimeError) as found:
        list(Here(writer).submit(Batch(0, ())))
    assert SECRET not in str(found.value)
    assert found.value.__context__ is None


def test_a_foreseen_failure_is_told_as_it_is(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Writer, batch: Batch) -> Any:
        raise Unavailable("The database does not answer")

    monkeypatch.setattr(Writer, "write", fail)
    with pytest.raises(Unavailable, match="does not answer"):
        list(Here(Writer(record, LOCAL, validate=False)).submit(Batch(0, ())))
