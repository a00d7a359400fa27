"""What runs in a family: relatives by generation, with codes of HL7's RoleCode for how they are related."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.chart.words import code_of, said
from osler.clinic.lists.concepts import keep, same
from osler.clinic.lists.items import Chart, Item, concept, note, remarks, set_note
from osler.clinic.problems.listing import when
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.kit.words import N_
from osler.record import Update

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
REASONS = {
    "subject-unknown": N_("The patient does not know"),
    "withheld": N_("The patient did not want to say"),
    "unable-to-obtain": N_("Could not be asked"),
    "deferred": N_("Put off until later"),
}
STATEMENTS = {
    UNKNOWN: N_("Family history unknown (such as adopted)"),
    NONE: N_("No known family history of …"),
}


@dataclass(frozen=True, slots=True)
class Illness:
    """What a relative has or had; `onset` is their age then ("52", "6 mo", words), `died` whether they died of it."""

    code: r4.CodeableConcept
    onset: str = ""
    died: bool = False

    @property
    def name(self) -> str:
        """In words."""
        return said(self.code)


@dataclass(frozen=True, slots=True)
class Relative:
    """One line of the table. `age` was told in the year `told`; `died_on` is a date, where no age at death is known.

    `unsaid`: why nothing is known of this relative.
    """

    id: str
    version: int
    kin: str
    generation: str
    name: str
    age: str
    told: str
    dead: bool
    died_at: str
    died_on: str
    illnesses: tuple[Illness, ...]
    unsaid: str
    note: str
    statement: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form says of a relative; `kin` is "" where the relationship stays as it was."""

    kin: str
    name: str = ""
    age: str = ""
    dead: bool = False
    died_at: str = ""
    illnesses: tuple[Illness, ...] = ()
    note: str = ""


def by_generation(
    items: Iterable[Item[r4.FamilyMemberHistory]],
) -> list[tuple[str, list[Relative]]]:
    """The generations from the oldest, each with its relatives, without what is said of the family as a whole."""
    found = [one for one in map(relative, items) if not one.statement]
    return [
        (words, here)
        for code, words in GENERATIONS.items()
        if (here := [one for one in found if one.generation == code])
    ]


