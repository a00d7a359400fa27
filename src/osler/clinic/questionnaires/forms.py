"""The questionnaires that come with Osler: ONC's social, psychological and behavioral data, and mood.

Codes: LOINC (Regenstrief Institute), US Core 6.1 (smoking status, SNOMED CT codes that it names).
PHQ-2, PHQ-9 and GAD-7: Spitzer, Williams, Kroenke and colleagues; no permission is required to reproduce them.
AUDIT-C: Bush and colleagues 1998, of WHO's AUDIT, free to use. HARK: Sohal and colleagues 2007 (CC BY).
Hunger Vital Sign: Hager and colleagues 2010, free to use. Housing: CMS, AHC screening tool, public domain.
Activity: the Exercise Vital Sign. Wordings of one-question screens are ONC's criterion 170.315(a)(15).
"""

from __future__ import annotations

from osler.clinic.questionnaires.form import (
    CALLS,
    CLUBS,
    SERVICES,
    TOGETHER,
    VISITS,
    Band,
    Choice,
    Form,
    Question,
    Score,
)
from osler.kit.words import N_

SNOMED = "http://snomed.info/sct"
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
EDUCATION = "http://terminology.hl7.org/CodeSystem/v3-EducationLevel"
OURS = "urn:osler:answer"
MINUTES = "urn:osler:score"
MOOD, HABITS, LIFE, SAFETY, PERSON = (
    N_("Mood"), N_("Habits"), N_("Circumstances"), N_("Safety"), N_("Person"),
)  # fmt: skip
YES, NO = Choice("LA33-6", N_("Yes"), 1), Choice("LA32-8", N_("No"), 0)
_OFTEN = (
    Choice("LA6568-5", N_("Not at all"), 0),
    Choice("LA6569-3", N_("Several days"), 1),
    Choice("LA6570-1", N_("More than half the days"), 2),
    Choice("LA6571-9", N_("Nearly every day"), 3),
)
_TWO_WEEKS = N_("Over the last 2 weeks, how often have you been bothered by:")
_PHQ = (
    ("44250-9", N_("Little interest or pleasure in doing things")),
    ("44255-8", N_("Feeling down, depressed, or hopeless")),
    ("44259-0", N_("Trouble falling or staying asleep, or sleeping too much")),
    ("44254-1", N_("Feeling tired or having little energy")),
    ("44251-7", N_("Poor appetite or overeating")),
    ("44258-2", N_("Feeling bad about yourself, or that you are a failure or have let yourself or your family down")),
    ("44252-5", N_("Trouble concentrating on things, such as reading the newspaper or watching television")),
    ("44253-3", N_("Moving or speaking so slowly that other people could have noticed, or the opposite: being so fidgety or restless that you have been moving around a lot more than usual")),  # noqa: E501
    ("44260-8", N_("Thoughts that you would be better off dead, or of hurting yourself in some way")),
)  # fmt: skip
_GAD = (
    ("69725-0", N_("Feeling nervous, anxious, or on edge")),
    ("68509-9", N_("Not being able to stop or control worrying")),
    ("69733-4", N_("Worrying too much about different things")),
    ("69734-2", N_("Trouble relaxing")),
    ("69735-9", N_("Being so restless that it is hard to sit still")),
    ("69689-8", N_("Becoming easily annoyed or irritable")),
    ("69736-7", N_("Feeling afraid, as if something awful might happen")),
)
_HARD = Question(
    "69722-7",
    N_("How difficult have these problems made it to do your work, take care of things at home, or get along?"),
    (
        Choice("LA6572-7", N_("Not difficult at all")),
        Choice("LA6573-5", N_("Somewhat difficult")),
        Choice("LA6575-0", N_("Very difficult")),
        Choice("LA6574-3", N_("Extremely difficult")),
    ),
    required=False,
)  # fmt: skip
_SPITZER = N_("Spitzer, Williams, Kroenke and colleagues; no permission required to reproduce")


def _items(listed: tuple[tuple[str, str], ...]) -> tuple[Question, ...]:
    return tuple(Question(code, text, _OFTEN) for code, text in listed)


