"""Plain words, abbreviations, codes and errors of typing, and the code that each should find first."""

from __future__ import annotations

import pytest

from osler.clinic.terms import drugs, tables
from osler.clinic.terms.matching import Index
from osler.clinic.terms.search import KINDS, dotted, index, question
from osler.clinic.terms.words import corrected, fold, units

FIRST = [
    ("diagnosis", "sugar", "E11.9"),
    ("diagnosis", "high blood pressure", "I10"),
    ("diagnosis", "high blood p", "I10"),
    ("diagnosis", "HTN", "I10"),
    ("diagnosis", "hypertention", "I10"),
    ("diagnosis", "heart attack", "I21.9"),
    ("diagnosis", "broken wrist", "S62.109A"),
    ("diagnosis", "E11.9", "E11.9"),
    ("diagnosis", "e119", "E11.9"),
    ("diagnosis", "dm2 ckd", "E11.22"),
    ("diagnosis", "knee pain right", "M25.561"),
    ("diagnosis", "low back pain", "M54.50"),
    ("diagnosis", "afib", "I48.91"),
    ("diagnosis", "COPD", "J44.9"),
    ("diagnosis", "mini stroke", "G45.9"),
    ("diagnosis", "pink eye", "H10.9"),
    ("diagnosis", "left ear infection", "H66.92"),
    ("diagnosis", "kidney stone", "N20.0"),
    ("diagnosis", "can\u2019t sleep", "G47.00"),
    ("diagnosis", "bed wetting", "N39.44"),
    ("diagnosis", "migrain", "G43.909"),
    ("diagnosis", "zzzqqq", None),
    ("drug", "lisinopril 10", "314076"),
    ("drug", "zoloft 50", "312941"),
    ("drug", "eliquis 5", "1364445"),
    ("drug", "metformin 500", "861007"),
    ("drug", "lisinoprill 10", "314076"),
    ("allergen", "pcn", "373270004"),
    ("allergen", "sulfa", "sulfonamide-antibacterials"),
    ("allergen", "NSAID", "372665008"),
    ("allergen", "peanuts", "762952008"),
    ("allergen", "lisinopril", "29046"),
    ("reaction", "hives", "126485001"),
    ("reaction", "trouble breathing", "267036007"),
    ("procedure", "c-section", "11466000"),
    ("procedure", "appendix out", "80146002"),
    ("procedure", "left knee replacement", "443681002"),
    ("vaccine", "shingrix", "187"),
    ("vaccine", "tetanus booster", "115"),
    ("vaccine", "mmr", "03"),
]


@pytest.mark.parametrize(("kind", "words", "code"), FIRST)
def test_words_find_their_code_first(kind: str, words: str, code: str | None) -> None:
    found = index(kind).find(words, {}, 5)
    assert (found[0].code if found else None) == code


def test_what_somebody_uses_comes_before_what_is_common() -> None:
    before = [one.code for one in index("diagnosis").find("diabetes", {}, 12)]
    used = f"{tables.ICD}|E11.65"
    after = [one.code for one in index("diagnosis").find("diabetes", {used: 3}, 12)]
    assert before[0] == "E11.9"
    assert after.index("E11.65") <= 1


def test_before_anything_is_typed_the_most_used_are_offered() -> None:
    uses = {f"{tables.ICD}|I10": 1, f"{tables.ICD}|J45.909": 7}
    assert [one.code for one in index("diagnosis").find("", uses, 5)] == ["J45.909", "I10"]
    assert index("diagnosis").find("", {}, 5) == []


def test_each_word_of_a_question_must_be_answered() -> None:
    assert index("diagnosis").find("diabetes zzzqqq", {}, 5) == []


def test_every_shipped_code_is_there_once() -> None:
    for kind, what in KINDS.items():
        values = [one.value for one in what.shipped()]
        assert len(values) == len(set(values)), kind
        assert all(one.name and one.code for one in what.shipped()), kind


def test_shipped_tables_are_large_enough_for_daily_work() -> None:
    assert len(tables.diagnoses()) > 1_000
    assert len(drugs.shipped()) > 2_000
    assert len({part for one in drugs.shipped() for part in one.members}) > 250


def test_phrases_are_taken_before_words() -> None:
    assert [unit.said for unit in units("high blood pressure today")] == [
        ("high", "blood", "pressure"),
        ("today",),
    ]


def test_folding_leaves_small_letters_without_accents() -> None:
    assert fold("  Ménière\u2019s DISEASE ") == "meniere's disease"


def test_a_question_to_an_imported_release_is_safe_whatever_is_typed() -> None:
    assert question("heart attack") == "(heart:* & attack:* | myocardial:* & infarction:*)"
    assert question("'); DROP --") == "(drop:*)"
    assert question("s/p") != ""


def test_only_unknown_words_are_corrected() -> None:
    assert corrected("asthma", Index(tables.diagnoses()).vocabulary) is None
    assert corrected("ashtma", Index(tables.diagnoses()).vocabulary) == "asthma"


def test_codes_of_icd_get_their_point() -> None:
    assert (dotted("E119"), dotted("I10"), dotted("S62109A")) == ("E11.9", "I10", "S62.109A")


def test_names_of_drugs_are_safe_to_read() -> None:
    assert (
        drugs.readable("Levothyroxine sodium 0.025 MG Oral Tablet")
        == "levothyroxine sodium 25 mcg oral tablet"
    )
    assert (
        drugs.readable("insulin glargine 100 UNT/ML Injection")
        == "insulin glargine 100 units/mL injection"
    )
    assert drugs.readable("hydroxyzine hydrochloride 25 MG Oral Tablet").startswith("hydrOXYzine ")
    assert drugs.readable("digoxin 0.125 MG Oral Tablet") == "digoxin 0.125 mg oral tablet"
    assert not any(" UNT" in one.name for one in drugs.shipped())


def test_a_drug_is_known_by_code_by_name_and_by_brand() -> None:
    assert [one.name for one in drugs.ingredients_of("314076", "")] == ["lisinopril"]
    assert [one.name for one in drugs.ingredients_of(None, "Prinivil 10 mg")] == ["lisinopril"]
    assert drugs.ingredients_of(None, "grandmother's drops") == ()
