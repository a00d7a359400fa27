"""A search finds exactly what a plain evaluation, written here without any of the compiler, says."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.search.world import World

RUNS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SYSTEMS = st.sampled_from(["http://a", "http://b", None])
CODES = st.sampled_from(["x", "y", "X", "x|y", "a,b", "$"])


@pytest.fixture
def blank(empty: World) -> World:
    empty.clear()
    return empty


def ids(resources: list[dict[str, Any]]) -> set[str]:
    return {resource["id"] for resource in resources}


def escaped(text: str) -> str:
    return "".join("\\" + c if c in "\\,|$" else c for c in text)


def url(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


# ---- tokens


codings = st.lists(
    st.fixed_dictionaries({}, optional={"system": SYSTEMS.filter(bool), "code": CODES}).filter(
        bool
    ),
    max_size=3,
)


@RUNS
@given(
    st.lists(codings, min_size=1, max_size=8),
    SYSTEMS,
    CODES,
    st.sampled_from(["any", "none", "system", "whole"]),
)
def test_tokens(blank: World, cases: list[Any], system: str | None, code: str, form: str) -> None:
    blank.clear()
    made = [
        {"resourceType": "Condition", "id": f"c{n}", "subject": {"reference": "Patient/p"}}
        | ({"code": {"coding": found}} if found else {})
        for n, found in enumerate(cases)
    ]
    blank.add(*made)
    system = system or "http://a"
    forms: dict[str, tuple[str, Callable[[dict[str, str]], bool]]] = {
        "any": (escaped(code), lambda c: c.get("code") == code),
        "none": ("|" + escaped(code), lambda c: c.get("code") == code and "system" not in c),
        "whole": (
            f"{system}|{escaped(code)}",
            lambda c: c.get("code") == code and c.get("system") == system,
        ),
        "system": (f"{system}|", lambda c: c.get("system") == system),
    }
    text, holds = forms[form]
    wanted = {f"c{n}" for n, found in enumerate(cases) if any(holds(c) for c in found)}
    everything = ids(made)
    assert set(blank.find(f"Condition?code={url(text)}")) == wanted
    assert set(blank.find(f"Condition?code:not={url(text)}")) == everything - wanted
    missing = {f"c{n}" for n, found in enumerate(cases) if not found}
    assert set(blank.find("Condition?code:missing=true")) == missing


# ---- strings


words = st.text(st.sampled_from("aAáÁbBçß _%\\,'’-"), min_size=1, max_size=5).filter(
    lambda t: t.strip(" ")
)


def plain(text: str) -> str:
    apart = re.sub(r"[_%\\,-]", " ", re.sub("['’]", "", text))
    folded = unicodedata.normalize("NFKD", apart).casefold()
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())


@RUNS
@given(st.lists(st.lists(words, max_size=2), min_size=1, max_size=8), words)
def test_strings(blank: World, cases: list[list[str]], text: str) -> None:
    blank.clear()
    blank.add(
        *(
            {"resourceType": "Organization", "id": f"o{n}"}
            | ({"name": names[0]} if names else {})
            | ({"alias": names[1:]} if names[1:] else {})
            for n, names in enumerate(cases)
        )
    )
    asked = url(escaped(text))

    def found(test: Any) -> set[str]:
        return {f"o{n}" for n, names in enumerate(cases) if any(test(name) for name in names)}

    assert set(blank.find(f"Organization?name={asked}")) == found(
        lambda n: bool(plain(text)) and plain(n).startswith(plain(text))
    )
    assert set(blank.find(f"Organization?name:contains={asked}")) == found(
        lambda n: bool(plain(text)) and plain(text) in plain(n)
    )
    assert set(blank.find(f"Organization?name:exact={asked}")) == found(lambda n: n == text)
    order = blank.find("Organization?_sort=name")
    named = {f"o{n}": plain(names[0]) for n, names in enumerate(cases) if names}
    values = [named[id] for id in order if id in named]
    assert values == sorted(values)
    assert all(id not in named for id in order[len(values) :])


# ---- dates


years = st.integers(2019, 2021)
days = st.integers(1, 28)
months = st.integers(1, 12)


@st.composite
def dates(draw: st.DrawFn) -> str:
    text = f"{draw(years):04}"
    depth = draw(st.integers(0, 3))
    if depth > 0:
        text += f"-{draw(months):02}"
    if depth > 1:
        text += f"-{draw(days):02}"
    if depth > 2:
        zone = draw(st.sampled_from(["Z", "+02:00", "-05:30"]))
        text += f"T{draw(st.integers(0, 23)):02}:30:00{zone}"
    return text


def extent(text: str) -> tuple[datetime, datetime]:
    """The range of a date, worked out independently."""
    if "T" in text:
        low = datetime.fromisoformat(text).astimezone(UTC)
        return low, low + timedelta(seconds=1)
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return datetime(parts[0], 1, 1, tzinfo=UTC), datetime(parts[0] + 1, 1, 1, tzinfo=UTC)
    if len(parts) == 2:
        length = calendar.monthrange(parts[0], parts[1])[1]
        low = datetime(parts[0], parts[1], 1, tzinfo=UTC)
        return low, low + timedelta(days=length)
    low = datetime(parts[0], parts[1], parts[2], tzinfo=UTC)
    return low, low + timedelta(days=1)


FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

effective: st.SearchStrategy[Any] = st.one_of(
    dates().map(lambda d: ({"effectiveDateTime": d}, extent(d))),
    st.tuples(st.none() | dates(), st.none() | dates())
    .filter(lambda p: p[0] or p[1])
    .map(lambda p: p if not (p[0] and p[1]) or extent(p[0])[0] < extent(p[1])[1] else (p[1], p[0]))
    .filter(lambda p: not (p[0] and p[1]) or extent(p[0])[0] < extent(p[1])[1])
    .map(
        lambda p: (
            {"effectivePeriod": {k: v for k, v in (("start", p[0]), ("end", p[1])) if v}},
            (extent(p[0])[0] if p[0] else FIRST, extent(p[1])[1] if p[1] else LAST),
        )
    ),
    st.just(({}, None)),
)


def date_fits(
    prefix: str, value: tuple[datetime, datetime], asked: tuple[datetime, datetime]
) -> bool:
    """The definitions of the specification, in its own words as far as possible."""
    low, high = value
    start, end = asked
    contained = start <= low and high <= end
    above, below = high > end, low < start
    return {
        "eq": contained,
        "ne": not contained,
        "gt": above,
        "lt": below,
        "ge": above or contained,
        "le": below or contained,
        "sa": low >= end,
        "eb": high <= start,
    }[prefix]


@RUNS
@given(st.lists(effective, min_size=1, max_size=10), dates())
def test_dates_in_columns(blank: World, cases: list[Any], asked: str) -> None:
    blank.clear()
    blank.add(
        *(
            {"resourceType": "Observation", "id": f"o{n}", "status": "final", "code": {"text": "x"}}
            | one
            for n, (one, _) in enumerate(cases)
        )
    )
    for prefix in ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"):
        wanted = {
            f"o{n}"
            for n, (_, value) in enumerate(cases)
            if value is not None and date_fits(prefix, value, extent(asked))
        }
        assert set(blank.find(f"Observation?date={prefix}{url(asked)}")) == wanted, prefix


@RUNS
@given(st.lists(st.lists(dates(), max_size=2), min_size=1, max_size=8), dates())
def test_dates_in_rows(blank: World, cases: list[list[str]], asked: str) -> None:
    """Goal.target.dueDate repeats; only dates without a time are of that type."""
    blank.clear()
    cases = [[one.partition("T")[0] for one in found] for found in cases]
    blank.add(
        *(
            {
                "resourceType": "Goal",
                "id": f"g{n}",
                "lifecycleStatus": "active",
                "description": {"text": "x"},
                "subject": {"reference": "Patient/p"},
            }
            | ({"target": [{"dueDate": one} for one in found]} if found else {})
            for n, found in enumerate(cases)
        )
    )
    for prefix in ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"):
        wanted = {
            f"g{n}"
            for n, found in enumerate(cases)
            if any(date_fits(prefix, extent(one), extent(asked)) for one in found)
        }
        assert set(blank.find(f"Goal?target-date={prefix}{url(asked)}")) == wanted, prefix


# ---- numbers and quantities


decimals = st.tuples(st.integers(-2000, 2000), st.integers(0, 3)).map(
    lambda p: Decimal(p[0]).scaleb(-p[1])
)


def number_fits(prefix: str, value: Decimal, asked: Decimal) -> bool:
    exponent = asked.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal(5).scaleb(exponent - 1)
    inside = asked - half <= value < asked + half
    near = abs(value - asked) <= abs(asked) / 10
    return {
        "": inside, "eq": inside, "ne": not inside, "gt": value > asked, "lt": value < asked, "ge": value >= asked,
        "le": value <= asked, "sa": value > asked, "eb": value < asked, "ap": near,
    }[prefix]  # fmt: skip


PREFIXES = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")


@RUNS
@given(st.lists(st.lists(decimals, max_size=2), min_size=1, max_size=8), decimals)
def test_numbers(blank: World, cases: list[list[Decimal]], asked: Decimal) -> None:
    blank.clear()
    blank.add(
        *(
            {
                "resourceType": "RiskAssessment",
                "id": f"r{n}",
                "status": "final",
                "subject": {"reference": "Patient/p"},
            }
            | ({"prediction": [{"probabilityDecimal": float(v)} for v in found]} if found else {})
            for n, found in enumerate(cases)
        )
    )
    for prefix in PREFIXES:
        wanted = {
            f"r{n}"
            for n, found in enumerate(cases)
            if any(number_fits(prefix, v, asked) for v in found)
        }
        assert set(blank.find(f"RiskAssessment?probability={prefix}{asked:f}")) == wanted, prefix


FACTOR = {"g": Decimal(1), "mg": Decimal("0.001"), "kg": Decimal(1000)}
COMPARATORS = st.sampled_from([None, None, "<", "<=", ">=", ">"])
INFINITY = Decimal("Infinity")
Extent = tuple[tuple[Decimal, int], tuple[Decimal, int]]


def spread(value: Decimal, comparator: str | None) -> Extent:
    """The least and the greatest value; the second of each pair says just beside (-1, 1) or exactly (0)."""
    match comparator:
        case None:
            return (value, 0), (value, 0)
        case "<" | "<=":
            return (-INFINITY, 0), (value, -1 if comparator == "<" else 0)
        case _:
            return (value, 1 if comparator == ">" else 0), (INFINITY, 0)


def extent_fits(prefix: str, value: Extent, asked: Decimal) -> bool:
    """The specification's words about ranges; https://hl7.org/fhir/R4/search.html#prefix"""
    low, high = value
    exponent = asked.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal(5).scaleb(exponent - 1)
    inside = (asked - half, 0) <= low and high < (asked + half, 0)
    margin, exact = abs(asked) / 10, (asked, 0)
    return {
        "": inside, "eq": inside, "ne": not inside, "gt": high > exact, "lt": low < exact, "ge": high >= exact,
        "le": low <= exact, "sa": low > exact, "eb": high < exact,
        "ap": low <= (asked + margin, 0) and high >= (asked - margin, 0),
    }[prefix]  # fmt: skip