def _codes(listed: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(code for code, _ in listed)


PHQ2 = Form(
    "phq-2", "55757-9", "PHQ-2", _items(_PHQ[:2]), _SPITZER, intro=_TWO_WEEKS, group=MOOD,
    score=Score("55758-7", N_("PHQ-2 score"), 6, (
        Band(2, N_("Screen negative"), "ok"), Band(6, N_("Screen positive: ask the PHQ-9"), "warn"),
    )),
)  # fmt: skip
PHQ9 = Form(
    "phq-9", "44249-1", "PHQ-9", (*_items(_PHQ), _HARD), _SPITZER, intro=_TWO_WEEKS, group=MOOD,
    alarm=("44260-8", frozenset({"LA6569-3", "LA6570-1", "LA6571-9"})),
    score=Score("44261-6", N_("PHQ-9 score"), 27, (
        Band(4, N_("None or minimal"), "ok"), Band(9, N_("Mild"), "info"), Band(14, N_("Moderate"), "warn"),
        Band(19, N_("Moderately severe"), "warn"), Band(27, N_("Severe"), "crit"),
    ), of=_codes(_PHQ)),
)  # fmt: skip
GAD7 = Form(
    "gad-7", "69737-5", "GAD-7", (*_items(_GAD), _HARD), _SPITZER, intro=_TWO_WEEKS, group=MOOD,
    score=Score("70274-6", N_("GAD-7 score"), 21, (
        Band(4, N_("Minimal"), "ok"), Band(9, N_("Mild"), "info"), Band(14, N_("Moderate"), "warn"),
        Band(21, N_("Severe"), "crit"),
    ), of=_codes(_GAD)),
)  # fmt: skip
_NEVER = Choice("LA6270-8", N_("Never"), 0)
_NO_DRINK = ("68518-0", frozenset({"LA6270-8"}))
AUDIT_C = Form(
    "audit-c", "72109-2", "AUDIT-C",
    (
        Question("68518-0", N_("How often do you have a drink containing alcohol?"), (
            _NEVER, Choice("LA18926-8", N_("Monthly or less"), 1), Choice("LA18927-6", N_("2 to 4 times a month"), 2),
            Choice("LA18928-4", N_("2 to 3 times a week"), 3), Choice("LA18929-2", N_("4 or more times a week"), 4))),
        Question("68519-8", N_("How many standard drinks do you have on a typical day when you drink?"), (
            Choice("LA15694-5", N_("1 or 2"), 0), Choice("LA15695-2", N_("3 or 4"), 1),
            Choice("LA18930-0", N_("5 or 6"), 2), Choice("LA18931-8", N_("7 to 9"), 3),
            Choice("LA18932-6", N_("10 or more"), 4)), unless=_NO_DRINK),
        Question("68520-6", N_("How often do you have 6 or more drinks on one occasion?"), (
            _NEVER, Choice("LA18933-4", N_("Less than monthly"), 1), Choice("LA18876-5", N_("Monthly"), 2),
            Choice("LA18891-4", N_("Weekly"), 3), Choice("LA18934-2", N_("Daily or almost daily"), 4)),
            unless=_NO_DRINK),
    ),
    N_("Bush and colleagues 1998, from WHO’s AUDIT; free to use"), group=HABITS,
    score=Score("75626-2", N_("AUDIT-C score"), 12,
        (Band(3, N_("Screen negative"), "ok"), Band(12, N_("Screen positive (men: 4 and more)"), "warn")),
        women=(Band(2, N_("Screen negative"), "ok"),
               Band(12, N_("Screen positive (women: 3 and more)"), "warn"))),
)  # fmt: skip
SMOKING = Form(
    "smoking", "72166-2", N_("Tobacco smoking"),
    (Question("72166-2", N_("Tobacco smoking status"), tuple(Choice(code, text, system=SNOMED) for code, text in (
        ("266919005", N_("Never smoked")), ("8517006", N_("Former smoker")),
        ("428041000124106", N_("Smokes some days")), ("449868002", N_("Smokes every day")),
        ("428061000124105", N_("Light smoker")), ("428071000124103", N_("Heavy smoker")),
        ("77176002", N_("Smokes, how much is unknown")), ("266927001", N_("Unknown if ever smoked")),
    )), observed=True),),
    N_("US Core, smoking status"), category="social-history", group=HABITS,
)  # fmt: skip
ACTIVITY = Form(
    "activity", "89555-7", N_("Physical activity"),
    (
        Question("68515-6", N_("On how many of the last 7 days did you do moderate to strenuous exercise?"),
                 kind="number", unit="d", most=7, observed=True),
        Question("68516-4", N_("On those days, how many minutes did you exercise on average?"), kind="number",
                 unit="min", most=600, observed=True, unless=("68515-6", frozenset({"0"}))),
    ),
    N_("Exercise Vital Sign"), group=HABITS,
    score=Score("minutes-per-week", N_("Minutes of exercise a week"), 4200,
        (Band(149, N_("Below 150 minutes a week"), "info"), Band(4200, N_("150 minutes a week and more"), "ok")),
        how="product", system=MINUTES),
)  # fmt: skip


def _one(
    name: str, code: str, title: str, text: str, choices: tuple[Choice, ...], source: str
) -> Form:
    return Form(
        name, code, title, (Question(code, text, choices, observed=True),), source, group=LIFE
    )


_ONC = N_("ONC, 170.315(a)(15)")
STRAIN = _one("strain", "76513-1", N_("Money for basics"),
    N_("How hard is it for you to pay for the very basics like food, housing, medical care, and heating?"),
    tuple(Choice(code, text, system=OURS) for code, text in (
        ("very-hard", N_("Very hard")), ("hard", N_("Hard")), ("somewhat-hard", N_("Somewhat hard")),
        ("not-very-hard", N_("Not very hard")), ("not-hard", N_("Not hard at all")))), _ONC)  # fmt: skip
STRESS = _one("stress", "76542-0", N_("Stress"),
    N_("Stress is when somebody feels tense, restless, nervous or anxious, or cannot sleep because their mind is troubled all the time. Do you feel this kind of stress these days?"),  # noqa: E501
    (Choice("LA6568-5", N_("Not at all")), Choice("LA13863-8", N_("A little bit")),
     Choice("LA13909-9", N_("Somewhat")), Choice("LA13902-4", N_("Quite a bit")),
     Choice("LA13914-9", N_("Very much"))), _ONC)  # fmt: skip
SCHOOL = _one("education", "82589-3", N_("Education"), N_("Highest level of school finished?"),
    tuple(Choice(code, text, system=EDUCATION) for code, text in (
        ("ELEM", N_("Elementary school")), ("SEC", N_("Some high school")), ("HS", N_("High school")),
        ("SCOL", N_("Some college")), ("ASSOC", N_("Associate’s or technical degree")),
        ("BD", N_("Bachelor’s degree")), ("PB", N_("Some graduate school")),
        ("GD", N_("Graduate or professional degree")), ("POSTG", N_("Doctorate")))), _ONC)  # fmt: skip
HOUSING = _one("housing", "71802-3", N_("Housing"), N_("What is your living situation today?"),
    (Choice("LA31993-1", N_("I have a steady place to live")),
     Choice("LA31994-9", N_("I have a place today, but am worried about losing it")),
     Choice("LA31995-6", N_("I do not have a steady place to live"))),
    N_("CMS, AHC health-related social needs screening tool"))  # fmt: skip
_TRUE = (
    Choice("LA28397-0", N_("Often true"), 1),
    Choice("LA6729-3", N_("Sometimes true"), 1),
    Choice("LA28398-8", N_("Never true"), 0),
)
HUNGER = Form(
    "hunger", "88121-9", N_("Food"),
    (Question("88122-7", N_("Within the past 12 months we worried whether our food would run out before we got money to buy more."), _TRUE),  # noqa: E501
     Question("88123-5", N_("Within the past 12 months the food we bought just did not last and we did not have money to get more."), _TRUE)),  # noqa: E501
    N_("Hunger Vital Sign, Hager and colleagues 2010; free to use"), group=LIFE,
    score=Score("hunger", N_("Food insecurity, answers that are true"), 2,
        (Band(0, N_("No risk"), "ok"), Band(2, N_("At risk"), "warn")), system=MINUTES),
)  # fmt: skip
SOCIAL = Form(
    "social-connection", "76506-5", N_("Social connection"),
    (
        Question(TOGETHER, N_("Are you married, or living together with a partner?"), (
            Choice("LA48-4", N_("Married")), Choice("LA15605-1", N_("Living with a partner")),
            Choice("LA47-6", N_("Never married")), Choice("LA51-8", N_("Divorced")),
            Choice("LA4288-2", N_("Separated")), Choice("LA49-2", N_("Widowed")))),
        Question(CALLS, N_("In a typical week, how often do you talk on the phone with family, friends, or neighbors?"),
                 kind="number", most=99),
        Question(VISITS, N_("In a typical week, how often do you get together with friends or relatives?"), kind="number", most=99),  # noqa: E501
        Question(SERVICES, N_("In a year, how often do you go to church or religious services?"),
                 kind="number", most=999),
        Question(CLUBS, N_("Do you belong to any clubs or organizations?"), (YES, NO)),
    ),
    N_("Berkman and Syme, as in NHANES III"), group=LIFE,
    score=Score("76512-3", N_("Social isolation score"), 4, (
        Band(1, N_("Socially isolated"), "warn"), Band(2, N_("Moderately isolated"), "info"),
        Band(3, N_("Moderately integrated"), "ok"), Band(4, N_("Integrated"), "ok")), how="domains"),
)  # fmt: skip
HARK = Form(
    "hark", "76499-3", "HARK",
    (
        Question("76500-8", N_("Within the last year, have you been humiliated or emotionally abused in other ways by your partner or ex-partner?"), (YES, NO)),  # noqa: E501
        Question("76501-6", N_("Within the last year, have you been afraid of your partner or ex-partner?"), (YES, NO)),
        Question("76502-4", N_("Within the last year, have you been raped or forced to have any kind of sexual activity by your partner or ex-partner?"), (YES, NO)),  # noqa: E501
        Question("76503-2", N_("Within the last year, have you been kicked, hit, slapped, or otherwise physically hurt by your partner or ex-partner?"), (YES, NO)),  # noqa: E501
    ),
    N_("Sohal and colleagues 2007, CC BY"), group=SAFETY, intro=N_("Ask alone, without partner or family in the room."),
    score=Score("76504-0", N_("HARK score"), 4, (
        Band(0, N_("Screen negative"), "ok"), Band(4, N_("Screen positive: ask about safety at home"), "crit"))),
)  # fmt: skip
ORIENTATION = Form(
    "orientation", "76690-7", N_("Sexual orientation"),
    (Question("76690-7", N_("Do you think of yourself as:"), (
        Choice("20430005", N_("Straight"), system=SNOMED), Choice("38628009", N_("Lesbian or gay"), system=SNOMED),
        Choice("42035005", N_("Bisexual"), system=SNOMED), Choice("OTH", N_("Something else"), system=NULL),
        Choice("UNK", N_("Don’t know"), system=NULL)), observed=True),),
    N_("US Core, sexual orientation"), category="social-history", group=PERSON,
)  # fmt: skip
WORK = Form(
    "work", "11341-5", N_("Work"),
    (Question("11341-5", N_("Occupation"), kind="text", observed=True, also="86188-0"),
     Question("86188-0", N_("Industry"), kind="text", required=False)),
    N_("US Core, occupation"), category="social-history", group=PERSON,
)  # fmt: skip
FORMS = {
    one.name: one
    for one in (SMOKING, AUDIT_C, ACTIVITY, PHQ2, PHQ9, GAD7, STRAIN, HUNGER, HOUSING, SCHOOL, STRESS,
                SOCIAL, HARK, WORK, ORIENTATION)
}  # fmt: skip


def form_of(canonical: str) -> Form | None:
    """The questionnaire that a response answers."""
    plain = canonical.partition("|")[0]
    return next((one for one in FORMS.values() if one.canonical == plain), None)
