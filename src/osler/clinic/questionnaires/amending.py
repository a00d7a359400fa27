"""Corrects what was answered: the response is amended, and what was observed of it follows; every version stays.

https://hl7.org/fhir/R4/valueset-questionnaire-answers-status.html: `amended` is a response that was completed, then
changed. The day of the answers stays: a score of March that is corrected in November is still one of March.
"""

from __future__ import annotations

from osler.clinic.lists.items import Chart, Item
from osler.clinic.lists.mistakes import spoil
from osler.clinic.questionnaires.form import LOINC, Answered, Form
from osler.clinic.questionnaires.keeping import (
    item_of,
    observations,
    of_response,
    said,
    understood,
)
from osler.fhir import r4
from osler.fhir.narrative.summary import renewed
from osler.record import Create, Update, Version

_CAME = (
    "valueCodeableConcept",
    "valueQuantity",
    "dataAbsentReason",
    "interpretation",
    "component",
)
"""What an observation says because of the answers; everything else of it stays."""
_WHY = "The answers that it came of were corrected."


def amend(
    chart: Chart,
    item: Item[r4.QuestionnaireResponse],
    form: Form,
    result: Answered,
    version: int,
) -> Version:
    """Write other answers over `version`, with the observations that came of them, all or none."""
    one = item.resource
    finished = one.status == "in-progress" and not result.open
    if finished:
        one.status = "completed"
    elif one.status != "in-progress":
        one.status = "amended"
    one.item = _items(one, form, result)
    renewed(one)
    ops = [chart.changed(item, version), *_followed(chart, item, form, result)]
    return chart.write(ops)[0]


def _items(
    one: r4.QuestionnaireResponse, form: Form, result: Answered
) -> list[r4.QuestionnaireResponseItem] | None:
    """The answers in the order of the questions; what is as it was, and what is not known here, stays as it is."""
    before = {each.linkId: each for each in one.item or []}
    known = {question.code for question in form.questions}
    made = []
    for question in form.questions:
        old, text = before.get(question.code), result.given.get(question.code, "")
        strange = old is not None and bool(old.answer) and not understood(question, said(old))
        if old is not None and (said(old) == text or (strange and not text)):
            made.append(old)
        elif text:
            made.append(item_of(question, text))
    others = [each for each in one.item or [] if each.linkId not in known]
    return [*made, *others] or None


def _followed(
    chart: Chart, item: Item[r4.QuestionnaireResponse], form: Form, result: Answered
) -> list[Create | Update]:
    """Observations that say something else now, those that nothing says any more, and new ones."""
    url, at = f"QuestionnaireResponse/{item.id}", str(item.resource.authored or "")
    wanted = {_code(one): one for one in observations(chart, form, result, url, at)}
    ours = {(LOINC, one.code) for one in form.questions if one.observed}
    if form.score:
        ours.add((form.score.system, form.score.code))
    ops: list[Create | Update] = []
    for found in of_response(chart, item.id):
        code = _code(found.resource)
        if code not in ours:
            continue
        made = wanted.pop(code, None)
        if made is None:
            spoil(chart, found.resource, _WHY)
        elif not _corrected(found.resource, made):
            continue
        ops.append(chart.changed(found))
    return ops + [Create(one, source="typed") for one in wanted.values()]


def _code(one: r4.Observation) -> tuple[str, str]:
    first = (one.code.coding or [r4.Coding()])[0]
    return first.system or "", first.code or ""


def _corrected(one: r4.Observation, made: r4.Observation) -> bool:
    """Whether it said something else; then it says what `made` says."""
    if all(getattr(one, name) == getattr(made, name) for name in _CAME):
        return False
    for name in _CAME:
        setattr(one, name, getattr(made, name))
    one.status = "corrected"
    renewed(one)
    return True
