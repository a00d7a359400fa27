"""Templates and phrases of the practice and of each person: Lists about nobody, with all their versions.

The text of one is in its note. A template's text has a line "## Title" before each section, with " (required)"
where it is. The owner of a personal one is its source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from osler.access import Principal
from osler.clinic.notes import kinds
from osler.clinic.notes.asking import search
from osler.clinic.notes.kinds import Section, Template
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.kit.words import N_
from osler.record import Create, Op, Record, Update
from osler.search.tree import Nothing

SYSTEM = "urn:osler:note"
PHRASE, TEMPLATE = "phrase", "template"
BASE = "urn:osler:note-template"
"""Extension: the shipped template whose kind of note this one makes."""
SHARED = "shared"
"""Second code of those that the whole practice uses, so that a grant can name them."""
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_HEAD = re.compile(r"^##\s+(.+?)\s*(\(required\))?\s*$", re.IGNORECASE)
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text for a short name: ".normalexam". `id` is empty for those that come with Osler."""

    name: str
    text: str
    id: str = ""
    version: int = 0
    owner: str = ""
    shared: bool = True


_OURS = {
    "bp": "@bp@",
    "vitals": "@vitals@",
    "meds": "@medications@",
    "problems": "@problems@",
    "allergies": "@allergies@",
    "labs": "@results@",
    "vaccines": "@immunizations@",
    "weight": "@weight@",
    "a1c": "@a1c@",
    "normalexam": N_(
        "Comfortable, in no distress. Heart: regular, no murmur. Lungs: clear on both sides, no wheeze."
        " Abdomen: soft, not tender. Legs: no swelling. Alert, speech clear, gait steady."
    ),
    "normalros": N_(
        "No fever, weight loss or night sweats. No chest pain or shortness of breath."
        " No belly pain or change of bowel habit. No dizziness, weakness or numbness."
    ),
    "followup": N_("Return in *** or sooner if ***."),
    "return": N_("Told to call or come back at once for ***, and understood."),
    "injection": N_("Given *** in the *** arm, lot ***. No reaction after 15 minutes."),
    "phone": N_("Spoke by telephone with ***, identity confirmed by name and birth date."),
}


def phrases(record: Record, principal: Principal) -> list[Phrase]:
    """Everybody's and one's own, by name; one's own goes before the practice's, that before ours."""
    found = {name: Phrase(name, text) for name, text in _OURS.items()}
    mine = [_phrase(ref, one) for ref, one in _lists(record, principal, PHRASE)]
    for one in sorted(mine, key=lambda one: not one.shared):
        found[one.name] = one
    return sorted(found.values(), key=lambda one: one.name)


def _phrase(ref: str, one: r4.List) -> Phrase:
    _, id, _, version = ref.split("/")
    return Phrase(one.title or "", _text(one), id, int(version), _owner(one), _shared(one))


def templates(record: Record, principal: Principal) -> dict[str, Template]:
    """All that a note can be begun with: shipped, the practice's, one's own; by code."""
    found = dict(kinds.shipped())
    for ref, one in _lists(record, principal, TEMPLATE):
        made = _template(ref, one)
        found[made.code] = made
    return found


def template(record: Record, principal: Principal, code: str) -> Template | None:
    """One of `templates`, without a look at the others; None where there is none of this code in use."""
    ours = kinds.shipped().get(code)
    if ours is not None:
        return ours
    pairs = (("_id", code), ("code", f"{SYSTEM}|{TEMPLATE}"), ("status", "current"))
    for ref, one in search(record, principal, r4.List, *pairs) if _ID.fullmatch(code) else ():
        if _shared(one) or _owner(one) == principal.person:
            return _template(ref, one)
    return None


def _template(ref: str, one: r4.List) -> Template:
    _, id, _, version = ref.split("/")
    code = next((e.valueString or "" for e in one.extension or () if e.url == BASE), "")
    base = kinds.shipped().get(code) or kinds.shipped()["free"]
    return Template(
        code=id,
        title=one.title or base.title,
        loinc=base.loinc,
        display=base.display,
        sections=sections(_text(one)),
        signers=base.signers,
        needs_diagnosis=base.needs_diagnosis,
        owner="" if _shared(one) else _owner(one),
        version=int(version),
    )


def sections(text: str) -> tuple[Section, ...]:
    """The sections of a template as it was typed. Raises Invalid where there is none."""
    codes = {s.title.casefold(): s.code for t in kinds.shipped().values() for s in t.sections}
    found: list[tuple[str, bool, list[str]]] = []
    for line in text.replace("\r", "").split("\n"):
        head = _HEAD.match(line)
        if head:
            found.append((head[1][:80], bool(head[2]), []))
        elif found:
            found[-1][2].append(line)
        elif line.strip():
            raise Invalid(f'Begin with the title of a section, as "## Plan"; found {line[:40]!r}.')
    if not found:
        raise Invalid('A template has at least one section; write its title as "## Plan".')
    titles = [title.casefold() for title, _, _ in found]
    if len(set(titles)) < len(titles):
        raise Invalid("Two sections have the same title.")
    return tuple(
        Section(title, codes.get(title.casefold(), ""), "\n".join(lines).strip(), required)
        for title, required, lines in found
    )


