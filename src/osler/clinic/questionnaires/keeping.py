"""What is kept of answers: a QuestionnaireResponse, and Observations of scores and of what counts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.lists.items import Chart, Item, concept
from osler.clinic.lists.mistakes import spoil, standing
from osler.clinic.questionnaires.form import (
    DECLINED,
    LOINC,
    Answered,
    Band,
    Form,
    Question,
    answered,
    checked,
)
from osler.clinic.questionnaires.forms import FORMS, SNOMED, form_of
from osler.fhir import r4
from osler.fhir.narrative.summary import with_narrative
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.kit.ids import uuid7
from osler.record import Create, Update, Version

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT_URL = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
UCUM = "http://unitsofmeasure.org"
_UNITS = {"d": "d", "min": "min"}


@dataclass(frozen=True, slots=True)
class Filled:
    """One response as the page shows it; `lines` are questions with their answers in words."""

    id: str
    version: int
    form: Form
    date: str
    answers: Mapping[str, str]
    result: Answered
    lines: tuple[tuple[str, str], ...]
    amended: bool = False

    @property
    def declined(self) -> bool:
        """Whether nothing was answered."""
        return bool(self.answers) and set(self.answers.values()) == {DECLINED}


def keep(chart: Chart, form: Form, result: Answered) -> Version:
    """Write a response with its observations, all or none; the response's version."""
    url = f"urn:uuid:{uuid7()}"
    made = response(chart, form, result, clock.now().isoformat())
    found = [Create(made, full_url=url, source="typed")]
    found += [
        Create(one, source="typed")
        for one in observations(chart, form, result, url, made.authored or "")
    ]
    return chart.write(found)[0]


def spoiled(
    chart: Chart, item: Item[r4.QuestionnaireResponse], reason: str, version: int
) -> Version:
    """Mark a response and what came of it as entered in error, all or none."""
    spoil(chart, item.resource, reason)
    ops: list[Create | Update] = [chart.changed(item, version)]
    for one in of_response(chart, item.id):
        spoil(chart, one.resource, reason)
        ops.append(chart.changed(one))
    return chart.write(ops)[0]


def of_response(chart: Chart, id: str) -> list[Item[r4.Observation]]:
    """The observations that came of a response."""
    pair = ("derived-from", f"QuestionnaireResponse/{id}")
    return standing(chart.items(r4.Observation, 30, pair))


def response(chart: Chart, form: Form, result: Answered, at: str) -> r4.QuestionnaireResponse:
    """The answers; a question that was declined says so instead of an answer."""
    return r4.QuestionnaireResponse(
        identifier=r4.Identifier(system="urn:ietf:rfc:3986", value=f"urn:uuid:{uuid7()}"),
        questionnaire=form.canonical,
        status="in-progress" if result.open else "completed",
        subject=chart.subject,
        authored=at,
        author=chart.me,
        source=chart.subject,
        item=[
            item_of(one, result.given[one.code]) for one in result.asked if one.code in result.given
        ]
        or None,
    )


def item_of(one: Question, text: str) -> r4.QuestionnaireResponseItem:
    """One answer as a response keeps it."""
    made = r4.QuestionnaireResponseItem(linkId=one.code, text=one.text)
    choice = one.choice(text)
    if text == DECLINED:
        made.extension = [r4.Extension(url=ABSENT_URL, valueCode=DECLINED)]
    elif choice:
        coding = r4.Coding(system=choice.system, code=choice.code, display=choice.text)
        made.answer = [r4.QuestionnaireResponseItemAnswer(valueCoding=coding)]
    elif one.kind == "number":
        made.answer = [r4.QuestionnaireResponseItemAnswer(valueInteger=int(text))]
    else:
        made.answer = [r4.QuestionnaireResponseItemAnswer(valueString=text)]
    return made


def observations(
    chart: Chart, form: Form, result: Answered, url: str, at: str
) -> Sequence[r4.Observation]:
    """The score, and each answer that stands for itself."""
    found = []
    for one in result.asked:
        if one.observed and one.code in result.given:
            made = _observation(chart, form, url, at, concept(LOINC, one.code, text=one.text))
            _value(made, one, result.given[one.code])
            if one.also and (text := result.given.get(one.also, DECLINED)) != DECLINED:
                industry = concept(LOINC, one.also, text="Industry")
                words = r4.CodeableConcept(text=text)
                made.component = [
                    r4.ObservationComponent(code=industry, valueCodeableConcept=words)
                ]
            found.append(made)
    if form.score and result.score is not None:
        code = concept(form.score.system, form.score.code, text=form.score.text)
        made = _observation(chart, form, url, at, code)
        made.valueQuantity = r4.Quantity(
            value=Decimal(result.score), unit="{score}", system=UCUM, code="{score}"
        )
        if result.band:
            made.interpretation = [r4.CodeableConcept(text=result.band.text)]
        found.append(made)
    for made in found:
        with_narrative(made)
    return found


