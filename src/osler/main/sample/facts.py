"""What the sample patients have, take and are given, in ICD-10-CM, SNOMED, RxNorm and CVX.

SNOMED codes are of the Global Patient Set (SNOMED International, CC BY 4.0), ICD-10-CM of CMS and
NCHS, RxNorm of the U.S. National Library of Medicine, CVX of CDC. No CPT.
"""

from __future__ import annotations

from dataclasses import dataclass

from osler.main.sample.make import CVX, ICD10, RXNORM, SNOMED, Code


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnosis in both systems; `name` is what the problem list shows."""

    name: str
    icd: Code
    snomed: Code


def problem(name: str, icd: str, icd_name: str, snomed: str, snomed_name: str) -> Problem:
    """A row of a table of diagnoses."""
    return Problem(name, Code(ICD10, icd, icd_name), Code(SNOMED, snomed, snomed_name))


HYPERTENSION = problem(
    "Hypertension", "I10", "Essential (primary) hypertension", "59621000", "Essential hypertension"
)
DIABETES = problem(
    "Type 2 diabetes",
    "E11.9",
    "Type 2 diabetes mellitus without complications",
    "44054006",
    "Diabetes mellitus type 2",
)
HYPERLIPIDEMIA = problem(
    "High cholesterol", "E78.5", "Hyperlipidemia, unspecified", "55822004", "Hyperlipidemia"
)
ASTHMA = problem("Asthma", "J45.30", "Mild persistent asthma, uncomplicated", "195967001", "Asthma")
HYPOTHYROIDISM = problem(
    "Hypothyroidism", "E03.9", "Hypothyroidism, unspecified", "40930008", "Hypothyroidism"
)
DEPRESSION = problem(
    "Depression",
    "F32.1",
    "Major depressive disorder, single episode, moderate",
    "370143000",
    "Major depressive disorder",
)
ANXIETY = problem(
    "Generalized anxiety",
    "F41.1",
    "Generalized anxiety disorder",
    "21897009",
    "Generalized anxiety disorder",
)
REFLUX = problem(
    "Acid reflux",
    "K21.9",
    "Gastro-esophageal reflux disease without esophagitis",
    "235595009",
    "Gastroesophageal reflux disease",
)
KIDNEY_DISEASE = problem(
    "Chronic kidney disease, stage 3a",
    "N18.31",
    "Chronic kidney disease, stage 3a",
    "433144002",
    "Chronic kidney disease stage 3",
)
ATRIAL_FIBRILLATION = problem(
    "Atrial fibrillation",
    "I48.91",
    "Unspecified atrial fibrillation",
    "49436004",
    "Atrial fibrillation",
)
HEART_FAILURE = problem(
    "Heart failure",
    "I50.22",
    "Chronic systolic (congestive) heart failure",
    "441481004",
    "Chronic systolic heart failure",
)
MIGRAINE = problem(
    "Migraine",
    "G43.909",
    "Migraine, unspecified, not intractable, without status migrainosus",
    "37796009",
    "Migraine",
)
OSTEOARTHRITIS = problem(
    "Osteoarthritis of the knee",
    "M17.11",
    "Unilateral primary osteoarthritis, right knee",
    "239873007",
    "Osteoarthritis of knee",
)
IRON_DEFICIENCY = problem(
    "Iron deficiency anemia",
    "D50.9",
    "Iron deficiency anemia, unspecified",
    "87522002",
    "Iron deficiency anemia",
)
OSTEOPOROSIS = problem(
    "Osteoporosis",
    "M81.0",
    "Age-related osteoporosis without current pathological fracture",
    "64859006",
    "Osteoporosis",
)
ECZEMA = problem(
    "Eczema", "L20.9", "Atopic dermatitis, unspecified", "24079001", "Atopic dermatitis"
)
OBESITY = problem("Obesity", "E66.811", "Obesity, class 1", "414916001", "Obesity")
HAY_FEVER = problem(
    "Hay fever",
    "J30.2",
    "Other seasonal allergic rhinitis",
    "367498001",
    "Seasonal allergic rhinitis",
)
PREGNANCY = problem(
    "Pregnancy",
    "Z34.02",
    "Encounter for supervision of normal first pregnancy, second trimester",
    "72892002",
    "Normal pregnancy",
)
COLD = problem(
    "Upper respiratory infection",
    "J06.9",
    "Acute upper respiratory infection, unspecified",
    "54150009",
    "Upper respiratory infection",
)
URINARY_INFECTION = problem(
    "Urinary tract infection",
    "N39.0",
    "Urinary tract infection, site not specified",
    "68566005",
    "Urinary tract infectious disease",
)
EAR_INFECTION = problem(
    "Ear infection",
    "H66.91",
    "Otitis media, unspecified, right ear",
    "3110003",
    "Acute otitis media",
)
ANKLE_SPRAIN = problem(
    "Ankle sprain",
    "S93.401A",
    "Sprain of unspecified ligament of right ankle, initial encounter",
    "44465007",
    "Sprain of ankle",
)


@dataclass(frozen=True, slots=True)
class Drug:
    """A clinical drug of RxNorm with the directions most people get."""

    code: Code
    sig: str
    per_day: int = 1
    dose: float = 1
    unit: str = "tablet"
    as_needed: bool = False
    days: int = 90
    every: int = 1  # days between doses


def drug(
    rxcui: str,
    name: str,
    sig: str,
    *,
    per_day: int = 1,
    dose: float = 1,
    unit: str = "tablet",
    as_needed: bool = False,
    days: int = 90,
    every: int = 1,
) -> Drug:
    """A row of a table of drugs."""
    return Drug(Code(RXNORM, rxcui, name), sig, per_day, dose, unit, as_needed, days, every)


LISINOPRIL_10 = drug("314076", "lisinopril 10 MG Oral Tablet", "Take 1 tablet once a day")
LISINOPRIL_20 = drug("314077", "lisinopril 20 MG Oral Tablet", "Take 1 tablet once a day")
AMLODIPINE_5 = drug("197361", "amlodipine 5 MG Oral Tablet", "Take 1 tablet once a day")
LOSARTAN_50 = drug("979492", "losartan potassium 50 MG Oral Tablet", "Take 1 tablet once a day")
METFORMIN_500 = drug(
    "861007",
    "metformin hydrochloride 500 MG Oral Tablet",
    "Take 1 tablet twice a day with meals",
    per_day=2,
)
METFORMIN_1000 = drug(
    "861004",
    "metformin hydrochloride 1000 MG Oral Tablet",
    "Take 1 tablet twice a day with meals",
    per_day=2,
)
EMPAGLIFLOZIN = drug("1545658", "empagliflozin 10 MG Oral Tablet", "Take 1 tablet in the morning")
ATORVASTATIN_20 = drug("617310", "atorvastatin 20 MG Oral Tablet", "Take 1 tablet at bedtime")
ATORVASTATIN_40 = drug("617311", "atorvastatin 40 MG Oral Tablet", "Take 1 tablet at bedtime")
LEVOTHYROXINE_50 = drug(
    "966221",
    "levothyroxine sodium 0.05 MG Oral Tablet",
    "Take 1 tablet on an empty stomach every morning",
)
SERTRALINE_50 = drug("312941", "sertraline 50 MG Oral Tablet", "Take 1 tablet once a day")
SERTRALINE_100 = drug("312938", "sertraline 100 MG Oral Tablet", "Take 1 tablet once a day")
ESCITALOPRAM = drug("349332", "escitalopram 10 MG Oral Tablet", "Take 1 tablet once a day")
OMEPRAZOLE = drug(
    "198051",
    "omeprazole 20 MG Delayed Release Oral Capsule",
    "Take 1 capsule before breakfast",
    unit="capsule",
)
ALBUTEROL = drug(
    "745679",
    "200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler",
    "Inhale 2 puffs every 4 to 6 hours as needed for wheezing",
    per_day=4,
    dose=2,
    unit="puff",
    as_needed=True,
    days=30,
)
FLUTICASONE = drug(
    "895999",
    "120 ACTUAT fluticasone propionate 0.11 MG/ACTUAT Metered Dose Inhaler",
    "Inhale 1 puff twice a day and rinse the mouth",
    per_day=2,
    unit="puff",
    days=60,
)
APIXABAN = drug(
    "1364445", "apixaban 5 MG Oral Tablet", "Take 1 tablet twice a day", per_day=2, days=30
)
METOPROLOL = drug(
    "866436",
    "24 HR metoprolol succinate 50 MG Extended Release Oral Tablet",
    "Take 1 tablet once a day",
)
FUROSEMIDE = drug("313988", "furosemide 40 MG Oral Tablet", "Take 1 tablet in the morning")
SUMATRIPTAN = drug(
    "313161",
    "sumatriptan 50 MG Oral Tablet",
    "Take 1 tablet at the first sign of a migraine",
    as_needed=True,
    days=30,
)
ALENDRONATE = drug(
    "904431", "alendronic acid 70 MG Oral Tablet", "Take 1 tablet once a week", days=28, every=7
)
IRON = drug("310325", "ferrous sulfate 325 MG Oral Tablet", "Take 1 tablet every morning")
ACETAMINOPHEN = drug(
    "198440",
    "acetaminophen 500 MG Oral Tablet",
    "Take 1 to 2 tablets up to 3 times a day as needed for pain",
    per_day=3,
    as_needed=True,
    days=30,
)
CETIRIZINE = drug(
    "1014678", "cetirizine hydrochloride 10 MG Oral Tablet", "Take 1 tablet once a day"
)
NITROFURANTOIN = drug(
    "1648759",
    "nitrofurantoin, macrocrystals 100 MG Oral Capsule",
    "Take 1 capsule four times a day for 5 days",
    per_day=4,
    unit="capsule",
    days=5,
)
AMOXICILLIN_LIQUID = drug(
    "308189",
    "amoxicillin 80 MG/ML Oral Suspension",
    "Give 5 mL twice a day for 10 days",
    per_day=2,
    dose=5,
    unit="mL",
    days=10,
)
FOLIC_ACID = drug("198640", "folic acid 0.4 MG Oral Tablet", "Take 1 tablet once a day")


def _vaccine(cvx: str, name: str) -> Code:
    return Code(CVX, cvx, name)


INFLUENZA = _vaccine("140", "Influenza, split virus, trivalent, PF")
COVID = _vaccine("309", "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 30 mcg/0.3 mL")
TDAP = _vaccine("115", "Tdap")
ZOSTER = _vaccine("187", "zoster recombinant")
PNEUMOCOCCAL = _vaccine(
    "216", "Pneumococcal conjugate PCV20, polysaccharide CRM197 conjugate, adjuvant, PF"
)
HPV = _vaccine("165", "HPV9")
MMR = _vaccine("03", "MMR")
VARICELLA = _vaccine("21", "varicella")
DTAP_HEPB_IPV = _vaccine("110", "DTaP-Hep B-IPV")
DTAP = _vaccine("20", "DTaP")
IPV = _vaccine("10", "IPV")
HIB = _vaccine("48", "Hib (PRP-T)")
ROTAVIRUS = _vaccine("116", "rotavirus, pentavalent")
HEPATITIS_A = _vaccine("83", "Hep A, ped/adol, 2 dose")
HEPATITIS_B = _vaccine("08", "Hep B, adolescent or pediatric")
