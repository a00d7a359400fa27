from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import samples

from osler.fhir import ucum
from osler.fhir.ucum import grammar, table
from osler.fhir.ucum.unit import Unit

D = Decimal

CONVERSIONS = [
    ("1", "kg", "g", "1000"),
    ("1", "[lb_av]", "g", "453.59237"),
    ("1", "[lb_av]", "[oz_av]", "16"),
    ("72", "[in_i]", "cm", "182.88"),
    ("6", "[ft_i]", "m", "1.8288"),
    ("120", "mm[Hg]", "kPa", "15.99864"),
    ("10", "cm[H2O]", "mbar", "9.80665"),
    ("37", "Cel", "K", "310.15"),
    ("98.6", "[degF]", "Cel", "37"),
    ("37", "Cel", "[degF]", "98.6"),
    ("0", "K", "Cel", "-273.15"),
    ("5", "mmol/L", "umol/mL", "5"),
    ("1", "mg/dL", "g/L", "0.01"),
    ("1", "10*3/uL", "10*9/L", "1"),
    ("1", "10^3/uL", "10*9/L", "1"),
    ("60", "/min", "Hz", "1"),
    ("1", "h", "min", "60"),
    ("1", "wk", "d", "7"),
    ("1", "a", "d", "365.25"),
    ("50", "%", "1", "0.5"),
    ("1", "mL/min/{1.73_m2}", "L/h", "0.06"),
    ("1", "{beats}/min", "/min", "1"),
    ("1", "kat", "U", "60000000"),
    ("1", "U/L", "nkat/mL", None),
    ("1", "mmol", "meq", "1"),
    ("1", "mosm/kg", "mmol/kg", "1"),
    ("7", "[pH]", "nmol/L", "100"),
    ("1", "m[iU]/mL", "[IU]/L", "1"),
    ("1", "[tsp_us]", "mL", "4.92892159375"),
    ("1", "L", "dm3", "1"),
    ("1", "kg/m2", "g/cm2", "0.1"),
    ("1", "N.m", "J", "1"),
    ("1", "(kg.m)/s2", "N", "1"),
    ("1", "m/s/s", "m.s-2", "1"),
    ("1", "g.m/s2/A", "mN/A", "1"),
    ("20", "dB", "1", "100"),
    ("1", "Mbit", "kbit", "1000"),
    ("1", "kg", "m", None),
    ("1", "[iU]", "[arb'U]", None),
    ("1", "[iU]", "mg", None),
    ("1", "nonsense", "mg", None),
    ("0", "1", "dB", None),
]


@pytest.mark.parametrize(("value", "source", "target", "expected"), CONVERSIONS)
def test_conversion(value: str, source: str, target: str, expected: str | None) -> None:
    if (source, target) == ("U/L", "nkat/mL"):
        found = ucum.convert(D(value), source, target)
        assert found is not None
        assert round(found, 12) == D("0.016666666667")
        return
    assert ucum.convert(D(value), source, target) == (None if expected is None else D(expected))


@pytest.mark.parametrize(
    ("value", "code", "expected", "unit"),
    [
        ("1.5", "kg", "1500", "g"),
        ("1", "mm[Hg]", "133322", "g.m-1.s-2"),
        ("100", "mg/dL", "1000", "g.m-3"),
        ("1", "%", "0.01", "1"),
        ("36.6", "Cel", "309.75", "K"),
        ("1", "/min", None, "s-1"),
        ("2", "{score}", "2", "1"),
        ("1", "[iU]/L", "1000", "[iU].m-3"),
        ("1", "mol", "602214076000000000000000", "1"),
    ],
)
def test_canonical(value: str, code: str, expected: str | None, unit: str) -> None:
    found = ucum.canonical(D(value), code)
    assert found is not None
    assert found[1] == unit
    if expected is not None:
        assert found[0] == D(expected)


def test_equal_amounts_have_one_canonical_form() -> None:
    assert ucum.canonical(D("1000"), "mg") == ucum.canonical(D(1), "g")
    assert ucum.canonical(D("70"), "kg") == ucum.canonical(D("70000"), "g")
    assert ucum.canonical(D(1), "10*3/uL") == ucum.canonical(D(1), "10*9/L")


def test_digits_are_kept() -> None:
    assert str(ucum.convert(D("1.50"), "mg", "mg")) == "1.50"
    exact = ucum.canonical(D("0.123456789012345678901234"), "kg")
    assert exact is not None
    assert exact[0] == D("123.456789012345678901234")


WRONG = [
    "", " ", "mmHg", "mg dL", "mg//dL", "mg/", "(mg", "mg)", "mg..L", "2mg", "mg2L", "{open", "close}", "kk", "cCel2",
    "Cel/m", "Cel.Cel", "0", "m99", "10*99", "µg", "[nonsense]", "k[lb_av]", "mg" * 200, "(" * 50 + "g" + ")" * 50,
    "m-", "+m", "m^2", "/", ".", "1,5", "g\n",
]  # fmt: skip


@pytest.mark.parametrize("code", WRONG)
def test_what_is_no_unit(code: str) -> None:
    assert not ucum.valid(code)
    assert ucum.canonical(D(1), code) is None
    assert ucum.convert(D(1), code, "g") is None
    assert not ucum.comparable(code, code)


def test_prefixes_go_with_metric_units_only() -> None:
    assert ucum.valid("mmol")
    assert ucum.valid("dag")
    assert not ucum.valid("mmin")
    assert ucum.comparable("min", "h")  # minute, no milli-inch
    assert ucum.comparable("cd", "mcd")  # candela, no centi-day
    assert not ucum.comparable("Pa", "pa")


