"""The tables of terms that Osler ships: tab-separated, their sources named in their heads."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX = "http://hl7.org/fhir/sid/cvx"
MVX = "http://hl7.org/fhir/sid/mvx"
CLASSES = "urn:osler:drug-class"
"""The code system of drug classes that have no free code elsewhere."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something that can be chosen. `rank` is the order of common use (0: none is known).

    `words` are other names; `about` is shown beside the name; `groups` are what it belongs to.
    """

    system: str
    code: str
    name: str
    words: tuple[str, ...] = ()
    rank: int = 0
    about: str = ""
    groups: tuple[str, ...] = ()
    members: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def value(self) -> str:
        """What a form posts for it."""
        return f"{self.system}|{self.code}"


def lines(name: str) -> list[str]:
    """The lines of a shipped table, without its head."""
    text = (files("osler.clinic.terms") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a shipped table by column."""
    head, *rest = (line.split("\t") for line in lines(name))
    return [dict(zip(head, row, strict=True)) for row in rest]


def several(text: str) -> tuple[str, ...]:
    """The parts of a cell."""
    return tuple(part for part in text.split(";") if part)


@cache
def diagnoses() -> tuple[Term, ...]:
    """Common diagnoses, ICD-10-CM."""
    return tuple(
        Term(ICD, row["code"], row["title"], several(row["words"]), int(row["rank"] or 0))
        for row in rows("icd10cm.tsv")
    )


@cache
def procedures() -> tuple[Term, ...]:
    """Common procedures of SNOMED CT's free set, in the order of use."""
    return tuple(
        Term(SNOMED, row["code"], row["name"], several(row["words"]), number)
        for number, row in enumerate(rows("procedures.tsv"), 1)
    )


@cache
def reactions() -> tuple[Term, ...]:
    """Manifestations of allergies, in the order of use."""
    return tuple(
        Term(SNOMED, row["code"], row["name"], several(row["words"]), number)
        for number, row in enumerate(rows("reactions.tsv"), 1)
    )


@cache
def substances() -> tuple[Term, ...]:
    """Foods and substances of surroundings; `groups` is the category of FHIR."""
    return tuple(
        Term(SNOMED, row["code"], row["name"], several(row["words"]), number, row["category"], (row["category"],))
        for number, row in enumerate(rows("allergens.tsv"), 1)
    )  # fmt: skip


@cache
def drug_classes() -> tuple[Term, ...]:
    """Drug classes; `members` are their ingredients by name and RxNorm code, `groups` the classes near to them."""
    made = []
    for number, row in enumerate(rows("drug_classes.tsv"), 1):
        system = SNOMED if row["code"] else CLASSES
        code = row["code"] or row["name"].lower().replace(" ", "-")
        members = tuple(_pair(one) for one in several(row["members"]))
        made.append(
            Term(system, code, row["name"], several(row["words"]), number, "Drug class", several(row["near"]), members)
        )  # fmt: skip
    return tuple(made)


def _pair(text: str) -> tuple[str, str]:
    name, _, code = text.rpartition("=")
    return name, code


@cache
def vaccines() -> tuple[Term, ...]:
    """Vaccines, CVX; `groups` are the antigens; `about` is "historical" where nobody gives it any more."""
    return tuple(
        Term(CVX, row["code"], row["name"], several(row["words"].replace(" ", ";")) + several(row["words"]),
             0, "historical" if row["historical"] else "", several(row["groups"]))
        for row in rows("vaccines.tsv")
    )  # fmt: skip


@cache
def manufacturers() -> tuple[Term, ...]:
    """Makers of vaccines, MVX."""
    return tuple(Term(MVX, row["code"], row["name"]) for row in rows("manufacturers.tsv"))
