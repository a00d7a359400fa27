"""Laboratory tests: LOINC code, unit, the range of most adults, and the limits at which one telephones."""

from __future__ import annotations

from dataclasses import dataclass

from osler.main.sample.make import LOINC, Code

FLAGS = {
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


def _row(
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


A1C = _row("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "Hemoglobin A1c", "%", 4, 5.6, 1)
GLUCOSE = _row(
    "2345-7",
    "Glucose [Mass/volume] in Serum or Plasma",
    "Glucose",
    "mg/dL",
    70,
    99,
    critical=(50, 450),
)
CREATININE = _row(
    "2160-0",
    "Creatinine [Mass/volume] in Serum or Plasma",
    "Creatinine",
    "mg/dL",
    0.6,
    1.1,
    2,
    male=(0.7, 1.3),
)
UREA = _row(
    "3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "Urea nitrogen", "mg/dL", 8, 20
)
SODIUM = _row(
    "2951-2",
    "Sodium [Moles/volume] in Serum or Plasma",
    "Sodium",
    "mmol/L",
    136,
    145,
    critical=(120, 160),
)
POTASSIUM = _row(
    "2823-3",
    "Potassium [Moles/volume] in Serum or Plasma",
    "Potassium",
    "mmol/L",
    3.5,
    5,
    1,
    critical=(2.8, 6.2),
)
CHLORIDE = _row(
    "2075-0", "Chloride [Moles/volume] in Serum or Plasma", "Chloride", "mmol/L", 98, 106
)
BICARBONATE = _row(
    "2028-9",
    "Carbon dioxide, total [Moles/volume] in Serum or Plasma",
    "Bicarbonate",
    "mmol/L",
    23,
    28,
)
CALCIUM = _row(
    "17861-6", "Calcium [Mass/volume] in Serum or Plasma", "Calcium", "mg/dL", 8.6, 10.2, 1
)
CHOLESTEROL = _row(
    "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "Cholesterol", "mg/dL", None, 199
)
TRIGLYCERIDE = _row(
    "2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "Triglycerides", "mg/dL", None, 149
)
HDL = _row(
    "2085-9",
    "Cholesterol in HDL [Mass/volume] in Serum or Plasma",
    "HDL cholesterol",
    "mg/dL",
    50,
    None,
    male=(40, None),
)
LDL = _row(
    "13457-7",
    "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation",
    "LDL cholesterol",
    "mg/dL",
    None,
    99,
)
TSH = _row("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "TSH", "m[IU]/L", 0.4, 4.2, 2)
FREE_T4 = _row(
    "3024-7",
    "Thyroxine (T4) free [Mass/volume] in Serum or Plasma",
    "Free T4",
    "ng/dL",
    0.8,
    1.8,
    1,
)
HEMOGLOBIN = _row(
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
HEMATOCRIT = _row(
    "4544-3",
    "Hematocrit [Volume Fraction] of Blood by Automated count",
    "Hematocrit",
    "%",
    36,
    44,
    1,
    male=(41, 50),
)
WHITE_CELLS = _row(
    "6690-2",
    "Leukocytes [#/volume] in Blood by Automated count",
    "White blood cells",
    "10*3/uL",
    4.5,
    11,
    1,
)
PLATELETS = _row(
    "777-3", "Platelets [#/volume] in Blood by Automated count", "Platelets", "10*3/uL", 150, 450
)
CELL_VOLUME = _row("787-2", "MCV [Entitic volume] by Automated count", "MCV", "fL", 80, 100)
FERRITIN = _row(
    "2276-4",
    "Ferritin [Mass/volume] in Serum or Plasma",
    "Ferritin",
    "ng/mL",
    11,
    307,
    male=(24, 336),
)
URINE_ALBUMIN = _row(
    "9318-7",
    "Albumin/Creatinine [Mass Ratio] in Urine",
    "Urine albumin/creatinine",
    "ug/mg{creat}",
    0,
    25,
)

INR = _row(
    "6301-6",
    "INR in Platelet poor plasma by Coagulation assay",
    "INR",
    "{INR}",
    2.5,
    3.5,
    1,
    critical=(None, 5),
)  # the range is the goal of a mechanical valve, as the laboratory was told
BILIRUBIN = _row(
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
EGFR = _row(
    "98979-8",
    "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood"
    " by Creatinine-based formula (CKD-EPI 2021)",
    "eGFR",
    "mL/min/{1.73_m2}",
    60,
    None,
)
NATRIURETIC = _row(
    "33762-6",
    "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma",
    "NT-proBNP",
    "pg/mL",
    None,
    300,
)
PROSTATE_ANTIGEN = _row(
    "2857-1",
    "Prostate specific Ag [Mass/volume] in Serum or Plasma",
    "PSA",
    "ng/mL",
    0,
    4,
    1,
)
COBALAMIN = _row(
    "2132-9",
    "Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma",
    "Vitamin B12",
    "pg/mL",
    200,
    900,
)
