"""What runs in a family: relatives by generation, with codes of HL7's RoleCode for how they are related."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.background.mistakes import standing
from osler.clinic.chart.words import code_of, said
from osler.clinic.lists.concepts import keep
from osler.clinic.lists.items import Chart, Item, concept, notes, set_note
from osler.fhir import r4
from osler.kit import clock
from osler.kit.words import N_

ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
ABSENT = "http://terminology.hl7.org/CodeSystem/history-absent-reason"
UCUM = "http://unitsofmeasure.org"
GRANDPARENTS, PARENTS, OWN, CHILDREN = "grandparents", "parents", "own", "children"
GENERATIONS = {
    GRANDPARENTS: N_("Grandparents"),
    PARENTS: N_("Parents, aunts and uncles"),
    OWN: N_("Brothers, sisters, cousins"),
    CHILDREN: N_("Children"),
    "": N_("Family as a whole, and others"),
}
_KIN = {
    "MTH": (N_("Mother"), PARENTS), "FTH": (N_("Father"), PARENTS),
    "NBRO": (N_("Brother"), OWN), "NSIS": (N_("Sister"), OWN),
    "HBRO": (N_("Half-brother"), OWN), "HSIS": (N_("Half-sister"), OWN),
    "TWIN": (N_("Twin"), OWN),
    "SON": (N_("Son"), CHILDREN), "DAU": (N_("Daughter"), CHILDREN),
    "MGRMTH": (N_("Mother’s mother"), GRANDPARENTS), "MGRFTH": (N_("Mother’s father"), GRANDPARENTS),
    "PGRMTH": (N_("Father’s mother"), GRANDPARENTS), "PGRFTH": (N_("Father’s father"), GRANDPARENTS),
    "MAUNT": (N_("Mother’s sister"), PARENTS), "MUNCLE": (N_("Mother’s brother"), PARENTS),
    "PAUNT": (N_("Father’s sister"), PARENTS), "PUNCLE": (N_("Father’s brother"), PARENTS),
    "MCOUSN": (N_("Cousin, mother’s side"), OWN), "PCOUSN": (N_("Cousin, father’s side"), OWN),
    "GRNDCHILD": (N_("Grandchild"), CHILDREN), "FAMMEMB": (N_("Other relative"), ""),
}  # fmt: skip
_ALSO = {
    "BRO": OWN, "SIS": OWN, "SIB": OWN, "COUSN": OWN, "PRN": PARENTS, "AUNT": PARENTS, "UNCLE": PARENTS,
    "NMTH": PARENTS, "NFTH": PARENTS, "GRMTH": GRANDPARENTS, "GRFTH": GRANDPARENTS,
    "GRPRN": GRANDPARENTS, "CHILD": CHILDREN, "SONC": CHILDREN, "DAUC": CHILDREN, "NCHILD": CHILDREN,
}  # fmt: skip
RELATIVES = {code: words for code, (words, _) in _KIN.items()}
UNKNOWN, NONE = "unknown", "none"
STATEMENTS = {
    UNKNOWN: N_("Family history unknown (such as adopted)"),
    NONE: N_("No known family history of …"),
}


@dataclass(frozen=True, slots=True)
class Illness:
    """What a relative has or had; `onset` is their age then, `died` whether they died of it."""

    code: r4.CodeableConcept
    onset: str = ""
    died: bool = False

    @property
    def name(self) -> str:
        """In words."""
        return said(self.code)


@dataclass(frozen=True, slots=True)
class Relative:
    """One line of the table."""

    id: str
    version: int
    kin: str
    generation: str
    name: str
    age: str
    dead: bool
    died_at: str
    illnesses: tuple[Illness, ...]
    note: str
    statement: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form says of a relative."""

    kin: str
    name: str = ""
    age: str = ""
    dead: bool = False
    died_at: str = ""
    illnesses: tuple[Illness, ...] = ()
    note: str = ""


def read_family(chart: Chart, most: int) -> list[tuple[str, list[Relative]]]:
    """The generations from the oldest, each with its relatives; one search."""
    items = standing(chart.items(r4.FamilyMemberHistory, most))
    found = [relative(one) for one in items]
    return [
        (words, list(here))
        for code, words in GENERATIONS.items()
        if (here := [one for one in found if one.generation == code])
    ]


