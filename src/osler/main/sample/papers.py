"""Papers from outside and inside: letters, a discharge summary, directives as PDF, and an ECG as a picture."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import exp

from osler.fhir import r4
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import LOINC, Code, concept, identity, moment, narrative, ref
from osler.main.sample.make import at as time_of
from osler.main.sample.practice import NAME

_NOTE = Code(
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "clinical-note",
    "Clinical Note",
)
_DIRECTIVES = Code(LOINC, "42348-3", "Advance healthcare directives")
_PROGRESS = Code(LOINC, "11506-3", "Progress note")
_REFERRAL = Code(LOINC, "57133-1", "Referral note")
_CONSULT = Code(LOINC, "11488-4", "Consult note")
_DISCHARGE = Code(LOINC, "18842-5", "Discharge summary")
_ECG = Code(LOINC, "11524-6", "EKG study")
_OURS = "urn:osler:document"
_PAGE = """#set document(title: sys.inputs.title, date: none)
#set page(paper: "us-letter", margin: 1in)
#set text(size: 11pt, lang: "en")
#text(size: 9pt)[#sys.inputs.sender]
#v(1em)
= #sys.inputs.title
#text(size: 10pt)[#sys.inputs.about]
#v(1em)
#for part in sys.inputs.body.split("\n\n") [#par(part)]
#v(2em)
#sys.inputs.signed
"""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document: what it is, who wrote it, how many weeks ago, and what it says."""

    type: Code
    category: Code
    title: str
    sender: str
    weeks: int
    body: str
    signed: str


_HOSPITAL = "St. Brigid Hospital, 900 Hospital Drive, Fairhaven, OH"
_PAPERS: Mapping[str, tuple[Paper, ...]] = {
    "heart": (
        Paper(
            _DISCHARGE,
            _NOTE,
            "Discharge summary",
            _HOSPITAL,
            118,
            "Admitted with shortness of breath and swollen legs; discharged after five days.\n\n"
            "Echocardiogram: ejection fraction 38 %. Intravenous furosemide, 4.1 kg lost.\n\n"
            "Discharge drugs: furosemide 40 mg, lisinopril 10 mg, metoprolol succinate 50 mg."
            "\n\nFollow-up with the family practice within seven days.",
            "E. Carrow, MD, Cardiology",
        ),
    ),
    "warfarin": (
        Paper(
            _DISCHARGE,
            _NOTE,
            "Discharge summary: aortic valve replacement",
            _HOSPITAL,
            310,
            "Severe aortic stenosis, replaced by a mechanical valve of 23 mm. No complications."
            "\n\nWarfarin for life, goal INR 2.5 to 3.5. Antibiotics before dental work.",
            "T. Amory, MD, Cardiac surgery",
        ),
    ),
    "decade": (
        Paper(
            _CONSULT,
            _NOTE,
            "Consultation: nephrology",
            "Fairhaven Kidney Center",
            30,
            "Chronic kidney disease 3b with albuminuria, most likely diabetic.\n\n"
            "Agree with empagliflozin. Avoid NSAIDs. Potassium and creatinine every three months."
            "\n\nWe will see him again in six months.",
            "L. Osei, MD, Nephrology",
        ),
    ),
    "survivor": (
        Paper(
            _CONSULT,
            _NOTE,
            "Consultation: oncology",
            "Fairhaven Cancer Center",
            48,
            "Six years after lumpectomy and radiation for a stage I tumor, no sign of recurrence."
            "\n\nAnastrozole until ten years are complete. Mammogram every year.",
            "R. Castellan, MD, Oncology",
        ),
    ),
    "kidney": (
        Paper(
            _REFERRAL,
            _NOTE,
            "Referral to nephrology",
            f"{NAME}, 12 Linden Street, Fairhaven, OH",
            15,
            "Please see this patient with diabetes and falling kidney function.\n\n"
            "Creatinine rose from 1.25 to 1.46 mg/dL in three years; urine albumin rises.",
            "",
        ),
    ),
    "copd": (
        Paper(
            _REFERRAL,
            _NOTE,
            "Referral to pulmonary rehabilitation",
            f"{NAME}, 340 Mill Pond Road, Fairhaven, OH",
            9,
            "Please enroll this patient with COPD, FEV1 58 % of predicted, two exacerbations.",
            "",
        ),
    ),
}


def letters(chart: Chart) -> None:
    """The papers of this patient's stories; the ECG of who has a rhythm to show."""
    for story in chart.person.stories:
        for paper in _PAPERS.get(story, ()):
            _filed(chart, paper)
        if story == "fibrillation":
            ecg = Paper(_ECG, Code(_OURS, "tracing", "Tracing"), "ECG, lead II", NAME, 90, "", "")
            _file(chart, ecg, "image/png", _tracing(), chart.weeks_ago(ecg.weeks))


