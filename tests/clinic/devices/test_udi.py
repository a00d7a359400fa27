"""Identifiers as labels carry them, in the forms of FDA's table; every wrong check digit is refused."""

from __future__ import annotations

from datetime import date

import pytest

from osler.clinic.devices.hibcc import _ALPHABET
from osler.clinic.devices.udi import Udi, read
from osler.kit.errors import Invalid

TODAY = date(2026, 6, 1)
FNC1 = "\x1d"


def completed(text: str) -> str:
    """A HIBCC text with its check character."""
    return text + _ALPHABET[sum(map(_ALPHABET.index, text)) % 43]


# FDA's illustration of HIBCC ends in C, which is not the check character of its text.
ILLUSTRATION = (
    "+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202"
)
ALL_OF_HIBCC = completed(ILLUSTRATION)
ISBT = "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123"
TABLE = {
    "GS1 as printed": (
        "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234",
        Udi("GS1", "51022222233336", "", "A213B1", "1234", "2015-07-07", "2014-12-31"),
    ),
    "GS1 from a scanner": (
        f"]d20151022222233336111412311715070710A213B1{FNC1}211234",
        Udi("GS1", "51022222233336", "", "A213B1", "1234", "2015-07-07", "2014-12-31"),
    ),
    "GS1, serial before lot": (
        f"011088452106285621S9{FNC1}10L7",
        Udi("GS1", "10884521062856", "", "L7", "S9"),
    ),
    "GS1, a blank for the separator": (
        "011088452106285621S9 10L7",
        Udi("GS1", "10884521062856", "", "L7", "S9"),
    ),
    "GS1, identifier alone": ("(01)10884521062856", Udi("GS1", "10884521062856", "")),
    "GS1, day 00 is the last of the month": (
        "(01)10884521062856(17)280200",
        Udi("GS1", "10884521062856", "", expires="2028-02-29"),
    ),
    "GS1, last century": (
        "(01)10884521062856(11)990131",
        Udi("GS1", "10884521062856", "", made="1999-01-31"),
    ),
    "HIBCC with everything": (
        ALL_OF_HIBCC,
        Udi("HIBCC", "H123PARTNO1234567890120", "", "LOT123456789012345", "XYZ456789012345678",
            "2020-02-02", "2013-02-02"),
    ),
    "HIBCC, identifier alone": (completed("+A99912345"), Udi("HIBCC", "A99912345", "")),
    "HIBCC, day of the year": (
        completed("+A99912345/$$520015LOT1"),
        Udi("HIBCC", "A99912345", "", "LOT1", expires="2020-01-15"),
    ),
    "HIBCC, month and year": (
        completed("+A99912345/$$0228LOT1"),
        Udi("HIBCC", "A99912345", "", "LOT1", expires="2028-02-29"),
    ),
    "HIBCC, month first": (
        completed("+A99912345/$$2093028LOT1"),
        Udi("HIBCC", "A99912345", "", "LOT1", expires="2028-09-30"),
    ),
    "HIBCC, serial with expiry": (
        completed("+A99912345/$$+3280930SN1"),
        Udi("HIBCC", "A99912345", "", "", "SN1", "2028-09-30"),
    ),
    "HIBCC, lot alone": (completed("+A99912345/$LOT-1"), Udi("HIBCC", "A99912345", "", "LOT-1")),
    "HIBCC, no expiry": (completed("+A99912345/$$7LOT1"), Udi("HIBCC", "A99912345", "", "LOT1")),
    "HIBCC, quantity": (
        completed("+A99912345/$$8053280930LOT1"),
        Udi("HIBCC", "A99912345", "", "LOT1", expires="2028-09-30"),
    ),
    "HIBCC, whole expiry": (
        completed("+A99912345/14D20280930"),
        Udi("HIBCC", "A99912345", "", expires="2028-09-30"),
    ),
    "ICCBBA, tissue": (
        ISBT,
        Udi("ICCBBA", "A9999XYZ100T0944", "", "000000000000XYZ123", "000025", "2014-02-01",
            "2013-02-01", "A99971312345600"),
    ),
    "ICCBBA, blood bag": ("=)1TE123456A&)RZ12345678", Udi("ICCBBA", "1TE123456A", "", "RZ12345678")),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_a_label_is_read(name: str) -> None:
    text, expected = TABLE[name]
    found = read(text, today=TODAY)
    assert found.text
    assert [getattr(found, one) for one in Udi.__slots__ if one != "text"] == [
        getattr(expected, one) for one in Udi.__slots__ if one != "text"
    ]


def test_every_other_check_digit_of_gs1_is_refused() -> None:
    good = "1088452106285"
    assert read(f"(01){good}6", today=TODAY).di == f"{good}6"
    for digit in "012345789":
        with pytest.raises(Invalid, match="check digit"):
            read(f"(01){good}{digit}", today=TODAY)


def test_every_other_check_character_of_hibcc_is_refused() -> None:
    assert completed("+A123BJC5D6E71").endswith("G")  # The example of HIBCC's own standard.
    for wrong in _ALPHABET.replace(ALL_OF_HIBCC[-1], ""):
        with pytest.raises(Invalid, match="check character"):
            read(ILLUSTRATION + wrong, today=TODAY)


@pytest.mark.parametrize("position", range(3, 17))
def test_one_wrong_digit_is_found(position: int) -> None:
    text = "(01)10884521062856"
    at = position + 1
    changed = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
    with pytest.raises(Invalid, match="check digit"):
        read(changed, today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "(01)1088452106285", "(17)280101", "(01)10884521062856(17)281301", "(01)10884521062856(10",
        "(01)10884521062856(10)", "(01)10884521062856(10)" + "X" * 21, "0110884521062856" + "88Z",
        "0110884521062856" + "17280", "=/A9999", "=,000025", "=/A9999XYZ100T0944=>014400",
        completed("+A99912345/X1"), completed("+9999/$L"), completed("+A99912345/$$2131328L"),
        "+a9991234", "(01)" + "9" * 300, completed("+A99912345/16D20131301"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_words(text: str) -> None:
    with pytest.raises(Invalid) as error:
        read(text, today=TODAY)
    assert len(str(error.value)) > 20
