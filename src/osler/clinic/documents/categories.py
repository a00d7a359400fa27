"""What kinds of documents there are: our own codes, each with the LOINC document types that belong to it."""

from __future__ import annotations

from dataclasses import dataclass

from osler.fhir import r4
from osler.kit.words import N_

SYSTEM = "urn:osler:document"
LOINC = "http://loinc.org"
US_CORE = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"


@dataclass(frozen=True, slots=True)
class Category:
    """One kind. The first of `types` (LOINC code, its name) is what we write; the others are read as it too."""

    code: str
    label: str
    icon: str
    types: tuple[tuple[str, str], ...]
    clinical: bool = True  # US Core's category of clinical notes
    filed: bool = True  # whether people file it by hand


_ALL = (
    Category("note", N_("Notes"), "notebook-pen", (
        ("11506-3", "Progress note"), ("34117-2", "History and physical note"),
        ("34746-8", "Nurse Note"), ("34748-4", "Telephone encounter Note"),
        ("34111-5", "Emergency department Note"),
    ), filed=False),
    Category("consult", N_("Consultations"), "stethoscope", (
        ("11488-4", "Consult note"), ("57133-1", "Referral note"),
    )),
    Category("lab", N_("Lab reports"), "flask-conical", (("11502-2", "Laboratory report"),)),
    Category("imaging", N_("Imaging"), "scan", (
        ("18748-4", "Diagnostic imaging study"), ("18726-0", "Radiology studies (set)"),
    )),
    Category("procedure", N_("Procedures"), "scissors", (
        ("28570-0", "Procedure note"), ("11504-8", "Surgical operation note"),
    )),
    Category("hospital", N_("Hospital papers"), "bed", (
        ("18842-5", "Discharge summary"), ("34133-9", "Summary of episode note"),
    )),
    Category("outside", N_("Outside records"), "folder-input", (("11503-0", "Medical records"),)),
    Category("letter", N_("Letters"), "mail", (("51852-2", "Letter"),), clinical=False),
    Category("directive", N_("Advance directives"), "file-text", (
        ("42348-3", "Advance healthcare directives"),
    ), clinical=False),
    Category("consent", N_("Consents"), "signature", (("59284-0", "Patient Consent"),), clinical=False),
    Category("insurance", N_("Insurance cards"), "id-card", (
        ("64290-0", "Health insurance card"),
    ), clinical=False),
    Category("photo", N_("Photos"), "image", (("72170-4", "Photographic image"),)),
    Category("other", N_("Other"), "file", (("34109-9", "Note"),), clinical=False),
)  # fmt: skip
CATEGORIES: dict[str, Category] = {one.code: one for one in _ALL}
OTHER = CATEGORIES["other"]
_BY_TYPE = {code: one for one in _ALL for code, _name in one.types}


def concepts(category: Category) -> tuple[r4.CodeableConcept, list[r4.CodeableConcept]]:
    """The type and the categories of a document of this kind."""
    code, name = category.types[0]
    type = r4.CodeableConcept(coding=[r4.Coding(system=LOINC, code=code, display=name)])
    own = r4.Coding(system=SYSTEM, code=category.code, display=category.label)
    made = [r4.CodeableConcept(coding=[own])]
    if category.clinical:
        clinical = r4.Coding(system=US_CORE, code="clinical-note", display="Clinical Note")
        made.append(r4.CodeableConcept(coding=[clinical]))
    return type, made


def category_of(one: r4.DocumentReference) -> Category:
    """The kind of a document: by our code, else by its type."""
    for concept in one.category or ():
        for coding in concept.coding or ():
            if coding.system == SYSTEM and coding.code in CATEGORIES:
                return CATEGORIES[coding.code]
    codings = (one.type.coding if one.type else None) or ()
    return next((_BY_TYPE[c.code] for c in codings if c.code in _BY_TYPE), OTHER)


def types_of(category: Category) -> str:
    """The value of the search parameter `type` that finds the documents of a kind."""
    return ",".join(f"{LOINC}|{code}" for code, _name in category.types)
