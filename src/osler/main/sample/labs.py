"""Laboratory panels: one DiagnosticReport with an Observation for each test, with range and flag."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from osler.fhir import r4
from osler.main.sample import assays
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import (
    Code,
    concept,
    moment,
    narrative,
    quantity,
    ref,
    terminology,
)

_LABORATORY = terminology("observation-category", "laboratory", "Laboratory")
_REPORT = Code("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB", "Laboratory")


def report(
    chart: Chart, visit: Visit, panel: Code, values: Mapping[assays.Test, float], *, name: str
) -> r4.DiagnosticReport:
    """Adds a panel drawn at a visit and reported the next day."""
    results = [_result(chart, visit, test, value) for test, value in values.items()]
    flagged = [r for r in results if r.interpretation and _code(r.interpretation[0]) != "N"]
    issued = visit.start + timedelta(days=1)
    made = r4.DiagnosticReport(
        id=chart.identify("report"),
        text=narrative(f"{name}: {len(results)} results, {len(flagged)} outside their range"),
        status="final",
        category=[concept(_REPORT)],
        code=concept(panel, text=name),
        subject=chart.subject,
        encounter=ref(visit.encounter),
        effectiveDateTime=moment(visit.start),
        issued=moment(issued),
        performer=[ref(chart.practice.laboratory, chart.practice.laboratory.name)],
        result=[ref(result) for result in results],
    )
    chart.resources.append(made)
    return made


def metabolic(
    chart: Chart,
    visit: Visit,
    *,
    creatinine: float = 0.9,
    glucose: float = 90,
    potassium: float = 4.2,
) -> r4.DiagnosticReport:
    """Electrolytes, kidneys and sugar."""
    near = chart.random.gauss
    age = chart.age_on(visit.day)
    made = round(max(0.3, near(creatinine, 0.05)), 2)
    values = {
        assays.GLUCOSE: near(glucose, 6),
        assays.UREA: near(12 + 8 * (creatinine - 0.9), 2),
        assays.CREATININE: made,
        assays.SODIUM: near(140, 1.5),
        assays.POTASSIUM: near(potassium, 0.2),
        assays.CHLORIDE: near(102, 1.5),
        assays.BICARBONATE: near(25, 1),
        assays.CALCIUM: near(9.4, 0.2),
    }
    if age >= 18:
        values[assays.EGFR] = filtration(made, age, chart.person.sex)
    return report(chart, visit, assays.METABOLIC, values, name="Basic metabolic panel")


def filtration(creatinine: float, age: float, sex: str) -> float:
    """Glomerular filtration by the CKD-EPI equation of 2021 (Inker et al., N Engl J Med 2021;385:1737)."""
    female = sex == "female"
    ratio = creatinine / (0.7 if female else 0.9)
    power = -0.241 if female else -0.302
    estimate = 142 * min(ratio, 1) ** power * max(ratio, 1) ** -1.2 * 0.9938**age
    return float(estimate * (1.012 if female else 1))


def lipids(chart: Chart, visit: Visit, *, ldl: float) -> r4.DiagnosticReport:
    """Cholesterol and its parts; the total follows from the others."""
    low, good = chart.random.gauss(ldl, 6), chart.random.gauss(50, 5)
    fat = chart.random.gauss(90 + ldl / 2, 15)
    values = {
        assays.CHOLESTEROL: low + good + fat / 5,
        assays.TRIGLYCERIDE: fat,
        assays.HDL: good,
        assays.LDL: low,
    }
    return report(chart, visit, assays.LIPIDS, values, name="Lipid panel")


def blood_count(
    chart: Chart, visit: Visit, *, hemoglobin: float, volume: float = 89
) -> r4.DiagnosticReport:
    """Red cells, white cells and platelets."""
    near = chart.random.gauss
    red = near(hemoglobin, 0.2)
    values = {
        assays.HEMOGLOBIN: red,
        assays.HEMATOCRIT: red * 3,
        assays.CELL_VOLUME: near(volume, 1),
        assays.WHITE_CELLS: near(6.8, 1),
        assays.PLATELETS: near(250, 30),
    }
    return report(chart, visit, assays.BLOOD_COUNT, values, name="Complete blood count")


def single(chart: Chart, visit: Visit, test: assays.Test, value: float) -> r4.DiagnosticReport:
    """A test ordered by itself."""
    return report(chart, visit, test.code, {test: value}, name=test.name)


def _result(chart: Chart, visit: Visit, test: assays.Test, value: float) -> r4.Observation:
    measured = quantity(value, test.unit, digits=test.digits)
    low, high = test.range(chart.person.sex)
    flag = test.flag(float(measured.value or 0), chart.person.sex)
    result = r4.Observation(
        id=chart.identify("observation"),
        text=narrative(f"{test.name} {measured.value} {test.unit} ({assays.FLAGS[flag]})"),
        status="final",
        category=[concept(_LABORATORY)],
        code=concept(test.code, text=test.name),
        subject=chart.subject,
        encounter=ref(visit.encounter),
        effectiveDateTime=moment(visit.start),
        issued=moment(visit.start + timedelta(days=1)),
        performer=[ref(chart.practice.laboratory, chart.practice.laboratory.name)],
        valueQuantity=measured,
        interpretation=[
            concept(terminology("v3-ObservationInterpretation", flag, assays.FLAGS[flag]))
        ],
        referenceRange=[
            r4.ObservationReferenceRange(
                low=None if low is None else quantity(low, test.unit, digits=test.digits),
                high=None if high is None else quantity(high, test.unit, digits=test.digits),
            )
        ],
    )
    chart.resources.append(result)
    return result


def _code(interpretation: r4.CodeableConcept) -> str | None:
    return interpretation.coding[0].code if interpretation.coding else None
