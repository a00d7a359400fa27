"""The depression questionnaire PHQ-9 as it was answered (LOINC; free to use, by Spitzer, Williams and Kroenke)."""

from __future__ import annotations

from osler.fhir import r4
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import LOINC, Code, identity, moment, narrative, ref

_FORM = "http://loinc.org/q/44249-1"
_ITEMS = (
    ("44250-9", "Little interest or pleasure in doing things"),
    ("44255-8", "Feeling down, depressed, or hopeless"),
    ("44259-0", "Trouble falling or staying asleep, or sleeping too much"),
    ("44254-1", "Feeling tired or having little energy"),
    ("44251-7", "Poor appetite or overeating"),
    ("44258-2", "Feeling bad about yourself"),
    ("44252-5", "Trouble concentrating"),
    ("44253-3", "Moving or speaking slowly, or being restless"),
    ("44260-8", "Thoughts of being better off dead or of hurting yourself"),
)
_ANSWERS = (
    ("LA6568-5", "Not at all"),
    ("LA6569-3", "Several days"),
    ("LA6570-1", "More than half the days"),
    ("LA6571-9", "Nearly every day"),
)


def phq9(chart: Chart, visit: Visit, score: int) -> r4.QuestionnaireResponse:
    """Adds the answers that make this score; the last question is always answered with no."""
    id = chart.identify("questionnaire")
    made = r4.QuestionnaireResponse(
        id=id,
        text=narrative(f"PHQ-9, score {score}"),
        identifier=r4.Identifier(
            system="urn:ietf:rfc:3986", value=f"urn:uuid:{identity(id, 'answers')}"
        ),
        questionnaire=_FORM,
        status="completed",
        subject=chart.subject,
        encounter=ref(visit.encounter),
        authored=moment(visit.start),
        author=chart.subject,
        source=chart.subject,
        item=[
            r4.QuestionnaireResponseItem(linkId=code, text=text, answer=[_answer(points)])
            for (code, text), points in zip(_ITEMS, _spread(score), strict=True)
        ],
    )
    chart.resources.append(made)
    return made


def _answer(points: int) -> r4.QuestionnaireResponseItemAnswer:
    code, display = _ANSWERS[points]
    return r4.QuestionnaireResponseItemAnswer(valueCoding=Code(LOINC, code, display).coding())


def _spread(score: int) -> list[int]:
    """The points over the first eight questions, as evenly as may be."""
    each, more = divmod(min(score, 24), 8)
    return [each + (number < more) for number in range(8)] + [0]