def relative(item: Item[r4.FamilyMemberHistory]) -> Relative:
    """One as the table shows it."""
    one = item.resource
    code = code_of(one.relationship, ROLES)
    return Relative(
        id=item.id,
        version=item.version,
        kin=RELATIVES.get(code) or said(one.relationship),
        generation=generation(code),
        name=one.name or "",
        age=years(one.ageAge) or one.ageString or "",
        dead=dead(one),
        died_at=years(one.deceasedAge) or one.deceasedString or one.deceasedDate or "",
        illnesses=tuple(map(illness, one.condition or [])),
        note=notes(one),  # type: ignore[arg-type]  # it has notes as the listed types have
        statement=statement(one),
    )


def generation(code: str) -> str:
    """The row of the table for a relationship."""
    return _KIN[code][1] if code in _KIN else _ALSO.get(code, "")


def dead(one: r4.FamilyMemberHistory) -> bool:
    """Whether they have died."""
    said_so = (one.deceasedAge, one.deceasedDate, one.deceasedString, one.deceasedRange)
    return bool(one.deceasedBoolean) or any(said_so)


def illness(one: r4.FamilyMemberHistoryCondition) -> Illness:
    """A condition of a relative."""
    onset = years(one.onsetAge) or one.onsetString or ""
    return Illness(one.code, onset, bool(one.contributedToDeath))


def years(age: r4.Age | None) -> str:
    """An age as a number of years."""
    return f"{age.value:g}" if age and age.value is not None else ""


def statement(one: r4.FamilyMemberHistory) -> str:
    """Unknown, or none of something, where that is all that is said."""
    if one.dataAbsentReason:
        return UNKNOWN
    return NONE if one.status == "completed" and _none_of(one) else ""


def _none_of(one: r4.FamilyMemberHistory) -> str:
    return next((e.valueString or "" for e in one.extension or [] if e.url == ABSENT_OF), "")


ABSENT_OF = "urn:osler:family|none-known-of"
"""Extension: what nobody of the family is known to have had."""


def fill(one: r4.FamilyMemberHistory, entered: Entered) -> None:
    """Write what was entered; what the form does not show stays."""
    one.status = "partial" if not entered.illnesses else "completed"
    code = entered.kin
    fresh = concept(ROLES, code, RELATIVES.get(code, "family member"))
    one.relationship = keep(one.relationship, fresh) if _kept(one, code) else fresh
    one.name = entered.name or None
    _ages(one, entered)
    before = {said(c.code): c for c in one.condition or []}
    one.condition = [_condition(before.get(i.name), i) for i in entered.illnesses] or None
    one.dataAbsentReason = None
    one.date = clock.today().isoformat()
    set_note(one, entered.note)  # type: ignore[arg-type]  # it has notes as the listed types have


def _kept(one: r4.FamilyMemberHistory, code: str) -> bool:
    return code_of(one.relationship, ROLES) == code


def _ages(one: r4.FamilyMemberHistory, entered: Entered) -> None:
    one.ageRange = one.ageString = one.ageAge = None
    if entered.age and not entered.dead:
        one.ageAge = _age(entered.age)
    one.deceasedRange = one.deceasedDate = one.deceasedString = None
    one.deceasedAge = _age(entered.died_at) if entered.died_at else None
    one.deceasedBoolean = None if entered.died_at or not entered.dead else True


def _age(text: str) -> r4.Age:
    return r4.Age(value=Decimal(text), unit="years", system=UCUM, code="a")


def _condition(
    before: r4.FamilyMemberHistoryCondition | None, entered: Illness
) -> r4.FamilyMemberHistoryCondition:
    made = before or r4.FamilyMemberHistoryCondition(code=entered.code)
    made.code = keep(made.code, entered.code)
    made.onsetRange = made.onsetPeriod = made.onsetString = None
    made.onsetAge = _age(entered.onset) if entered.onset else None
    made.contributedToDeath = True if entered.died else None
    return made


def stated(
    chart: Chart, unknown: bool, of: r4.CodeableConcept | None = None
) -> r4.FamilyMemberHistory:
    """That nothing is known of the family, or that nobody is known to have had something."""
    made = r4.FamilyMemberHistory(
        status="health-unknown" if unknown else "completed",
        patient=chart.subject,
        relationship=concept(ROLES, "FAMMEMB", "family member"),
        date=clock.today().isoformat(),
    )
    if unknown:
        made.dataAbsentReason = concept(ABSENT, "subject-unknown", "Subject Unknown")
    elif of is not None:
        codings = [r4.Extension(url=f"{ABSENT_OF}-code", valueCodeableConcept=of)]
        made.extension = [r4.Extension(url=ABSENT_OF, valueString=said(of)), *codings]
    return made


def none_of(items: Iterable[r4.FamilyMemberHistory]) -> list[str]:
    """What nobody of the family is known to have had."""
    return [words for one in items if (words := _none_of(one))]