@RUNS
@given(
    st.lists(
        st.tuples(decimals, st.sampled_from(["g", "mg", "kg"]), COMPARATORS),
        min_size=1,
        max_size=8,
    ),
    decimals,
    st.sampled_from(["g", "mg", "kg"]),
)
def test_quantities_are_compared_across_units(
    blank: World, cases: list[tuple[Decimal, str, str | None]], asked: Decimal, unit: str
) -> None:
    blank.clear()
    ucum = "http://unitsofmeasure.org"
    blank.add(
        *(
            {
                "resourceType": "Observation",
                "id": f"o{n}",
                "status": "final",
                "code": {"coding": [{"code": "w", "system": "s:s"}]},
                "valueQuantity": {"value": float(value), "system": ucum, "code": code}
                | ({"comparator": comparator} if comparator else {}),
            }
            for n, (value, code, comparator) in enumerate(cases)
        )
    )
    for prefix in PREFIXES:
        converted = {
            f"o{n}"
            for n, (value, code, comparator) in enumerate(cases)
            if extent_fits(prefix, spread(value * FACTOR[code] / FACTOR[unit], comparator), asked)
        }
        same = {
            f"o{n}"
            for n, (value, code, comparator) in enumerate(cases)
            if code == unit and extent_fits(prefix, spread(value, comparator), asked)
        }
        bare = {
            f"o{n}"
            for n, (value, _, comparator) in enumerate(cases)
            if extent_fits(prefix, spread(value, comparator), asked)
        }
        full = url(f"{prefix}{asked:f}|{ucum}|{unit}")
        for search, wanted in (
            (f"value-quantity={full}", converted),
            (f"combo-value-quantity={full}", converted),
            (f"code-value-quantity=w${full}", converted),
            (f"value-quantity={prefix}{asked:f}||{unit}", same),
            (f"value-quantity={prefix}{asked:f}", bare),
            (f"code-value-quantity=s:s|w${prefix}{asked:f}", bare),
        ):
            assert set(blank.find(f"Observation?{search}")) == wanted, search
