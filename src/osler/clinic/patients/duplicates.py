"""Who may be the same person as somebody about to be registered, by weights after Fellegi and Sunter.

Each field adds the logarithm (base 2) of how much likelier it agrees for one person than for two, or takes
that of how much less likely it differs. The figures are estimates for a practice's patients, not learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jellyfish import damerau_levenshtein_distance, jaro_winkler_similarity

from osler.access import Principal
from osler.clinic.patients.demographics import Values
from osler.clinic.patients.person import Person, person
from osler.clinic.patients.searching import patients_of
from osler.clinic.patients.tables import nicknames
from osler.fhir import r4
from osler.kit.words import N_
from osler.record import Record
from osler.search import lookup
from osler.search.parse import parse
from osler.search.registry import Registry
from osler.search.text import normal
from osler.search.tree import Match, Node, Or, Query

SHOWN = 9.0
"""From this score on, somebody is shown as similar."""
CERTAIN = 16.0
"""From this score on, it takes a deliberate word that they are another person."""
_LABELS = {
    "family": N_("Family name"), "given": N_("Given name"), "born": N_("Birth date"), "sex": N_("Sex"),
    "phone": N_("Telephone"), "address": N_("Address"), "ssn": N_("SSN"),
}  # fmt: skip
_FETCHED = 40
_MOST = 6
_CLOSE = 0.92


@dataclass(frozen=True, slots=True)
class Field:
    """One field of two people side by side; `weight` is what it adds to the score."""

    name: str
    mine: str
    theirs: str
    weight: float

    @property
    def same(self) -> bool:
        """Whether it speaks for one person."""
        return self.weight > 0

    @property
    def differs(self) -> bool:
        """Whether it speaks against."""
        return self.weight < 0

    @property
    def label(self) -> str:
        """Its name in words."""
        return _LABELS[self.name]


@dataclass(frozen=True, slots=True)
class Similar:
    """A patient who may be the same person."""

    person: Person
    score: float
    fields: tuple[Field, ...]

    @property
    def id(self) -> str:
        """The logical id of the patient."""
        return self.person.id

    @property
    def certain(self) -> bool:
        """Whether to go on takes a deliberate word."""
        return self.score >= CERTAIN


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known so far of the person to be registered."""

    family: str = ""
    given: str = ""
    usual: str = ""
    born: str = ""
    gender: str = ""
    phones: tuple[str, ...] = ()
    street: str = ""
    postal: str = ""
    ssn: str = ""

    @classmethod
    def of(cls, values: Values, reach: Iterable[Values] = (), places: Iterable[Values] = ()) -> Candidate:  # fmt: skip
        """From the fields of a form."""
        place: Mapping[str, Any] = next(iter(places), {})
        return cls(
            family=str(values.get("family") or ""),
            given=str(values.get("given") or ""),
            usual=str(values.get("usual") or ""),
            born=str(values.get("born") or ""),
            gender=str(values.get("gender") or ""),
            phones=tuple(
                lookup.digits(str(one.get("value") or ""))
                for one in reach
                if one.get("system") != "email" and one.get("value")
            ),
            street=str(place.get("line1") or ""),
            postal=str(place.get("postal") or ""),
            ssn=lookup.digits(str(values.get("ssn") or "")),
        )


def similar(
    record: Record, principal: Principal, candidate: Candidate, *, but: str = ""
) -> list[Similar]:
    """Those among the patients whom the principal may see; the likeliest first. `but` is left out."""
    found: dict[str, r4.Patient] = {}
    for node, used in _blocks(record.registry, candidate):
        query = Query("Patient", node, count=_FETCHED, used=(used,))
        found.update((one.id or "", one) for one in patients_of(record, principal, query))
    found.pop(but, None)
    scored = [scored_of(candidate, one) for one in found.values()]
    kept = [one for one in scored if one.score >= SHOWN and not one.person.replaced_by]
    return sorted(kept, key=lambda one: (-one.score, one.person.id))[:_MOST]


def _blocks(registry: Registry, who: Candidate) -> Iterable[tuple[Node, tuple[str, str]]]:
    """Few searches that between them find whoever could score enough."""
    name = registry.get("Patient", "phonetic")
    phone, number = registry.get("Patient", "phone"), registry.get("Patient", "identifier")
    if name is None or phone is None or number is None:
        return  # R4 has them
    words = [word for text in (who.family, who.given) for word in lookup.words(text)]
    groups = tuple(
        tuple(
            [(lookup.SOUND, sound) for way in sorted(word) if (sound := lookup.sounds(way))]
            + [(lookup.NEAR, text) for way in sorted(word) for text in lookup.shortened(way)]
        )
        or tuple((lookup.WORD, way) for way in sorted(word))
        for word in words
    )
    if who.family and who.given:
        yield Match(name, lookup.TYPED, groups), ("phonetic", f"{who.given} {who.family}")
    if days := _near_days(who.born):
        birth = parse("Patient", [("birthdate", ",".join(days))], registry).where
        yield birth, ("birthdate", who.born)
    ways: list[Node] = [
        Match(phone, lookup.TYPED, (((lookup.DIGITS, end),),))
        for text in who.phones
        for end in list(lookup.ends(text))[:1]
    ]
    if len(who.ssn) == 9:
        ways.append(Match(number, lookup.TYPED, (((lookup.BARE, lookup.bare(who.ssn)),),)))
    if ways:
        yield Or(tuple(ways)), ("phone", "…")


