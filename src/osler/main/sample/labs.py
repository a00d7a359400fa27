"""Laboratory panels: one DiagnosticReport with an Observation for each test, with range and flag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from osler.fhir import r4
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.make import (
    LOINC,
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
_FLAGS = {
    "HH": "Critical high",
    "H": "High",
    "N": "Normal",
    "L": "Low",
    "LL": "Critical low",
}


@dataclass(frozen=True, slots=True)
class Test:
    """A test with the range of most adults; a pair of ranges is (female, male)."""

    code: Code
    name: str
    unit: str
    low: float | None
    high: float | None
    digits: int = 0
    low_male: float | None = None
    high_male: float | None = None
    critical: tuple[float | None, float | None] = (None, None)
    """Below the first or above the second somebody is called at once."""

    def flag(self, value: float, sex: str) -> str:
        """The interpretation code that follows from range and critical limits."""
        low, high = self.range(sex)
        least, most = self.critical
        if least is not None and value < least:
            return "LL"
        if most is not None and value > most:
            return "HH"
        if low is not None and value < low:
            return "L"
        return "H" if high is not None and value > high else "N"

    def range(self, sex: str) -> tuple[float | None, float | None]:
        """The reference range for this sex."""
        male = sex == "male" and (self.low_male is not None or self.high_male is not None)
        return (self.low_male, self.high_male) if male else (self.low, self.high)


def _test(
    loinc: str,
    display: str,
    name: str,
    unit: str,
    low: float | None,
    high: float | None,
    digits: int = 0,
    *,
    male: tuple[float | None, float | None] = (None, None),
    critical: tuple[float | None, float | None] = (None, None),
) -> Test:
    code = Code(LOINC, loinc, display)
    return Test(code, name, unit, low, high, digits, *male, critical=critical)


A1C = _test("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "Hemoglobin A1c", "%", 4, 5.6, 1)
GLUCOSE = _test(
    "2345-7",
    "Glucose [Mass/volume] in Serum or Plasma",
    "Glucose",
    "mg/dL",
    70,
    99,
    critical=(50, 450),
)
CREATININE = _test(
    "2160-0",
    "Creatinine [Mass/volume] in Serum or Plasma",
    "Creatinine",
    "mg/dL",
    0.6,
    1.1,
    2,
    male=(0.7, 1.3),
)
UREA = _test(
    "3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "Urea nitrogen", "mg/dL", 8, 20
)
SODIUM = _test(
    "2951-2",
    "Sodium [Moles/volume] in Serum or Plasma",
    "Sodium",
    "mmol/L",
    136,
    145,
    critical=(120, 160),
)
POTASSIUM = _test(
    "2823-3",
    "Potassium [Moles/volume] in Serum or Plasma",
    "Potassium",
    "mmol/L",
    3.5,
    5,
    1,
    critical=(2.8, 6.2),
)
CHLORIDE = _test(
    "2075-0", "Chloride [Moles/volume] in Serum or Plasma", "Chloride", "mmol/L", 98, 106
)
BICARBONATE = _test(
    "2028-9",
    "Carbon dioxide, total [Moles/volume] in Serum or Plasma",
    "Bicarbonate",
    "mmol/L",
    23,
    28,
)
CALCIUM = _test(
    "17861-6", "Calcium [Mass/volume] in Serum or Plasma", "Calcium", "mg/dL", 8.6, 10.2, 1
)
CHOLESTEROL = _test(
    "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "Cholesterol", "mg/dL", None, 199
)
TRIGLYCERIDE = _test(
    "2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "Triglycerides", "mg/dL", None, 149
)
HDL = _test(
    "2085-9",
    "Cholesterol in HDL [Mass/volume] in Serum or Plasma",
    "HDL cholesterol",
    "mg/dL",
    50,
    None,
    male=(40, None),
)
LDL = _test(
    "13457-7",
    "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation",
    "LDL cholesterol",
    "mg/dL",
    None,
    99,
)
TSH = _test(
    "3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "TSH", "m[IU]/L", 0.4, 4.2, 2
)
FREE_T4 = _test(
    "3024-7",
    "Thyroxine (T4) free [Mass/volume] in Serum or Plasma",
    "Free T4",
    "ng/dL",
    0.8,
    1.8,
    1,
)
HEMOGLOBIN = _test(
    "718-7",
    "Hemoglobin [Mass/volume] in Blood",
    "Hemoglobin",
    "g/dL",
    12,
    15.5,
    1,
    male=(13.5, 17.5),
    critical=(7, 20),
)
HEMATOCRIT = _test(
    "4544-3",
    "Hematocrit [Volume Fraction] of Blood by Automated count",
    "Hematocrit",
    "%",
    36,
    44,
    1,
    male=(41, 50),
)
WHITE_CELLS = _test(
    "6690-2",
    "Leukocytes [#/volume] in Blood by Automated count",
    "White blood cells",
    "10*3/uL",
    4.5,
    11,
    1,
)
PLATELETS = _test(
    "777-3", "Platelets [#/volume] in Blood by Automated count", "Platelets", "10*3/uL", 150, 450
)
CELL_VOLUME = _test("787-2", "MCV [Entitic volume] by Automated count", "MCV", "fL", 80, 100)
FERRITIN = _test(
    "2276-4",
    "Ferritin [Mass/volume] in Serum or Plasma",
    "Ferritin",
    "ng/mL",
    11,
    307,
    male=(24, 336),
)
URINE_ALBUMIN = _test(
    "9318-7",
    "Albumin/Creatinine [Mass Ratio] in Urine",
    "Urine albumin/creatinine",
    "ug/mg{creat}",
    0,
    25,
)

INR = _test(
    "6301-6",
    "INR in Platelet poor plasma by Coagulation assay",
    "INR",
    "{INR}",
    2.5,
    3.5,
    1,
    critical=(None, 5),
)  # the range is the goal of a mechanical valve, as the laboratory was told
BILIRUBIN = _test(
    "1975-2",
    "Bilirubin.total [Mass/volume] in Serum or Plasma",
    "Bilirubin, total",
    "mg/dL",
    0.2,
    12,
    1,
    critical=(None, 18),
)  # of a newborn

METABOLIC = Code(LOINC, "24321-2", "Basic metabolic 2000 panel - Serum or Plasma")
LIPIDS = Code(LOINC, "24331-1", "Lipid 1996 panel - Serum or Plasma")
BLOOD_COUNT = Code(LOINC, "58410-2", "CBC panel - Blood by Automated count")


def report(
    chart: Chart, visit: Visit, panel: Code, values: Mapping[Test, float], *, name: str
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
    values = {
        GLUCOSE: near(glucose, 6),
        UREA: near(12 + 8 * (creatinine - 0.9), 2),
        CREATININE: max(0.3, near(creatinine, 0.05)),
        SODIUM: near(140, 1.5),
        POTASSIUM: near(potassium, 0.2),
        CHLORIDE: near(102, 1.5),
        BICARBONATE: near(25, 1),
        CALCIUM: near(9.4, 0.2),
    }
    return report(chart, visit, METABOLIC, values, name="Basic metabolic panel")


def lipids(chart: Chart, visit: Visit, *, ldl: float) -> r4.DiagnosticReport:
    """Cholesterol and its parts; the total follows from the others."""
    low, good = chart.random.gauss(ldl, 6), chart.random.gauss(50, 5)
    fat = chart.random.gauss(90 + ldl / 2, 15)
    values = {CHOLESTEROL: low + good + fat / 5, TRIGLYCERIDE: fat, HDL: good, LDL: low}
    return report(chart, visit, LIPIDS, values, name="Lipid panel")


def blood_count(
    chart: Chart, visit: Visit, *, hemoglobin: float, volume: float = 89
) -> r4.DiagnosticReport:
    """Red cells, white cells and platelets."""
    near = chart.random.gauss
    red = near(hemoglobin, 0.2)
    values = {
        HEMOGLOBIN: red,
        HEMATOCRIT: red * 3,
        CELL_VOLUME: near(volume, 1),
        WHITE_CELLS: near(6.8, 1),
        PLATELETS: near(250, 30),
    }
    return report(chart, visit, BLOOD_COUNT, values, name="Complete blood count")


def single(chart: Chart, visit: Visit, test: Test, value: float) -> r4.DiagnosticReport:
    """A test ordered by itself."""
    return report(chart, visit, test.code, {test: value}, name=test.name)


def _result(chart: Chart, visit: Visit, test: Test, value: float) -> r4.Observation:
    measured = quantity(value, test.unit, digits=test.digits)
    low, high = test.range(chart.person.sex)
    flag = test.flag(float(measured.value or 0), chart.person.sex)
    result = r4.Observation(
        id=chart.identify("observation"),
        text=narrative(f"{test.name} {measured.value} {test.unit} ({_FLAGS[flag]})"),
        status="final",
        category=[concept(_LABORATORY)],
        code=concept(test.code, text=test.name),
        subject=chart.subject,
        encounter=ref(visit.encounter),
        effectiveDateTime=moment(visit.start),
        issued=moment(visit.start + timedelta(days=1)),
        performer=[ref(chart.practice.laboratory, chart.practice.laboratory.name)],
        valueQuantity=measured,
        interpretation=[concept(terminology("v3-ObservationInterpretation", flag, _FLAGS[flag]))],
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