def directive(chart: Chart) -> None:
    """A living will, and who decides when the patient cannot."""
    paper = Paper(
        _DIRECTIVES,
        _DIRECTIVES,
        "Advance directive",
        NAME,
        37,
        "If I cannot speak for myself, my daughter Ellen speaks for me.\n\n"
        "I do not want to be resuscitated or put on a ventilator. Keep me comfortable.",
        f"{chart.person.name}, before two witnesses",
    )
    _filed(chart, paper)


def _filed(chart: Chart, paper: Paper) -> None:
    day = chart.weeks_ago(paper.weeks)
    _file(chart, paper, "application/pdf", _pdf(chart, paper, day), day)


def printed(chart: Chart, visit: Visit, note: r4.Composition, paragraphs: Sequence[str]) -> None:
    """The PDF of a signed note, as signing makes it."""
    title = note.title or "Note"
    address = f"{NAME}, 12 Linden Street, Fairhaven, OH"
    weeks = (chart.today - visit.day).days // 7
    body = "\n\n".join(paragraphs)
    own = note.author[0].display or NAME
    paper = Paper(_PROGRESS, _NOTE, title, address, weeks, body, f"Signed by {own}")
    document = _file(chart, paper, "application/pdf", _pdf(chart, paper, visit.day), visit.day)
    document.author = note.author
    document.authenticator = note.author[0]
    document.date = note.date
    document.context = r4.DocumentReferenceContext(
        encounter=[ref(visit.encounter)],
        period=visit.encounter.period,
        related=[ref(note)],
    )


def _file(chart: Chart, paper: Paper, kind: str, data: bytes, day: date) -> r4.DocumentReference:
    key = chart.identify("document")
    binary = r4.Binary(
        id=identity(key, "file"),
        contentType=kind,
        securityContext=r4.Reference(reference=f"DocumentReference/{key}"),
        data=base64.b64encode(data).decode(),
    )
    when = moment(time_of(day, 12, zone=chart.zone))
    own = chart.patient.generalPractitioner or []
    outside = not paper.sender.startswith(NAME)
    document = r4.DocumentReference(
        id=key,
        text=narrative(f"{paper.title}, {day}"),
        identifier=[r4.Identifier(system="urn:ietf:rfc:3986", value=f"urn:uuid:{key}")],
        status="current",
        docStatus="final",
        type=concept(paper.type),
        category=[concept(paper.category)],
        subject=chart.subject,
        date=when,
        author=[r4.Reference(display=paper.signed or paper.sender)] if outside else own,
        custodian=ref(chart.practice.organization, NAME),
        description=paper.title,
        content=[
            r4.DocumentReferenceContent(
                attachment=r4.Attachment(
                    contentType=kind,
                    url=f"Binary/{binary.id}",
                    title=paper.title,
                    creation=when,
                    size=len(data),
                )
            )
        ],
        context=r4.DocumentReferenceContext(period=r4.Period(start=day.isoformat())),
    )
    chart.resources += [document, binary]
    return document


def _pdf(chart: Chart, paper: Paper, day: date) -> bytes:
    import typst

    return bytes(
        typst.compile(
            _PAGE.encode(),
            sys_inputs={
                "title": paper.title,
                "sender": paper.sender,
                "about": f"{chart.person.name}, born {chart.born:%B %d, %Y}; {day:%B %d, %Y}",
                "body": paper.body,
                "signed": paper.signed or _own_name(chart),
            },
        )
    )


def _own_name(chart: Chart) -> str:
    own = chart.patient.generalPractitioner or []
    return (own[0].display if own else None) or NAME


_BEATS = (0.35, 1.02, 1.51, 2.38, 2.92, 3.44, 4.21)  # seconds; irregular, as in atrial fibrillation


@cache
def _tracing() -> bytes:
    """Five seconds of lead II without P waves, drawn on the usual paper (25 mm/s, 10 mm/mV)."""
    from PIL import Image, ImageDraw

    wide, high, scale = 1000, 260, 200
    image = Image.new("RGB", (wide, high), "white")
    draw = ImageDraw.Draw(image)
    for x in range(0, wide, 8):
        draw.line((x, 0, x, high), fill="#f4b6b6" if x % 40 == 0 else "#fbe3e3")
    for y in range(0, high, 8):
        draw.line((0, y, wide, y), fill="#f4b6b6" if y % 40 == 0 else "#fbe3e3")
    points = [(x, 160 - 80 * _voltage(x / scale)) for x in range(wide)]
    draw.line(points, fill="black", width=2)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False)
    return out.getvalue()


def _voltage(seconds: float) -> float:
    """In mV: Q, R, S and T around each beat."""
    waves = ((-0.03, 0.012, -0.12), (0, 0.014, 1.25), (0.03, 0.014, -0.3), (0.28, 0.05, 0.3))
    return sum(
        size * exp(-(((seconds - beat - shift) / width) ** 2))
        for beat in _BEATS
        for shift, width, size in waves
    )
