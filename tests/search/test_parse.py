"""Values as their parsers read them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from osler.search import date, number, quantity, reference, token
from osler.search.parse import parse
from osler.search.registry import Registry
from osler.search.text import like, normal, split, unescape
from osler.search.tree import And, Chain, Has, Match, Or

REGISTRY = Registry.builtin()


def param(type: str, code: str) -> Any:
    return REGISTRY.get(type, code)


def at(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2024", at(2024, 1, 1), at(2025, 1, 1)),
        ("2024-02", at(2024, 2, 1), at(2024, 3, 1)),
        ("2024-12", at(2024, 12, 1), at(2025, 1, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2024-05-06T10:30Z", at(2024, 5, 6, 10, 30), at(2024, 5, 6, 10, 31)),
        ("2024-05-06T10:30:15+02:00", at(2024, 5, 6, 8, 30, 15), at(2024, 5, 6, 8, 30, 16)),
        ("2024-05-06T10:30:15 02:00", at(2024, 5, 6, 8, 30, 15), at(2024, 5, 6, 8, 30, 16)),
        (
            "2024-05-06T10:30:15.12Z",
            at(2024, 5, 6, 10, 30, 15, 120000),
            at(2024, 5, 6, 10, 30, 15, 130000),
        ),
        ("2016-12-31T23:59:60Z", at(2017, 1, 1), at(2017, 1, 1, 0, 0, 1)),
    ],
)
def test_dates_are_ranges(text: str, low: datetime, high: datetime) -> None:
    assert date.span(text) == (low, high)


def test_the_end_of_time_is_infinite() -> None:
    assert date.span_text("9999") == ("9999-01-01 00:00:00+00:00", "infinity")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("100", "99.5", "100.5"),
        ("100.00", "99.995", "100.005"),
        ("1e2", "95", "105"),
        ("ap100", "90", "110"),
        ("-5.4", "-5.45", "-5.35"),
        ("0", "-0.5", "0.5"),
    ],
)
def test_numbers_have_the_precision_they_are_written_with(text: str, low: str, high: str) -> None:
    value = number.parse(param("RiskAssessment", "probability"), None, text)
    assert (value.low, value.high) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("text", "system", "code"),
    [
        ("a", None, "a"),
        ("|a", "", "a"),
        ("s|a", "s", "a"),
        ("s|", "s", None),
        (r"s\|t|a\,b", "s|t", "a,b"),
    ],
)
def test_tokens(text: str, system: str | None, code: str | None) -> None:
    value = token.parse(param("Observation", "code"), None, text)
    assert (value.system, value.code) == (system, code)


def test_quantities() -> None:
    value = quantity.parse(
        param("Observation", "value-quantity"), None, "le5.4|http://unitsofmeasure.org|mg"
    )
    assert (value.number.prefix, value.number.number) == ("le", Decimal("5.4"))
    assert (value.system, value.code) == ("http://unitsofmeasure.org", "mg")


def test_references() -> None:
    performer = param("Observation", "performer")
    assert reference.parse(performer, None, "7") == reference.ReferenceValue(None, "7")
    assert reference.parse(performer, "Practitioner", "7") == reference.ReferenceValue(
        "Practitioner", "7"
    )
    patient = param("Observation", "patient")
    assert reference.parse(patient, None, "7") == reference.ReferenceValue("Patient", "7")
    ours = reference.parse(patient, None, "http://me/fhir/Patient/7", "http://me/fhir/")
    assert ours == reference.ReferenceValue("Patient", "7")


def test_text() -> None:
    assert normal("  José  MARÍA\tŁukasz Straße ﬁn ") == "jose maria lukasz strasse fin"
    assert normal("ΆΛΦΑ") == "αλφα"
    assert split(r"a\,b,c\\,d", ",") == [r"a\,b", r"c\\", "d"]
    assert [unescape(part) for part in split(r"a\,b,c\\,d", ",")] == ["a,b", "c\\", "d"]
    assert like(r"50%_\x") == r"50\%\_\\x"


def test_the_tree() -> None:
    where = parse(
        "Observation",
        [
            ("subject:Patient.name", "a,b"),
            ("patient._has:Condition:patient:code", "x"),
            ("code:not", "y"),
        ],
        REGISTRY,
    ).where
    assert isinstance(where, And)
    chain, has, negated = where.nodes
    assert isinstance(chain, Chain)
    assert isinstance(chain.node, Match)
    assert len(chain.node.values) == 2
    assert isinstance(has, Chain)
    assert isinstance(has.node, Has)
    assert isinstance(negated, Match)
    assert negated.modifier == "not"
    untyped = parse("Observation", [("subject.identifier", "1")], REGISTRY).where
    assert isinstance(untyped, Or)
    types = {node.type for node in untyped.nodes if isinstance(node, Chain)}
    assert types == {"Group", "Device", "Patient", "Location"}
