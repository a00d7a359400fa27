"""Scores of every questionnaire: lowest, highest, each threshold, what is declined, and the safety question."""

from __future__ import annotations

import re

import pytest

from osler.clinic.questionnaires.form import DECLINED, Form, answered
from osler.clinic.questionnaires.forms import FORMS
from osler.kit.errors import Invalid

MOOD = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
SUMS = ("phq-2", "phq-9", "gad-7", "audit-c", "hunger", "hark")


def reaching(form: Form, score: int) -> dict[str, str]:
    """Answers that make this score; the first question of AUDIT-C is not "never", so that all are asked."""
    counted = [
        one
        for one in form.questions
        if not form.score or not form.score.of or one.code in form.score.of
    ]
    answers, left = {}, score
    for one in counted:
        points = {choice.points or 0: choice.code for choice in reversed(one.choices)}
        take = min(left, max(points))
        if form.name == "audit-c" and one is counted[0]:
            take = max(take, 1) if score else 0
        answers[one.code] = points[take]
        left -= take
    return answers


THRESHOLDS = [
    ("phq-2", "", 0, "Screen negative"), ("phq-2", "", 2, "Screen negative"),
    ("phq-2", "", 3, "Screen positive: ask the PHQ-9"), ("phq-2", "", 6, "Screen positive: ask the PHQ-9"),
    ("phq-9", "", 0, "None or minimal"), ("phq-9", "", 4, "None or minimal"), ("phq-9", "", 5, "Mild"),
    ("phq-9", "", 9, "Mild"), ("phq-9", "", 10, "Moderate"), ("phq-9", "", 14, "Moderate"),
    ("phq-9", "", 15, "Moderately severe"), ("phq-9", "", 19, "Moderately severe"),
    ("phq-9", "", 20, "Severe"), ("phq-9", "", 27, "Severe"),
    ("gad-7", "", 0, "Minimal"), ("gad-7", "", 4, "Minimal"), ("gad-7", "", 5, "Mild"), ("gad-7", "", 9, "Mild"),
    ("gad-7", "", 10, "Moderate"), ("gad-7", "", 14, "Moderate"), ("gad-7", "", 15, "Severe"),
    ("gad-7", "", 21, "Severe"),
    ("audit-c", "male", 0, "Screen negative"), ("audit-c", "male", 3, "Screen negative"),
    ("audit-c", "male", 4, "Screen positive (men: 4 and more)"),
    ("audit-c", "male", 12, "Screen positive (men: 4 and more)"),
    ("audit-c", "female", 2, "Screen negative"), ("audit-c", "female", 3, "Screen positive (women: 3 and more)"),
    ("audit-c", "female", 12, "Screen positive (women: 3 and more)"),
    ("hunger", "", 0, "No risk"), ("hunger", "", 1, "At risk"), ("hunger", "", 2, "At risk"),
    ("hark", "", 0, "Screen negative"), ("hark", "", 1, "Screen positive: ask about safety at home"),
    ("hark", "", 4, "Screen positive: ask about safety at home"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sex", "score", "words"), THRESHOLDS)
def test_what_a_score_means(name: str, sex: str, score: int, words: str) -> None:
    found = answered(FORMS[name], reaching(FORMS[name], score), sex=sex)
    assert found.score == score
    assert found.band is not None and found.band.text == words


@pytest.mark.parametrize("name", SUMS)
def test_the_highest_score_is_all_the_points(name: str) -> None:
    form = FORMS[name]
    assert form.score is not None
    highest = {
        one.code: max(one.choices, key=lambda c: c.points or 0).code for one in form.questions
    }
    assert answered(form, highest).score == form.score.bands[-1].most
    lowest = {
        one.code: min(one.choices, key=lambda c: c.points or 0).code for one in form.questions
    }
    assert answered(form, lowest).score == 0


@pytest.mark.parametrize(("answer", "alarm"), [*zip(MOOD, (False, True, True, True), strict=True)])
def test_item_9_alone_is_an_alarm_whatever_the_score(answer: str, alarm: bool) -> None:
    answers = reaching(FORMS["phq-9"], 0) | {"44260-8": answer}
    assert answered(FORMS["phq-9"], answers).alarm is alarm
    assert answered(FORMS["phq-9"], {"44260-8": answer}).alarm is alarm


def test_who_never_drinks_is_asked_no_more() -> None:
    found = answered(FORMS["audit-c"], {"68518-0": "LA6270-8"})
    assert found.score == 0 and not found.open and len(found.asked) == 1


@pytest.mark.parametrize(
    ("days", "minutes", "score", "words"),
    [("0", "", 0, "Below"), ("5", "30", 150, "150 minutes"), ("7", "21", 147, "Below"), ("7", "600", 4200, "150")],
)  # fmt: skip
def test_minutes_of_exercise(days: str, minutes: str, score: int, words: str) -> None:
    found = answered(FORMS["activity"], {"68515-6": days, "68516-4": minutes})
    assert found.score == score and found.band is not None and words in found.band.text


@pytest.mark.parametrize(
    ("answers", "score", "words"),
    [
        (("LA47-6", "0", "0", "0", "LA32-8"), 0, "Socially isolated"),
        (("LA48-4", "0", "2", "3", "LA32-8"), 1, "Socially isolated"),
        (("LA15605-1", "2", "1", "0", "LA32-8"), 2, "Moderately isolated"),
        (("LA49-2", "3", "0", "4", "LA33-6"), 3, "Moderately integrated"),
        (("LA48-4", "9", "9", "52", "LA33-6"), 4, "Integrated"),
    ],
)
def test_ties_to_others(answers: tuple[str, ...], score: int, words: str) -> None:
    form = FORMS["social-connection"]
    given = dict(zip([one.code for one in form.questions], answers, strict=True))
    found = answered(form, given)
    assert found.score == score and found.band is not None and found.band.text == words


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.score])
def test_what_is_declined_or_open_makes_no_score(name: str) -> None:
    form = FORMS[name]
    declined = answered(form, {one.code: DECLINED for one in form.questions})
    assert declined.score is None and not declined.open and not declined.alarm
    nothing = answered(form, {})
    assert nothing.score is None and nothing.open


@pytest.mark.parametrize("wrong", ["8", "-1", "1.5", "many", "NaN", "1e9", "Infinity"])
def test_impossible_numbers_are_refused(wrong: str) -> None:
    with pytest.raises(Invalid):
        answered(FORMS["activity"], {"68515-6": wrong, "68516-4": "10"})


def test_an_answer_of_another_question_is_refused() -> None:
    with pytest.raises(Invalid):
        answered(FORMS["phq-2"], {"44250-9": "LA33-6"})


def _check_digit(digits: str, add: int) -> int:
    doubled = [int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits))]
    return (add - sum(d // 10 + d % 10 for d in doubled)) % 10


@pytest.mark.parametrize("name", FORMS)
def test_every_code_of_loinc_has_its_check_digit(name: str) -> None:
    form = FORMS[name]
    choices = [
        c.code for one in form.questions for c in one.choices if c.system == "http://loinc.org"
    ]
    listed = [form.code, *(one.code for one in form.questions), *choices]
    for code in listed:
        found = re.fullmatch(r"(LA)?(\d+)-(\d)", code)
        assert found is not None, code
        answers, digits, check = found.groups()
        # The letters of answer codes count: 5 before an even number of digits, 2 before an odd one.
        letters = (5 if len(digits) % 2 == 0 else 2) if answers else 0
        assert _check_digit(digits, letters) == int(check), code
