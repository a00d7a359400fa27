"""A questionnaire as Osler asks it: questions with choices, when each is asked, and how the answers are scored.

`answered(form, {"68518-0": "LA6270-8"})` → which questions are asked, which are open, the score and what it means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from osler.kit.errors import Invalid

DECLINED = "asked-declined"
LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose; `points` where it counts."""

    code: str
    text: str
    points: int | None = None
    system: str = LOINC


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `code` is LOINC's. `unless` names a question and the answers after which it is not asked."""

    code: str
    text: str
    choices: tuple[Choice, ...] = ()
    kind: Literal["choice", "number", "text"] = "choice"
    unit: str = ""
    most: int = 0
    unless: tuple[str, frozenset[str]] | None = None
    required: bool = True
    observed: bool = False
    also: str = ""

    def choice(self, code: str) -> Choice | None:
        """The choice with this code."""
        return next((one for one in self.choices if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Band:
    """What scores up to `most` mean; `kind` is a badge's."""

    most: int
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """How answers count: the sum of points, the product of numbers, or a rule of four domains."""

    code: str
    text: str
    most: int
    bands: tuple[Band, ...]
    how: Literal["sum", "product", "domains"] = "sum"
    of: tuple[str, ...] = ()
    system: str = LOINC
    women: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A questionnaire. `source` says whose it is and that it may be used."""

    name: str
    code: str
    title: str
    questions: tuple[Question, ...]
    source: str
    score: Score | None = None
    category: Literal["survey", "social-history"] = "survey"
    intro: str = ""
    alarm: tuple[str, frozenset[str]] | None = None
    group: str = ""

    @property
    def canonical(self) -> str:
        """What a response says that it answers."""
        return f"http://loinc.org/q/{self.code}"


@dataclass(frozen=True, slots=True)
class Answered:
    """What answers come to. `score` is None until every question that counts has an answer."""

    asked: tuple[Question, ...]
    open: tuple[Question, ...]
    given: Mapping[str, str]
    score: int | None = None
    band: Band | None = None
    alarm: bool = False


def answered(form: Form, answers: Mapping[str, str], *, sex: str = "") -> Answered:
    """What answers come to. Raises Invalid for one that its question does not have."""
    asked = tuple(one for one in form.questions if _asked(one, answers))
    given = {one.code: checked(one, answers.get(one.code, "")) for one in asked}
    given = {code: text for code, text in given.items() if text}
    missing = tuple(one for one in asked if one.required and one.code not in given)
    score = _score(form, asked, given) if form.score else None
    alarm = form.alarm is not None and given.get(form.alarm[0], "") in form.alarm[1]
    return Answered(asked, missing, given, score, _band(form, score, sex), alarm)


def _asked(one: Question, answers: Mapping[str, str]) -> bool:
    return one.unless is None or answers.get(one.unless[0], "") not in one.unless[1]


def checked(one: Question, text: str) -> str:
    """An answer as it is kept. Raises Invalid for one that the question does not have."""
    text = " ".join(text.split())
    if not text or text == DECLINED:
        return text
    match one.kind:
        case "choice":
            if one.choice(text) is None:
                raise Invalid(f"“{one.text}” has no such answer. Choose again.")
        case "number":
            try:
                number = Decimal(text)
            except InvalidOperation:
                raise Invalid(f"“{one.text}” wants a number.") from None
            if not number.is_finite() or number != int(number) or not 0 <= number <= one.most:
                raise Invalid(f"“{one.text}” wants a whole number from 0 to {one.most}.")
            return str(int(number))
        case "text" if len(text) > 200:
            raise Invalid(f"The answer to “{one.text}” is too long; put details into a note.")
    return text


def _score(form: Form, asked: tuple[Question, ...], given: Mapping[str, str]) -> int | None:
    rule = form.score
    assert rule is not None, "asked only for forms with a score"
    counted = [one for one in asked if not rule.of or one.code in rule.of]
    if any(given.get(one.code, DECLINED) == DECLINED for one in counted):
        return None
    match rule.how:
        case "product":
            result = 1
            for one in counted:
                result *= int(given[one.code])
            return result
        case "domains":
            return _domains(given)
        case _:
            return sum(_points(one, given[one.code]) for one in counted)


def _points(one: Question, code: str) -> int:
    choice = one.choice(code)
    return (choice.points or 0) if choice else 0


TOGETHER, CALLS, VISITS, SERVICES, CLUBS = "63503-7", "76508-1", "76509-9", "76510-7", "76511-5"
_WITH_SOMEBODY = frozenset({"LA48-4", "LA15605-1"})


def _domains(given: Mapping[str, str]) -> int:
    """Berkman and Syme's index as NHANES III has it: one point for each of four ties."""
    contacts = int(given[CALLS]) + int(given[VISITS])
    return sum(
        (
            given[TOGETHER] in _WITH_SOMEBODY,
            contacts >= 3,
            int(given[SERVICES]) >= 4,
            given[CLUBS] == "LA33-6",
        )
    )


def _band(form: Form, score: int | None, sex: str) -> Band | None:
    if score is None or form.score is None:
        return None
    bands = form.score.women if sex != "male" and form.score.women else form.score.bands
    return next((one for one in bands if score <= one.most), None)
