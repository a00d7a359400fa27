"""Names are found however their apostrophes, hyphens and dots were typed."""

from __future__ import annotations

import pytest

from osler.kit.errors import Invalid
from osler.search.text import LONGEST, normal
from tests.search.cast import observation
from tests.search.world import World

NAMES = {
    "neil": {"family": "O’Neil", "given": ["Anne-Marie"]},
    "neill": {"family": "ONeill", "given": ["José", "María"]},
    "dot": {"family": "St. John_Smith", "given": ["José‐María"]},
    "dash": {"family": "-"},
}


@pytest.fixture(scope="module")
def names(empty: World) -> World:
    empty.add(
        *({"resourceType": "Patient", "id": id, "name": [name]} for id, name in NAMES.items()),
        {"resourceType": "Patient", "id": "none"},
        observation("o", "neil", "x", code={"text": "Crohn's disease, of colon"}),
    )
    return empty


CASES = [
    ("Patient?family=O'Neil", "neil neill"),
    ("Patient?family=o’neil", "neil neill"),
    ("Patient?family=OʼNeil", "neil neill"),
    ("Patient?family=o´neil", "neil neill"),
    ("Patient?family=ONeil", "neil neill"),
    ("Patient?family=O'Neill", "neill"),
    ("Patient?family:contains='neil", "neil neill"),
    ("Patient?family:exact=O’Neil", "neil"),
    ("Patient?family:exact=O'Neil", ""),
    ("Patient?given=anne marie", "neil"),
    ("Patient?given=Anne–Marie", "neil"),
    ("Patient?name=jose maria", "neill dot"),
    ("Patient?name=José-María", "neill dot"),
    ("Patient?name=jose  maria st john", "dot"),
    ("Patient?family=st john", "dot"),
    ("Patient?family:contains=john%25smith", "dot"),
    ("Patient?family:contains=oh%25", "dot"),
    ("Patient?family:contains=o_n", ""),
    ("Patient?family:exact=-", "dash"),
    ("Patient?family:missing=true", "none"),
    ('Patient?_filter=family eq "ONEIL"', "neil"),
    ('Patient?_filter=family ew "smith."', "dot"),
    ("Observation?code:text=crohns", "o"),
    ("Observation?code:text=disease of", "o"),
    ("Observation?code:text=disease\\, of", "o"),
]


@pytest.mark.parametrize(("url", "ids"), CASES)
def test_punctuation_does_not_count(names: World, url: str, ids: str) -> None:
    assert sorted(names.find(url)) == sorted(ids.split())


@pytest.mark.parametrize("text", ["-", "'", "’", "%25", "_", ".\\,", "…", "\u200d"])
def test_punctuation_alone_finds_nothing(names: World, text: str) -> None:
    assert names.find(f"Patient?family={text}") == []
    assert names.find(f"Patient?family={text}&_id=neil,dash") == []
    assert names.find(f"Patient?family:contains={text}") == []
    assert names.find(f"Patient?family={text},dot,oneill") == ["neill"]
    assert names.find(f'Patient?_filter=family co "{text.replace(chr(92), "")}"') == []
    with pytest.raises(Invalid):
        names.find(f"Observation?code:text={text}")


def test_what_is_normal_stays_normal() -> None:
    for text in (
        "O’Neil",
        "ＪＯＳＥ－ＭＡＲＩＡ＇ｓ",
        "d'Été…",
        "l·l",
        "a\u00adb",
        "−5 + 3 < 4",
        "x-" * LONGEST,
    ):
        assert normal(normal(text)) == normal(text)
        assert len(normal(text)) <= LONGEST
    assert normal("ＪＯＳＥ－ＭＡＲＩＡ＇ｓ") == "jose marias"
    assert normal("−5 + 3 < 4") == "5 + 3 < 4"
    assert normal("a\u00adb\u200fc") == "abc"