def written(template: Template) -> str:
    """A template as text, to be edited."""
    heads = [
        f"## {one.title}{' (required)' if one.required else ''}\n{one.prompt}".rstrip()
        for one in template.sections
    ]
    return "\n\n".join(heads) + "\n"


def save(
    record: Record,
    principal: Principal,
    kind: str,
    title: str,
    text: str,
    *,
    shared: bool = False,
    base: str = "",
    id: str = "",
    version: int | None = None,
) -> str:
    """Write a phrase or a template of one's own, or of the practice; its id.

    Raises:
        Invalid: the name or the text cannot be one, or it would be nobody's. Conflict: the name is taken already.
    """
    title, text = (
        title.strip().removeprefix(".") if kind == PHRASE else title.strip(),
        text[:LONGEST],
    )
    _check(kind, title, text)
    if not shared and not principal.person:
        raise Invalid(
            "Your account is linked to nobody in the record, so nothing can be yours alone:"
            " save it for the whole practice."
        )
    before = _own(record, principal, id) if id else None
    if kind == PHRASE:
        _check_free(record, principal, title, shared, id)
    made = before or r4.List(status="current", mode="working")
    codes = (kind, SHARED) if shared else (kind,)
    coding = [r4.Coding(system=SYSTEM, code=one) for one in codes]
    made.code = r4.CodeableConcept(coding=coding, text=kind)
    made.title, made.date = title, clock.now().isoformat(timespec="seconds")
    made.source = r4.Reference(reference=principal.person, display=principal.name or None)
    made.note = [r4.Annotation(text=text)]
    made.extension = [r4.Extension(url=BASE, valueString=base)] if base else None
    op: Op = (
        Update(made, if_match=version, source="typed") if before else Create(made, source="typed")
    )
    done = record.commit(principal, [op])[0].version
    assert done is not None, "a write has a version"
    return done.id


def remove(record: Record, principal: Principal, id: str, version: int | None = None) -> None:
    """Take one out of use; its versions stay."""
    found = _own(record, principal, id)
    found.status = "retired"
    record.commit(principal, [Update(found, if_match=version, source="typed")])


def _check(kind: str, title: str, text: str) -> None:
    if not text.strip():
        raise Invalid("There is no text yet.")
    if kind == PHRASE and not _NAME.fullmatch(title):
        raise Invalid(
            f"A phrase is called by small letters and digits, as .normalexam; found {title[:40]!r}."
        )
    if kind == TEMPLATE:
        if not title:
            raise Invalid("A template needs a name.")
        sections(text)


def _check_free(record: Record, principal: Principal, name: str, shared: bool, id: str) -> None:
    for _, other in _lists(record, principal, PHRASE):
        if other.id != id and other.title == name and _shared(other) == shared:
            raise Conflict(f"There is a phrase .{name} already; change that one.")


def _own(record: Record, principal: Principal, id: str) -> r4.List:
    found = decode(record.read(principal, "List", id).content)
    ours = isinstance(found, r4.List) and any(
        c.system == SYSTEM for c in (found.code.coding if found.code else None) or ()
    )
    if not isinstance(found, r4.List) or not ours:
        raise NotFound(f"There is no phrase or template {id}.")
    if not _shared(found) and _owner(found) != principal.person:
        raise NotFound(f"There is no phrase or template {id}.")
    return found


def _lists(record: Record, principal: Principal, kind: str) -> list[tuple[str, r4.List]]:
    """Those in use that the principal may use."""
    pairs = (("code", f"{SYSTEM}|{kind}"), ("status", "current"), ("_count", "500"))
    found = search(record, principal, r4.List, *pairs)
    return [(ref, one) for ref, one in found if _shared(one) or _owner(one) == principal.person]


def _text(one: r4.List) -> str:
    return next((each.text or "" for each in one.note or ()), "")


def _owner(one: r4.List) -> str:
    return (one.source.reference if one.source else None) or ""


def _shared(one: r4.List) -> bool:
    coding = (one.code.coding if one.code else None) or ()
    return any(each.system == SYSTEM and each.code == SHARED for each in coding)


def writable(record: Record, principal: Principal) -> bool:
    """Whether somebody may write templates and phrases at all."""
    return not isinstance(record.policy(principal).where("List", "create"), Nothing)
