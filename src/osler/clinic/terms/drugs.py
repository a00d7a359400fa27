"""Drugs as they are chosen and read: names with safe units and tall man letters, ingredients, classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from osler.clinic.terms.tables import RXNORM, Term, drug_classes, lines, rows, several

_UNITS = {
    "MG": "mg", "ML": "mL", "MCG": "mcg", "UNT": "units", "ACTUAT": "actuation", "HR": "hour", "MEQ": "mEq",
}  # fmt: skip
_UNIT = re.compile(r"\b(MG|ML|MCG|UNT|ACTUAT|HR|MEQ)\b")
_GRAMS = re.compile(r"(?<![\d.])(0\.0\d+) mg\b")
_PLAIN = (
    " oral tablet",
    " oral capsule",
    " inhaler",
    " pen injector",
    " nasal spray",
    " topical cream",
)
_WORD = re.compile(r"[A-Za-z]{4,}")
_FORM = re.compile(r"(?<=[\s\]])[A-Z][a-z]+\b")


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An active ingredient, by RxNorm's code and name."""

    code: str
    name: str


@cache
def tall() -> dict[str, str]:
    """Names with tall man letters, by the names in small ones."""
    return {line.lower(): line for line in lines("tall_man.txt")}


def readable(name: str) -> str:
    """A name of RxNorm as a list shows it: "metFORMIN hydrochloride 500 mg oral tablet"."""
    text = _UNIT.sub(lambda found: _UNITS[found.group()], name)
    text = _GRAMS.sub(_micrograms, text)
    text = _FORM.sub(lambda found: found.group().lower(), f" {text}").strip()
    return _WORD.sub(lambda found: tall().get(found.group().lower(), found.group()), text)


def _micrograms(found: re.Match[str]) -> str:
    """Below a tenth of a milligram, whole micrograms are safer to read."""
    micro = Decimal(found.group(1)) * 1000
    return f"{micro.normalize():f} mcg"


@cache
def shipped() -> tuple[Term, ...]:
    """Common drugs with strength and form; `members` are their ingredients, `words` their brands."""
    return tuple(_drug(row) for row in rows("drugs.tsv"))


def _drug(row: dict[str, str]) -> Term:
    names, brands = several(row["ingredients"]), several(row["brands"])
    members = tuple(zip(names, several(row["ingredient_rxcuis"]), strict=True))
    name = readable(_small(row["name"], names))
    about = ", ".join(brands[:3])
    return Term(RXNORM, row["rxcui"], name, brands, _common(name, len(names)), about, (), members)


def _common(name: str, ingredients: int) -> int:
    """The order among drugs that answer alike: plain tablets and capsules of one ingredient first."""
    plain = next((at for at, form in enumerate(_PLAIN, 1) if name.endswith(form)), len(_PLAIN) + 1)
    odd = 5 if name[0].isdigit() and " hour " not in name[:9] else 0
    return plain + odd + 10 * (ingredients - 1)


def _small(name: str, ingredients: tuple[str, ...]) -> str:
    """Older names of RxNorm begin with a capital; generic names have none."""
    return name[0].lower() + name[1:] if name.lower().startswith(ingredients) else name


@cache
def ingredients() -> dict[str, Ingredient]:
    """Every ingredient that a shipped table knows, by its name in small letters."""
    known = [pair for term in (*drug_classes(), *shipped()) for pair in term.members]
    return {name.lower(): Ingredient(code, name) for name, code in known}


@cache
def ingredient_terms() -> tuple[Term, ...]:
    """Ingredients as one is allergic to them, with their brands for words."""
    brands: dict[str, tuple[str, ...]] = {}
    for drug in shipped():
        if len(drug.members) == 1:
            brands.setdefault(drug.members[0][1], drug.words)
    found = []
    for name, one in sorted(ingredients().items()):
        words, members = brands.get(one.code, ()), ((name, one.code),)
        shown = tall().get(name, name)
        found.append(Term(RXNORM, one.code, shown, words, 0, "Drug", ("medication",), members))
    return tuple(found)


@cache
def _by_code() -> dict[str, Term]:
    return {term.code: term for term in shipped()}


def ingredients_of(code: str | None, text: str) -> tuple[Ingredient, ...]:
    """What a drug is made of: by its RxNorm code where a table has it, else by the names in its text; maybe nothing."""
    if code and code in _by_code():
        return tuple(Ingredient(number, name) for name, number in _by_code()[code].members)
    plain = f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "
    found = [one for name, one in ingredients().items() if f" {name} " in plain]
    brands = [
        Ingredient(number, name)
        for drug in shipped()
        for brand in drug.words
        if f" {brand.lower()} " in plain
        for name, number in drug.members
    ]
    return tuple(dict.fromkeys([*found, *brands]))


def classes_of(ingredient: Ingredient) -> tuple[Term, ...]:
    """The classes that an ingredient is in."""
    return tuple(
        one
        for one in drug_classes()
        if any(code == ingredient.code or name == ingredient.name for name, code in one.members)
    )