def _observation(
    chart: Chart, form: Form, url: str, at: str, code: r4.CodeableConcept
) -> r4.Observation:
    return r4.Observation(
        status="final",
        category=[concept(CATEGORIES, form.category)],
        code=code,
        subject=chart.subject,
        effectiveDateTime=at,
        performer=[chart.me] if chart.me else None,
        derivedFrom=[r4.Reference(reference=url)],
    )


def _value(made: r4.Observation, one: Question, text: str) -> None:
    choice = one.choice(text)
    if text == DECLINED:
        made.dataAbsentReason = concept(ABSENT, DECLINED, "Asked But Declined")
    elif choice:
        made.valueCodeableConcept = concept(choice.system, choice.code, choice.text, choice.text)
    elif one.kind == "number":
        made.valueQuantity = r4.Quantity(
            value=Decimal(text), unit=one.unit or None, system=UCUM if one.unit else None,
            code=_UNITS.get(one.unit),
        )  # fmt: skip
    else:
        made.valueCodeableConcept = r4.CodeableConcept(text=text)


def read_filled(chart: Chart, most: int, sex: str) -> tuple[list[Filled], bool]:
    """Responses to known questionnaires, newest first, with one search; and whether there are older ones."""
    items = chart.items(r4.QuestionnaireResponse, most, ("_sort", "-authored"))
    known = [one for item in standing(items) if (one := filled(item, sex)) is not None]
    return known, len(items) == most


def alarmed(mine: Sequence[Filled]) -> Filled | None:
    """The response whose alarm stands, of one questionnaire's newest first.

    One in which the question was left open or declined says nothing of it, and ends no alarm.
    """
    for one in mine:
        asked = one.form.alarm[0] if one.form.alarm else ""
        if one.answers.get(asked, DECLINED) != DECLINED:
            return one if one.result.alarm else None
    return None


def filled(item: Item[r4.QuestionnaireResponse], sex: str) -> Filled | None:
    """One response; None for a questionnaire that is not known here."""
    one = item.resource
    form = form_of(one.questionnaire or "")
    if form is None:
        return None
    known = {question.code: question for question in form.questions}
    found = [(known[i.linkId], i) for i in one.item or [] if i.linkId in known]
    answers = {
        question.code: text
        for question, answer in found
        if (text := said(answer)) and understood(question, text)
    }
    lines = tuple(
        (
            question.text,
            in_words(question, answers[question.code])
            if question.code in answers
            else as_written(answer),
        )
        for question, answer in found
        if question.code in answers or answer.answer
    )
    result = answered(form, answers, sex=sex)
    day, amended = str(one.authored or ""), one.status == "amended"
    return Filled(item.id, item.version, form, day, answers, result, lines, amended)


def understood(one: Question, text: str) -> bool:
    """Whether an answer is one that the question has: others may write responses too."""
    try:
        return bool(checked(one, text))
    except Invalid:
        return False


def said(one: r4.QuestionnaireResponseItem) -> str:
    """The answer as a form posts it."""
    if any(e.valueCode == DECLINED for e in one.extension or []):
        return DECLINED
    for answer in one.answer or []:
        if answer.valueCoding:
            return answer.valueCoding.code or ""
        if answer.valueInteger is not None:
            return str(answer.valueInteger)
        return answer.valueString or ""
    return ""


def as_written(one: r4.QuestionnaireResponseItem) -> str:
    """An answer that the question does not have, as whoever wrote it called it."""
    for answer in one.answer or []:
        coding = answer.valueCoding
        words = (coding.display or coding.code) if coding else None
        values = (answer.valueDecimal, answer.valueBoolean, answer.valueDate, answer.valueDateTime)
        other = next((str(value) for value in values if value is not None), "")
        return words or said(one) or other or "?"
    return "?"


def in_words(one: Question, text: str) -> str:
    """An answer as people say it; "" for one that was declined."""
    choice = one.choice(text)
    return "" if text == DECLINED else choice.text if choice else f"{text} {one.unit}".strip()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a form's subject without a response to it: an observation, in words."""

    text: str
    date: str


def read_known(chart: Chart, most: int) -> dict[str, Known]:
    """The newest observation of each one-question form, by the form's name; one search."""
    codes = {
        one.code: form.name for form in FORMS.values() for one in form.questions if one.observed
    }
    wanted = ",".join(f"{LOINC}|{code}" for code in codes)
    found: dict[str, Known] = {}
    for item in standing(chart.items(r4.Observation, most, ("code", wanted))):
        one = item.resource
        name = next((codes[c.code] for c in one.code.coding or [] if c.code in codes), "")
        if name and name not in found and one.valueCodeableConcept:
            found[name] = Known(_words(one.valueCodeableConcept), str(one.effectiveDateTime or ""))
    return found


def _words(concept: r4.CodeableConcept) -> str:
    code = next((c.code for c in concept.coding or [] if c.system == SNOMED), "")
    for form in FORMS.values():
        for one in form.questions:
            if code and (choice := one.choice(code)):
                return choice.text
    return concept.text or next((c.display or "" for c in concept.coding or []), "")


def bands(form: Form, sex: str) -> Sequence[Band]:
    """What the scores of a form mean for somebody."""
    if form.score is None:
        return ()
    return form.score.women if sex != "male" and form.score.women else form.score.bands
