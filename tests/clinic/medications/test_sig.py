"""Directions: no abbreviation that is misread, whatever is chosen; and back from FHIR to the form."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.clinic.medications import sig
from osler.clinic.medications.sig import FREQUENCIES, ROUTES, UNITS, Sig
from osler.kit.errors import Invalid

doses = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(100_000), places=4)
sigs = st.builds(
    Sig,
    dose=st.none() | doses,
    unit=st.sampled_from(sorted(UNITS)),
    route=st.sampled_from(["", *sorted(ROUTES)]),
    frequency=st.sampled_from(["", *sorted(FREQUENCIES)]),
    as_needed=st.booleans(),
    reason=st.sampled_from(["", "pain", "shortness of breath"]),
)
MISREAD = re.compile(
    r"(?<!\d)\.\d|\d\.\d*0(?!\d)|\b(?:u|iu|qd|qod|q\.d\.|bid|tid|qid|hs|prn|po|sc|sq|im|iv|cc|ug)\b|\u00b5",
    re.IGNORECASE,
)


@given(sigs)
def test_nothing_that_is_misread_is_ever_written(made: Sig) -> None:
    line = sig.line_of(made)
    assert not MISREAD.search(line), line
    assert line == "" or line[0].isupper() or line[0].isdigit()
    if made.dose is not None:
        assert sig.number(made.dose) in line


@given(doses)
def test_numbers_read_back_as_themselves(value: Decimal) -> None:
    text = sig.number(value)
    assert Decimal(text.replace(",", "")) == value
    assert not text.startswith(".") and not re.search(r"\.\d*0$", text)


@given(sigs)
def test_what_was_built_comes_back_into_the_form(made: Sig) -> None:
    dosage = sig.dosage(made)
    if dosage is None:
        assert sig.line_of(made) == ""
        return
    back = sig.sig_of(dosage)
    assert sig.line_of(back) == sig.line_of(made)
    assert back.free == ""


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (Sig(Decimal(1), "tablet", "oral", "daily"), "Take 1 tablet by mouth daily"),
        (Sig(Decimal("0.5"), "tablet", "oral", "bedtime"), "Take 0.5 tablet by mouth at bedtime"),
        (Sig(Decimal("10.0"), "units", "subcutaneous", "evening"), "Inject 10 units under the skin every evening"),
        (Sig(Decimal(2), "puff", "inhaled", "6h", True, "wheezing"),
         "Inhale 2 puffs by inhalation every 6 hours as needed for wheezing"),
        (Sig(Decimal(50_000), "units", "oral", "weekly"), "Take 50,000 units by mouth once a week"),
        (Sig(free="  as the  clinic said "), "as the clinic said"),
        (Sig(frequency="other-day"), "Every other day"),
    ],
)  # fmt: skip
def test_lines(made: Sig, line: str) -> None:
    assert sig.line_of(made) == line


@pytest.mark.parametrize(
    ("typed", "dose"),
    [("1", "1"), (".5", "0.5"), ("1/2", "0.5"), ("1 1/2", "1.5"), ("1,000", "1000"), ("5.0", "5")],
)
def test_doses_as_typed(typed: str, dose: str) -> None:
    assert sig.dose_of(typed) == Decimal(dose)


@pytest.mark.parametrize("typed", ["one", "-1", "0", "1e9", "NaN", "1/0"])
def test_what_is_no_dose(typed: str) -> None:
    with pytest.raises(Invalid):
        sig.dose_of(typed)


def test_no_dose_is_no_dose() -> None:
    assert sig.dose_of(" ") is None


@pytest.mark.parametrize(
    ("typed", "dose"),
    [("0,5", "0.5"), ("1,5", "1.5"), ("2,25", "2.25"), ("0,125", "0.125"), ("1,000", "1000")],
)
def test_a_decimal_comma_is_never_ten_times_the_dose(typed: str, dose: str) -> None:
    assert sig.dose_of(typed) == Decimal(dose)
