"""Tables of what surrounds the visits of the sample patients, and who gets which of it.

SNOMED codes are of the Global Patient Set (SNOMED International, CC BY 4.0). Device identifiers are made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from osler.main.sample import care, limits, papers
from osler.main.sample.chart import Chart
from osler.main.sample.make import SNOMED, Code

_MOTHER, _FATHER = ("MTH", "mother"), ("FTH", "father")
_SISTER, _BROTHER = ("SIS", "sister"), ("BRO", "brother")
_DIABETES = Code(SNOMED, "44054006", "Diabetes mellitus type 2")
_TENSION = Code(SNOMED, "59621000", "Essential hypertension")
_INFARCTION = Code(SNOMED, "22298006", "Myocardial infarction")
_STROKE = Code(SNOMED, "230690007", "Cerebrovascular accident")
_BREAST = Code(SNOMED, "254837009", "Malignant neoplasm of breast")
_COLON = Code(SNOMED, "363406005", "Malignant neoplasm of colon")
_OSTEOPOROSIS = Code(SNOMED, "64859006", "Osteoporosis")
_DEPRESSION = Code(SNOMED, "370143000", "Major depressive disorder")
_ASTHMA = Code(SNOMED, "195967001", "Asthma")

_FAMILY: Mapping[str, tuple[tuple[tuple[str, str], Code, int | None, int | None], ...]] = {
    "diabetes": ((_MOTHER, _DIABETES, 52, None), (_FATHER, _INFARCTION, 61, 64)),
    "decade": ((_FATHER, _DIABETES, 48, 71), (_BROTHER, _DIABETES, 55, None)),
    "hypertension": ((_FATHER, _TENSION, 45, None), (_MOTHER, _STROKE, 70, 74)),
    "survivor": ((_SISTER, _BREAST, 49, None), (_MOTHER, _BREAST, 66, 70)),
    "heart": ((_FATHER, _INFARCTION, 58, 58),),
    "osteoporosis": ((_MOTHER, _OSTEOPOROSIS, 60, None),),
    "depression": ((_MOTHER, _DEPRESSION, 35, None),),
    "asthma": ((_SISTER, _ASTHMA, 4, None),),
    "well": ((_FATHER, _COLON, 67, None),),
}

_CATARACT = Code(SNOMED, "385468004", "Cataract extraction and insertion of intraocular lens")
_KNEE = Code(SNOMED, "609588000", "Total knee replacement")
_HIP = Code(SNOMED, "52734007", "Total replacement of hip")
_COLONOSCOPY = Code(SNOMED, "73761001", "Colonoscopy")
_GALLBLADDER = Code(SNOMED, "45595009", "Laparoscopic cholecystectomy")
_TONSILS = Code(SNOMED, "173422009", "Tonsillectomy")
_CESAREAN = Code(SNOMED, "11466000", "Cesarean section")
_LUMP = Code(SNOMED, "392021009", "Lumpectomy of breast")
_NODE = Code(SNOMED, "396487001", "Sentinel lymph node biopsy")
_VALVE = Code(SNOMED, "26212005", "Replacement of aortic valve")
_MAMMOGRAM = Code(SNOMED, "71651007", "Mammography")
_ECHO = Code(SNOMED, "40701008", "Echocardiography")
_PACEMAKER = Code(SNOMED, "307280005", "Implantation of cardiac pacemaker")

_DONE: Mapping[str, tuple[tuple[Code, int, str], ...]] = {  # by story: what, years ago, where
    "elder": (
        (_CATARACT, 9, "Both eyes, Fairhaven Eye Center"),
        (_HIP, 6, "Right, St. Brigid Hospital"),
    ),
    "warfarin": ((_VALVE, 6, "St. Brigid Hospital"), (_ECHO, 1, "St. Brigid Hospital")),
    "survivor": (
        (_LUMP, 6, "Left, St. Brigid Hospital"),
        (_NODE, 6, "Left"),
        (_MAMMOGRAM, 1, "Fairhaven Imaging"),
    ),
    "decade": ((_COLONOSCOPY, 5, "Two polyps removed"), (_GALLBLADDER, 14, "")),
    "heart": ((_ECHO, 2, "Ejection fraction 38 %"), (_PACEMAKER, 2, "St. Brigid Hospital")),
    "knee": ((_KNEE, 3, "Left, St. Brigid Hospital"),),
    "thyroid": ((_TONSILS, 30, ""),),
    "diabetes": ((_COLONOSCOPY, 4, "Normal"),),
    "anemia": ((_CESAREAN, 5, ""),),
}

_JOINT = Code(SNOMED, "53350007", "Prosthesis, device")
_DEVICES: Mapping[str, tuple[str, Code, str, str, int]] = {  # name, type, maker, identifier, years
    "warfarin": (
        "Mechanical aortic valve, 23 mm",
        Code(SNOMED, "25510005", "Cardiac valve prosthesis"),
        "Lakeshore Cardiac",
        "00850001000017",
        6,
    ),
    "heart": (
        "Dual-chamber pacemaker",
        Code(SNOMED, "14106009", "Cardiac pacemaker, device"),
        "Lakeshore Cardiac",
        "00850001000024",
        2,
    ),
    "knee": ("Total knee prosthesis", _JOINT, "Ostara Ortho", "00850002000016", 3),
    "elder": ("Right hip prosthesis", _JOINT, "Ostara Ortho", "00850002000023", 6),
}

_GOALS: Mapping[str, tuple[str, ...]] = {
    "diabetes": ("A1c below 7 %", "Walk 30 minutes on five days a week"),
    "decade": ("A1c below 8 % without low sugars", "Kidney function does not fall further"),
    "hypertension": ("Blood pressure below 130/80",),
    "heart": ("Weight within 1 kg of 66 kg", "Climb one flight without stopping"),
    "depression": ("PHQ-9 below 5", "Back to the choir"),
    "copd": ("No smoking since the quit date", "No hospital this winter"),
    "elder": ("No falls for three months", "Stay at home with help"),
    "pregnancy": ("Prenatal class before week 32",),
    "asthma": ("No night with cough for a month",),
}
_PLANS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "diabetes": ("Diabetes plan", ("A1c every 3 months", "Eyes and feet every year")),
    "decade": ("Diabetes and kidney plan", ("Kidney panel every 3 months", "No NSAIDs")),
    "heart": ("Heart failure plan", ("Weigh every morning", "Call if 2 kg up in 3 days")),
    "copd": ("COPD plan", ("Rescue plan at home", "Pulmonary rehabilitation")),
    "elder": ("Falls plan", ("Review drugs every visit", "Physical therapy", "Home safety")),
    "asthma": ("Asthma action plan", ("Green, yellow and red zone", "Spacer always")),
    "pregnancy": ("Prenatal plan", ("Visits every 4 weeks", "Glucose test at 26 weeks")),
}
_OCCUPATIONS = ("Teacher", "Electrician", "Nurse aide", "Bookkeeper", "Driver", "Cook", "Retired")


def surround(chart: Chart) -> None:
    """Everything of these tables that belongs to this patient."""
    for story in chart.person.stories:
        for relation, condition, age, died in _FAMILY.get(story, ()):
            care.relative(chart, relation, condition, age, died=died)
        for code, years, where in _DONE.get(story, ()):
            care.procedure(chart, code, str(chart.today.year - years), where=where)
        if story in _DEVICES:
            _device(chart, story)
        goals = [
            care.goal(chart, text, chart.today + timedelta(days=90))
            for text in _GOALS.get(story, ())
        ]
        if story in _PLANS:
            care.plan(chart, *_PLANS[story], goals)
            care.team(chart)
    for mark in chart.person.marks:
        if mark in _MARKS:
            _MARKS[mark](chart)
    if chart.person.interpreter:
        since = chart.today - timedelta(days=90)
        care.flag(chart, "alert", "Book an interpreter", since)
    papers.letters(chart)
    if 22 <= chart.person.age < 90 and "new" not in chart.person.marks:
        _occupation(chart)


def _device(chart: Chart, story: str) -> None:
    name, kind, maker, identifier, years = _DEVICES[story]
    day = chart.today - timedelta(days=years * 365 + 20)
    care.device(chart, name, kind, maker, identifier, day)


def _occupation(chart: Chart) -> None:
    work = "Retired" if chart.person.age > 67 else _OCCUPATIONS[chart.number % 6]
    day = chart.today - timedelta(days=280)
    care.answer(chart, "social-history", ("11341-5", "History of Occupation"), day, text=work)


def _dnr(chart: Chart) -> None:
    text = "DNR; hospital only for comfort" if chart.person.sex == "female" else "DNR"
    care.flag(chart, "code-status", text, chart.today - timedelta(days=260))


def _falls(chart: Chart) -> None:
    care.flag(chart, "alert", "Falls: three in half a year", chart.today - timedelta(days=35))


_MARKS: Mapping[str, Callable[[Chart], None]] = {
    "anaphylaxis": limits.anaphylaxis,
    "both-sites": limits.both_sites,
    "directive": papers.directive,
    "dnr": _dnr,
    "falls": _falls,
    "vip": limits.public_figure,
}