def relative(item: Item[r4.FamilyMemberHistory]) -> Relative:
    """One as the table shows it."""
    one = item.resource
    code = code_of(one.relationship, ROLES)
    told = str(one.date or "")[:4]
    return Relative(
        id=item.id,
        version=item.version,
        kin=RELATIVES.get(code) or said(one.relationship),
        generation=generation(code),
        name=one.name or "",
        age=aged(one.ageAge, one.ageRange, one.ageString),
        told=told if told != str(clock.today().year) else "",
        dead=dead(one),
        died_at=aged(one.deceasedAge, one.deceasedRange, one.deceasedString),
        died_on=one.deceasedDate or "",
        illnesses=tuple(map(illness, one.condition or [])),
        unsaid=unsaid(one),
        note=remarks(one),
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
    began = one.onsetPeriod.start if one.onsetPeriod else None
    onset = aged(one.onsetAge, one.onsetRange, one.onsetString) or str(began or "")
    return Illness(one.code, onset, bool(one.contributedToDeath))


def aged(age: r4.Age | None, between: r4.Range | None, words: str | None) -> str:
    """An age: "52" in years, "6 mo" in others, "50–59", or words."""
    if between is not None and (between.low or between.high):
        low, high = (_years(end) for end in (between.low, between.high))
        return f"{low}–{high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
    return words or _years(age)


def _years(age: r4.Quantity | r4.Age | None) -> str:
    if age is None or age.value is None:
        return ""
    whole = r4.Age(value=age.value, unit=age.unit, system=age.system, code=age.code)
    return when(None, whole, None, None).removeprefix("at ")


def statement(one: r4.FamilyMemberHistory) -> str:
    """Unknown, or none of something, where that is all that is said, and of the family, not of one relative."""
    whole = code_of(one.relationship, ROLES) in {"", "FAMMEMB"}
    if not whole or one.condition or one.name:
        return ""
    if one.dataAbsentReason or one.status == "health-unknown":
        return UNKNOWN
    return NONE if one.status == "completed" and none_of(one) else ""


def unsaid(one: r4.FamilyMemberHistory) -> str:
    """Why nothing is known, in words; "" where something is, or nothing was said of it."""
    if one.condition or not (one.dataAbsentReason or one.status == "health-unknown"):
        return ""
    code = code_of(one.dataAbsentReason, ABSENT)
    return REASONS.get(code) or said(one.dataAbsentReason) or REASONS["subject-unknown"]


def none_of(one: r4.FamilyMemberHistory) -> str:
    """What nobody of the family is known to have had, in words."""
    return next((e.valueString or "" for e in one.extension or [] if e.url == ABSENT_OF), "")


ABSENT_OF = "urn:osler:family|none-known-of"
"""Extension: what nobody of the family is known to have had."""


def fill(one: r4.FamilyMemberHistory, entered: Entered) -> None:
    """Write what was entered; what the form does not show, and what it showed and was left as it was, stays."""
    was = relative(Item(one, 0))
    if code := entered.kin:
        fresh = concept(ROLES, code, RELATIVES.get(code, "family member"))
        same_kin = code_of(one.relationship, ROLES) == code
        one.relationship = keep(one.relationship, fresh) if same_kin else fresh
    one.name = entered.name or None
    if not one.date or not entered.age or entered.age != was.age:
        one.date = clock.today().isoformat()
    _ages(one, was, entered)
    before = list(one.condition or [])
    one.condition = [_condition(_taken(before, i), i) for i in entered.illnesses] or None
    if one.condition:
        one.dataAbsentReason, one.status = None, "completed"
    elif one.status != "health-unknown":
        one.status = "partial"
    set_note(one, entered.note)


def _ages(one: r4.FamilyMemberHistory, was: Relative, entered: Entered) -> None:
    if entered.age != was.age or (entered.dead and not was.dead):
        one.ageRange = None
        one.ageAge, one.ageString = _age("" if entered.dead else entered.age)
    if (entered.dead, entered.died_at) == (was.dead, was.died_at or was.died_on):
        return
    one.deceasedRange = None
    one.deceasedDate = entered.died_at if _DATE.fullmatch(entered.died_at) else None
    one.deceasedAge, one.deceasedString = _age("" if one.deceasedDate else entered.died_at)
    one.deceasedBoolean = None if entered.died_at or not entered.dead else True


_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_UNITS = {"mo": "months", "wk": "weeks", "d": "days", "": "years"}


def _age(text: str) -> tuple[r4.Age | None, str | None]:
    """An age as FHIR has it: of a number with its unit, or words."""
    number, _, unit = text.partition(" ")
    if not number.isdecimal() or unit not in _UNITS:
        return None, text or None
    code = unit or "a"
    return r4.Age(value=Decimal(number), unit=_UNITS[unit], system=UCUM, code=code), None


def _taken(
    before: list[r4.FamilyMemberHistoryCondition], entered: Illness
) -> r4.FamilyMemberHistoryCondition | None:
    """The condition of this name, each once: somebody may have had two cancers."""
    alike = [one for one in before if said(one.code) == entered.name]
    found = next((one for one in alike if illness(one).onset == entered.onset), None)
    found = found or next(iter(alike), None)
    if found is not None:
        before[:] = [one for one in before if one is not found]
    return found


def _condition(
    before: r4.FamilyMemberHistoryCondition | None, entered: Illness
) -> r4.FamilyMemberHistoryCondition:
    made = before or r4.FamilyMemberHistoryCondition(code=entered.code)
    made.code = keep(made.code, entered.code)
    if entered.onset != illness(made).onset:
        made.onsetRange = made.onsetPeriod = None
        made.onsetAge, made.onsetString = _age(entered.onset)
    if entered.died != bool(made.contributedToDeath):
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


def check(items: Iterable[Item[r4.FamilyMemberHistory]], of: r4.CodeableConcept | None) -> None:
    """Raises Invalid for a statement that is there already, or that a relative contradicts."""
    for item in items:
        one = item.resource
        stated_of = _none_of_code(one)
        if of is None and statement(one) == UNKNOWN:
            raise Invalid("That is recorded already.")
        if of is not None and stated_of is not None and same(stated_of, of):
            raise Invalid("That is recorded already.")
        if of is not None and any(same(ill.code, of) for ill in one.condition or []):
            who = relative(item).kin
            raise Invalid(f"A relative is recorded with it: {who}. Correct that entry first.")


def withdrawn(
    chart: Chart, items: Iterable[Item[r4.FamilyMemberHistory]], had: Iterable[r4.CodeableConcept]
) -> list[Update]:
    """The ops that take back statements that nobody has what a relative is now recorded with."""
    found, ops = list(had), []
    for item in items:
        of = _none_of_code(item.resource)
        if of is not None and any(same(of, one) for one in found):
            item.resource.status = "entered-in-error"
            note(chart, item.resource, "Withdrawn: a relative was recorded who has it.")
            ops.append(chart.changed(item))
    return ops


def _none_of_code(one: r4.FamilyMemberHistory) -> r4.CodeableConcept | None:
    found = (e.valueCodeableConcept for e in one.extension or [] if e.url == f"{ABSENT_OF}-code")
    code = next(found, None)
    text = none_of(one)
    return code or (r4.CodeableConcept(text=text) if text else None)