def _near_days(born: str) -> list[str]:
    """The day, and it with day and month exchanged."""
    if len(born) != 10:
        return [born] if len(born) >= 7 else []
    year, month, day = born.split("-")
    return [born, *([f"{year}-{day}-{month}"] if int(day) <= 12 and day != month else [])]


def scored_of(who: Candidate, patient: r4.Patient) -> Similar:
    """The score of one patient, with what makes it."""
    about = person(patient)
    names = [(one.family or "", (one.given or [""])[0] or "") for one in patient.name or ()]
    families = {normal(family) for family, _ in names if family}
    givens = {normal(given) for _, given in names if given}
    place = next(iter(patient.address or ()), None)
    fields = [
        Field("family", who.family, about.family, _family(normal(who.family), families)),
        Field("given", who.given, about.given, _given(who, givens)),
        Field("born", who.born, about.born, _born(who.born, about.born)),
        Field("sex", who.gender, about.sex, _equal(who.gender, about.sex, 1.0, -2.5)),
        Field("phone", " ".join(who.phones), about.phone, _phone(who.phones, about.phones)),
        Field(
            "address",
            f"{who.street} {who.postal}".strip(),
            about.address,
            _place(who, place),
        ),
        Field(
            "ssn",
            f"•••-••-{who.ssn[-4:]}" if who.ssn else "",
            f"•••-••-{about.ssn4}" if about.ssn4 else "",
            _equal(who.ssn[-4:], about.ssn4, 9.0, -5.0),
        ),
    ]
    return Similar(about, sum(one.weight for one in fields), tuple(fields))


def _equal(mine: str, theirs: str, yes: float, no: float) -> float:
    if not mine or not theirs or "unknown" in {mine, theirs}:
        return 0.0
    return yes if mine == theirs else no


def _family(mine: str, theirs: set[str]) -> float:
    if not mine or not theirs:
        return 0.0
    if mine in theirs:
        return 7.0
    if any(_near(mine, one) for one in theirs):
        return 5.0
    return 4.0 if _sounds(mine) & {s for one in theirs for s in _sounds(one)} else -4.0


def _given(who: Candidate, theirs: set[str]) -> float:
    mine = {normal(text).split(" ")[0] for text in (who.given, who.usual) if text}
    if not mine or not theirs:
        return 0.0
    firsts = {one.split(" ")[0] for one in theirs}
    if mine & firsts:
        return 5.0
    if any(nicknames.same(one, other) for one in mine for other in firsts):
        return 4.0
    if any(_near(one, other) for one in mine for other in firsts):
        return 3.5
    heard = {s for one in mine for s in _sounds(one)} & {s for one in firsts for s in _sounds(one)}
    return 3.0 if heard else -4.0


def _near(one: str, other: str) -> bool:
    return jaro_winkler_similarity(one, other) >= _CLOSE


def _sounds(text: str) -> set[str]:
    return {lookup.sounds(word) for word in text.split()} - {""}


def _born(mine: str, theirs: str) -> float:
    if not mine or not theirs:
        return 0.0
    if mine == theirs:
        return 11.0
    if len(mine) != 10 or len(theirs) != 10:
        return 3.0 if mine.startswith(theirs) or theirs.startswith(mine) else -5.0
    if mine[:4] == theirs[:4] and mine[5:7] == theirs[8:] and mine[8:] == theirs[5:7]:
        return 8.0
    if damerau_levenshtein_distance(mine, theirs) == 1:
        return 6.0
    return 2.0 if mine[5:] == theirs[5:] else -5.0


def _phone(mine: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    ours = {one[-10:] for one in mine if len(one) >= 7}
    others = {lookup.digits(one)[-10:] for one in theirs}
    if not ours or not others:
        return 0.0
    return 7.0 if ours & others else -0.5


def _place(who: Candidate, place: r4.Address | None) -> float:
    if place is None or not who.postal or not place.postalCode:
        return 0.0
    if who.postal[:5] != place.postalCode[:5]:
        return -0.5
    street = normal(" ".join(line for line in place.line or () if line))
    return 5.0 if who.street and _near(normal(who.street), street) else 2.0
