"""The made-up practice: valid, whole, deterministic, with codes that exist."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode, encode
from osler.fhir.validate import validate
from osler.main.sample import generate
from osler.main.sample.make import CVX, ICD10, LOINC, RXNORM, SNOMED, ZONE
from tests.samples import samples

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 11, 5, tzinfo=ZONE)


@cache
def _made() -> tuple[Resource, ...]:
    return tuple(generate(NOW))


def _of(kind: type[T]) -> list[T]:
    return [made for made in _made() if isinstance(made, kind)]


def test_every_resource_is_valid_and_survives_the_codec() -> None:
    for made in _made():
        text = encode(made)
        assert encode(decode(text)) == text
        found = [f"{i.expression}: {i.diagnostics}" for i in validate(made)]
        assert found == [], f"{made.resourceType}/{made.id}"


def test_the_same_seed_and_day_make_the_same_practice() -> None:
    assert [encode(made) for made in generate(NOW)] == [encode(made) for made in _made()]
    other = [encode(made) for made in generate(NOW, seed=2)]
    assert other != [encode(made) for made in _made()]


def test_ids_are_unique_and_references_lead_somewhere() -> None:
    there = Counter(f"{made.resourceType}/{made.id}" for made in _made())
    assert max(there.values()) == 1
    for made in _made():
        for reference in _references(json.loads(encode(made))):
            assert reference in there, f"{made.resourceType}/{made.id} refers to {reference}"


def _references(value: object) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(value.get("reference"), str):
                yield value["reference"]
            for inner in value.values():
                yield from _references(inner)
        case list():
            for inner in value:
                yield from _references(inner)


def test_there_are_a_few_dozen_patients_of_many_kinds() -> None:
    patients = _of(r4.Patient)
    assert len(patients) >= 60
    names = {given for p in patients for name in p.name or () for given in name.given or ()}
    assert "José" in names
    languages = {
        c.language.coding[0].code
        for p in patients
        for c in p.communication or ()
        if c.language.coding
    }
    assert len(languages) >= 8
    families = Counter(p.name[0].family for p in patients if p.name)
    assert families["Smith"] == 2  # two people of one name, as in life


def test_nothing_lies_in_the_future_but_appointments() -> None:
    for made in _made():
        if isinstance(made, r4.Observation) and len(made.effectiveDateTime or "") > len(
            "2026-11-23"
        ):
            assert datetime.fromisoformat(made.effectiveDateTime or "") <= NOW
        if isinstance(made, r4.Encounter):
            assert made.period
            assert datetime.fromisoformat(made.period.start or "") <= NOW


def test_the_day_has_appointments_before_and_after_now() -> None:
    today = [a for a in _of(r4.Appointment) if (a.start or "").startswith("2026-11-23")]
    assert len(today) >= 6
    statuses = {a.status for a in today}
    assert "fulfilled" in statuses
    assert "booked" in statuses


def test_blood_pressure_comes_down_under_treatment() -> None:
    readings = _values("José García Márquez", "8480-6")
    assert max(readings) > 150
    assert max(readings[-3:]) < 140


def test_a1c_comes_down_under_treatment() -> None:
    values = _values("José García Márquez", "4548-4")
    assert len(values) >= 8
    assert values[0] > Decimal(8)
    assert values[-1] < Decimal("7.2")


def _values(name: str, loinc: str) -> list[Decimal]:
    """In the order of time."""
    found: list[tuple[str, Decimal]] = []
    for made in _of(r4.Observation):
        if made.subject is None or made.subject.display != name:
            continue
        for part in (made, *(made.component or ())):
            codes = {coding.code for coding in part.code.coding or ()}
            if loinc in codes and part.valueQuantity and part.valueQuantity.value is not None:
                found.append((made.effectiveDateTime or "", part.valueQuantity.value))
    return [value for _, value in sorted(found)]


def test_results_are_flagged_by_their_range() -> None:
    flags: Counter[str] = Counter()
    for made in _of(r4.Observation):
        if not (made.referenceRange and made.interpretation and made.valueQuantity):
            continue
        low, high = made.referenceRange[0].low, made.referenceRange[0].high
        coding = made.interpretation[0].coding or []
        flag = coding[0].code or ""
        value = made.valueQuantity.value or Decimal(0)
        is_low = low is not None and low.value is not None and value < low.value
        is_high = high is not None and high.value is not None and value > high.value
        assert flag in (("L", "LL") if is_low else ("H", "HH") if is_high else ("N",))
        flags[flag] += 1
    assert set(flags) >= {"L", "H", "N", "HH"}


def test_codes_exist_and_are_called_what_they_are_called() -> None:
    folder = samples()
    if folder is None or not (folder.parent / "problems").is_dir():
        pytest.skip("no code tables beside the samples")
    known = _known(folder.parent)
    used = {(s, c, d) for made in _made() for s, c, d in _codings(json.loads(encode(made)))}
    for system, code, display in used:
        if system in (ICD10, SNOMED, RXNORM, CVX):
            assert known[system].get(code) == display, (system, code, display)
    assert {system for system, _, _ in used} >= {ICD10, SNOMED, RXNORM, CVX, LOINC}
    assert not any("ama-assn.org" in system for system, _, _ in used)  # CPT is not free


def _known(tables: Path) -> dict[str, dict[str, str]]:
    return {
        ICD10: _table(tables / "problems/icd10cm_2026.tsv.gz", "code", "title"),
        SNOMED: _table(tables / "problems/snomed_gps.tsv.gz", "sctid", "name"),
        RXNORM: _table(tables / "drugs/rxnorm_names.tsv.gz", "rxcui", "name"),
        CVX: _table(tables / "immunizations/cvx.tsv", "cvx", "short_name"),
    }


def _table(path: Path, key: str, value: str) -> dict[str, str]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return {row[key]: row[value] for row in csv.DictReader(text.splitlines(), delimiter="\t")}


def _codings(value: object) -> Iterator[tuple[str, str, str]]:
    match value:
        case {"system": str(system), "code": str(code), "display": str(display)}:
            yield system, code, display
        case dict():
            for inner in value.values():
                yield from _codings(inner)
        case list():
            for inner in value:
                yield from _codings(inner)
