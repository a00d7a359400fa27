"""More diagnoses of the sample patients, of the stories that are told in full.

SNOMED codes are of the Global Patient Set (SNOMED International, CC BY 4.0), ICD-10-CM of CMS and NCHS.
"""

from __future__ import annotations

from osler.main.sample.facts import problem

DIABETIC_KIDNEY = problem(
    "Diabetic kidney disease, stage 3b",
    "E11.22",
    "Type 2 diabetes mellitus with diabetic chronic kidney disease",
    "433144002",
    "Chronic kidney disease stage 3",
)
NEUROPATHY = problem(
    "Diabetic neuropathy",
    "E11.42",
    "Type 2 diabetes mellitus with diabetic polyneuropathy",
    "230572002",
    "Neuropathy due to diabetes mellitus",
)
ALBUMINURIA = problem(
    "Albuminuria", "R80.9", "Proteinuria, unspecified", "312975006", "Microalbuminuria"
)
COPD = problem(
    "COPD",
    "J44.9",
    "Chronic obstructive pulmonary disease, unspecified",
    "13645005",
    "Chronic obstructive lung disease",
)
VALVE = problem(
    "Mechanical aortic valve",
    "Z95.2",
    "Presence of prosthetic heart valve",
    "35350000",
    "Implantation of aortic valve prosthesis or synthetic device",
)
BREAST_CANCER = problem(
    "Breast cancer, treated",
    "Z85.3",
    "Personal history of malignant neoplasm of breast",
    "254837009",
    "Malignant neoplasm of breast",
)
DEMENTIA = problem(
    "Mild dementia",
    "F03.A0",
    "Unspecified dementia, mild, without behavioral disturbance, psychotic disturbance,"
    " mood disturbance, and anxiety",
    "52448006",
    "Dementia",
)
FALLS = problem("Recurrent falls", "R29.6", "Repeated falls", "279992002", "Recurrent falls")
PROSTATE = problem(
    "Enlarged prostate",
    "N40.1",
    "Benign prostatic hyperplasia with lower urinary tract symptoms",
    "266569009",
    "Benign prostatic hyperplasia",
)
B12 = problem(
    "Vitamin B12 deficiency",
    "E53.8",
    "Deficiency of other specified B group vitamins",
    "64117007",
    "Vitamin B12 deficiency (non anemic)",
)
SLEEP_APNEA = problem(
    "Obstructive sleep apnea",
    "G47.33",
    "Obstructive sleep apnea (adult) (pediatric)",
    "78275009",
    "Obstructive sleep apnea syndrome",
)
ATTENTION = problem(
    "ADHD",
    "F90.2",
    "Attention-deficit hyperactivity disorder, combined type",
    "31177006",
    "Attention deficit hyperactivity disorder, combined type",
)
OPIOID = problem(
    "Opioid use disorder, in remission",
    "F11.21",
    "Opioid dependence, in remission",
    "191821007",
    "Opioid dependence in remission",
)
JAUNDICE = problem(
    "Newborn jaundice",
    "P59.9",
    "Neonatal jaundice, unspecified",
    "17140000",
    "Neonatal jaundice due to delayed conjugation",
)
ACNE = problem("Acne", "L70.0", "Acne vulgaris", "11381005", "Acne vulgaris")
INCONTINENCE = problem(
    "Urge incontinence", "N39.41", "Urge incontinence", "165232002", "Urinary incontinence"
)
GLAUCOMA = problem("Glaucoma", "H40.9", "Unspecified glaucoma", "23986001", "Glaucoma")
INSOMNIA = problem("Insomnia", "G47.00", "Insomnia, unspecified", "193462001", "Insomnia")
CONSTIPATION = problem(
    "Constipation", "K59.00", "Constipation, unspecified", "14760008", "Constipation"
)
CORONARY = problem(
    "Coronary artery disease",
    "I25.10",
    "Atherosclerotic heart disease of native coronary artery without angina pectoris",
    "53741008",
    "Coronary arteriosclerosis",
)
