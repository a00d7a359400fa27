"""A newborn, a teenager with confidential care, and a child who cannot sit still."""

from __future__ import annotations

from datetime import timedelta

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample import assays, care, diagnoses, facts, labs, pharmacy, vitals
from osler.main.sample.chart import FOLLOW_UP, WELL_CHILD, Chart
from osler.main.sample.documents import note
from osler.main.sample.make import TERMINOLOGY, Code
from osler.main.sample.treatments import prescribe, vaccinate

ADOLESCENT = Code(f"{TERMINOLOGY}/v3-ActCode", "ADOL", "adolescent information sensitivity")
_BIRTH = (3.35, 50.2, 34.6)  # kg, cm, head cm
_LOST = (3.12, 3.19)  # days 3 and 5


def newborn(chart: Chart) -> None:
    """Weight lost and regained, and a little yellow."""
    for days, weight, bilirubin in ((3, _LOST[0], 11.2), (5, _LOST[1], 9.4)):
        visit = chart.visit(chart.born + timedelta(days=days), WELL_CHILD, "Newborn visit")
        vitals.sign(chart, visit, vitals.WEIGHT, weight)
        vitals.sign(chart, visit, vitals.HEIGHT, _BIRTH[1])
        vitals.sign(chart, visit, vitals.HEAD, _BIRTH[2])
        vitals.usual(chart, visit)
        labs.single(chart, visit, assays.BILIRUBIN, bilirubin)
        if days == 3:
            vaccinate(chart, facts.HEPATITIS_B, chart.born)
            chart.problem(diagnoses.JAUNDICE, visit)
            findings = ["Nurses well, 7 % below birth weight. Yellow to the chest."]
            note(chart, visit, findings, ["Weight again in two days", "Light of the day"])


def teen(chart: Chart) -> None:
    """Birth control, which is nobody's business but hers; and acne."""
    visit = chart.visit(chart.weeks_ago(20), FOLLOW_UP, "Acne")
    vitals.usual(chart, visit)
    chart.problem(diagnoses.ACNE, visit)
    private = chart.visit(chart.weeks_ago(12), FOLLOW_UP, "Confidential visit")
    before = len(chart.resources)
    prescribe(chart, private, pharmacy.NORETHINDRONE)
    findings = ["Seen alone. Asks for birth control; no partner pressure. Safe at home."]
    note(chart, private, findings, ["Norethindrone 0.35 mg", "Do not mail results home"])
    label(private.encounter)
    for resource in chart.resources[before:]:
        label(resource)
    words = "Call her own mobile only; send nothing home about the confidential visit"
    care.confidential(chart, words, private.day)


def label(resource: Resource, code: Code = ADOLESCENT) -> None:
    """Marks a resource with a security label."""
    resource.meta = r4.Meta(security=[code.coding()])


def attention(chart: Chart) -> None:
    """A tablet on school days; weight and pulse watched."""
    condition = None
    for weeks, weight in ((60, 30.1), (50, 30.0), (30, 31.2), (8, 32.4)):
        visit = chart.visit(chart.weeks_ago(weeks), FOLLOW_UP, "Attention and school")
        vitals.sign(chart, visit, vitals.WEIGHT, weight)
        vitals.blood_pressure(chart, visit, 102, 64)
        vitals.usual(chart, visit)
        if condition is None:
            condition = chart.problem(diagnoses.ATTENTION, visit)
            prescribe(chart, visit, pharmacy.METHYLPHENIDATE, condition)
            findings = ["Teacher and parent scales positive in both domains."]
            note(chart, visit, findings, ["Methylphenidate 18 mg in the morning", "School plan"])
