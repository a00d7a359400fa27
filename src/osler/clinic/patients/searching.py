"""Finding patients while somebody types: at most four searches of the record, then an order that serves the reader.

What may be seen is the record's to say: every row here came out of `Record.search`, and everything that was
typed only takes rows away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from osler.access import Principal
from osler.clinic.patients import typed
from osler.clinic.patients.person import Person, person
from osler.clinic.patients.ranking import Grade, alike, grade
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.words import N_
from osler.record import Record
from osler.search import lookup
from osler.search.parameter import Parameter
from osler.search.parse import parse
from osler.search.registry import Registry
from osler.search.tree import And, Match, Node, Or, Query

_FETCHED = 60
"""Rows of one search; where more fit, what is typed says too little to order them all."""
_TEXTS = {
    Grade.EXACT: "",
    Grade.START: "",
    Grade.SOUND: N_("sounds alike"),
    Grade.NEAR: N_("spelled alike"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A patient who fits, with what tells them from others.

    `why` says in words why a name fits that is not written so; `mine` and `recent` are about the reader;
    `similar` that another one of the answer has nearly the same name.
    """

    person: Person
    grade: Grade
    why: str = ""
    mine: bool = False
    recent: bool = False
    similar: bool = False

    @property
    def id(self) -> str:
        """The logical id of the patient."""
        return self.person.id


def find(
    record: Record, principal: Principal, text: str, limit: int = 10, *, recent: Sequence[str] = ()
) -> list[Found]:
    """The patients that a text may mean, the likeliest first; `recent` are ids that the reader opened last."""
    found: dict[str, Found] = {}
    for reading in typed.readings(text, clock.today()):
        for patient in _fitting(record, principal, reading, limit, recent):
            one = _found(patient, reading, principal, recent)
            if one is not None:
                found.setdefault(one.id, one)
    ordered = sorted(found.values(), key=_order)[:limit]
    return marked(ordered)


def known(record: Record, principal: Principal, ids: Iterable[str]) -> list[Found]:
    """These patients in this order, as far as the principal may see them: those opened last."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    pairs = [("_id", ",".join(wanted)), ("_count", str(len(wanted)))]
    patients = patients_of(record, principal, parse("Patient", pairs, record.registry))
    by_id = {one.id: one for one in patients}
    return [
        Found(person(by_id[id]), Grade.EXACT, mine=_mine(by_id[id], principal), recent=True)
        for id in wanted
        if id in by_id
    ]


def marked(found: list[Found]) -> list[Found]:
    """The same, with a mark on each whose name another one nearly has."""
    similar = {
        one.id
        for one in found
        for other in found
        if one is not other and alike(one.person, other.person)
    }
    return [replace(one, similar=one.id in similar) for one in found]


def _fitting(
    record: Record, principal: Principal, reading: typed.Typed, limit: int, recent: Sequence[str]
) -> Iterable[r4.Patient]:
    """From the closest way to look to the widest, until there are enough."""
    registry = record.registry
    seen: dict[str, r4.Patient] = {}

    def look(forms: tuple[str, ...], *more: Node) -> int:
        query = _query(registry, reading, forms, more)
        page = patients_of(record, principal, query) if query is not None else []
        seen.update((one.id or "", one) for one in page)
        return len(page)

    got = look((lookup.START,))
    if got >= _FETCHED:
        # Too many begin so: those that the reader most likely means may be among the rest.
        look((lookup.WORD,))
        if principal.person and principal.person.startswith("Practitioner/"):
            look((lookup.START,), _criteria(registry, "general-practitioner", principal.person))
        if recent:
            look((lookup.START,), _criteria(registry, "_id", ",".join(recent)))
    elif got < limit and reading.words:
        look((lookup.START, lookup.SOUND, lookup.NEAR))
    return seen.values()


def _query(
    registry: Registry, reading: typed.Typed, forms: tuple[str, ...], more: tuple[Node, ...]
) -> Query | None:
    nodes: list[Node] = [_number(registry, text) for text in reading.numbers]
    if reading.words:
        groups = tuple(_word(word, forms) for word in reading.words)
        nodes.append(Match(_param(registry, "phonetic"), lookup.TYPED, groups))
    used = [("phonetic", " ".join(min(word) for word in reading.words))] if reading.words else []
    used += [("identifier", text) for text in reading.numbers]
    if reading.births:
        days = ",".join(reading.births)
        nodes.append(_criteria(registry, "birthdate", days))
        used.append(("birthdate", days))
    where = And((*nodes, *more))
    return Query("Patient", where, count=_FETCHED, used=tuple(used)) if nodes else None


def _word(word: frozenset[str], forms: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Every key by which a word may be found in these forms."""
    ways: list[tuple[str, str]] = []
    for form in forms:
        match form:
            case lookup.START:
                values = {way[: lookup.LONGEST_START] for way in word}
            case lookup.SOUND:
                values = {lookup.sounds(way) for way in word} - {""}
            case lookup.NEAR:
                values = {text for way in word for text in lookup.shortened(way)}
            case _:
                values = set(word)
        ways += [(form, value) for value in sorted(values)]
    return tuple(ways)


def _number(registry: Registry, text: str) -> Node:
    """A record number, or the end of a telephone number."""
    number = ((lookup.BARE, lookup.bare(text) or text),)
    ways: list[Node] = [Match(_param(registry, "identifier"), lookup.TYPED, (number,))]
    if ends := list(lookup.ends(lookup.digits(text)))[:1]:
        of_phone = ((lookup.DIGITS, ends[0]),)
        ways.append(Match(_param(registry, "phone"), lookup.TYPED, (of_phone,)))
    return Or(tuple(ways))


def _param(registry: Registry, code: str) -> Parameter:
    found = registry.get("Patient", code)
    assert found is not None, "R4 has it"
    return found


def _criteria(registry: Registry, name: str, value: str) -> Node:
    return parse("Patient", [(name, value)], registry).where


def patients_of(record: Record, principal: Principal, query: Query) -> list[r4.Patient]:
    """The patients that a query finds."""
    found = [decode(match.content) for match in record.search(principal, query).matches]
    return [one for one in found if isinstance(one, r4.Patient)]


def _found(
    patient: r4.Patient, reading: typed.Typed, principal: Principal, recent: Sequence[str]
) -> Found | None:
    about = person(patient)
    how = grade(about, reading)
    if how is None:
        return None
    return Found(
        about,
        how,
        why=_TEXTS[how],
        mine=_mine(patient, principal),
        recent=about.id in recent,
    )


def _mine(patient: r4.Patient, principal: Principal) -> bool:
    own = principal.person
    return own is not None and any(
        one.reference == own for one in patient.generalPractitioner or ()
    )


def _order(one: Found) -> tuple[object, ...]:
    about = one.person
    return (
        bool(about.replaced_by),
        one.grade,
        not (one.recent or one.mine),
        not one.recent,
        not about.active,
        about.dead,
        about.family.lower(),
        about.given.lower(),
        about.born,
    )