def test_comparable() -> None:
    assert ucum.comparable("mg/dL", "g/L")
    assert ucum.comparable("Cel", "[degF]")
    assert not ucum.comparable("mg/dL", "mmol/L")
    assert not ucum.comparable("mg", "nonsense")


COMMON = """
% /[HPF] /[LPF] /uL 10*12/L 10*3/mm3 10*6/mL Cel [degF] [in_i] [lb_av] [oz_av] [ft_i] [mi_i] [yd_i] [pH] [iU]
[IU]/mL U/L U/mL k[IU]/L m[IU]/L u[IU]/mL mU/L a mo wk d h min s ms us bar cm cm[H2O] m[H2O] mm[Hg] mm mm/h
cm2 m2 mm2 mL L dL uL fL pL cm3 eq meq meq/L ueq/L osm mosm mosm/kg mosm/L g mg ug ng pg fg kg g/L g/dL mg/dL
mg/L ug/dL ug/L ug/mL ng/mL ng/dL ng/L pg/mL pg/dL mg/kg mg/kg/d ug/kg/min mg/g mg/mmol mg/g{creat}
ug/mg{creat} g/24.h mg/24.h mmol/24.h mmol mmol/L umol umol/L nmol nmol/L pmol/L pmol mol mol/L mmol/mol
mmol/kg umol/min kat nkat ukat/L mL/min mL/h L/min L/h L/s mL/kg mL/min/{1.73_m2} mL/m2 kg/m2 kcal cal kJ J/L
W mW V mV uV A mA Ohm Hz kHz MHz Bq MBq Ci mCi Gy cGy mGy Sv mSv rad deg [diop] dB N Pa kPa hPa [psi] [gr]
[foz_us] [tsp_us] [tbs_us] [cup_us] [pt_us] [qt_us] [gal_us] [drp] [Ch] [CFU]/mL [PFU] [arb'U]/mL [GPL'U]
[MPL'U] [APL'U] [beth'U] [todd'U]/mL [anti'Xa'U] [AU] [BAU] [EU]/mL [FEU]/mL ug{FEU}/L {INR} {ratio} {score} 1
10*-3 [ppm] [ppb] [ppth] lm lx cd St P cP mPa.s dyn.s/cm5 dyn.s/(cm5.m2) [wood'U] [PRU] [MET] kg.m/s2 (8.h)/d
/d /wk /mo /h /min /s g.m mmol/(8.h.kg) ug/(kg.h) mg/(12.h) 10*3{copies}/mL {copies}/mL log{copies}/mL
"""


def test_the_units_of_a_clinic_are_known() -> None:
    unknown = [code for code in COMMON.split() if not ucum.valid(code)]
    assert unknown == ["log{copies}/mL"]  # which UCUM does not know either


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="mgLkdl1023*^()[]{}./-+'% uCeliUHg_av", max_size=20))
def test_any_text_is_a_unit_or_is_not(code: str) -> None:
    if ucum.valid(code):
        assert ucum.comparable(code, code)
        value = ucum.canonical(D(3), code)
        assert value is None or value[0].is_finite()


@settings(max_examples=300, deadline=None)
@given(
    st.decimals(min_value=-10_000, max_value=10_000, places=3),
    st.sampled_from(
        [
            ("kg", "[lb_av]"),
            ("Cel", "[degF]"),
            ("mg/dL", "g/L"),
            ("cm", "[in_i]"),
            ("mm[Hg]", "[psi]"),
        ]
    ),
)
def test_there_and_back(value: Decimal, units: tuple[str, str]) -> None:
    there = ucum.convert(value, *units)
    assert there is not None
    back = ucum.convert(there, units[1], units[0])
    assert back is not None
    assert abs(back - value) < D("1e-24")


def test_a_known_unit_converts_fast() -> None:
    ucum.canonical(D("120"), "mm[Hg]")
    start = time.perf_counter()
    for _ in range(10_000):
        ucum.canonical(D("120"), "mm[Hg]")
    assert time.perf_counter() - start < 0.5


def _essence() -> Path:
    folder = samples.samples()
    found = folder.parent / "units" / "ucum-essence.xml" if folder else None
    if found is None or not found.exists():
        pytest.skip("no ucum-essence.xml beside the samples")
    return found


_SPACE = {"u": "http://unitsofmeasure.org/ucum-essence"}


def test_the_table_agrees_with_ucum_essence(capsys: pytest.CaptureFixture[str]) -> None:
    root = ET.parse(_essence()).getroot()
    differing, equal, special, arbitrary = [], 0, 0, 0
    for unit in root.findall("u:unit", _SPACE):
        code, value = unit.attrib["Code"], unit.find("u:value", _SPACE)
        assert value is not None
        if code in ("10*", "10^"):  # in the grammar
            continue
        definition = table.UNITS.get(code)
        if definition is None or definition.metric != (unit.get("isMetric") == "yes"):
            differing.append(code)
        elif unit.get("isArbitrary") == "yes":
            arbitrary += 1
            own = not definition.unit or definition.unit == "[iU]"
            differing += [] if own else [code]
        elif unit.get("isSpecial") == "yes":
            special += 1
            differing += [] if definition.scale else [code]
        elif _defined(value.attrib["Unit"], value.attrib["value"]) != grammar.parse(code):
            differing.append(code)
        else:
            equal += 1
    prefixes = {prefix.attrib["Code"] for prefix in root.findall("u:prefix", _SPACE)}
    with capsys.disabled():
        print(
            f"\nUCUM: {equal} units equal, {arbitrary} arbitrary, {special} special; differ: {differing}"
        )
    assert differing == []
    assert equal > 200
    assert prefixes == set(table.PREFIXES)


def _defined(unit: str, value: str) -> Unit:
    base = grammar.parse(unit)
    return Unit(base.factor * Fraction(value), base.dimension)
