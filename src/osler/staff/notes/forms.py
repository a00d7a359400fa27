"""A note's form: sections as plain texts, diagnoses a line each, the visit it is added to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from osler.clinic.notes import live, markup, wording
from osler.clinic.notes.asking import search
from osler.clinic.notes.kinds import Template, shipped
from osler.clinic.notes.note import Note, Part
from osler.clinic.notes.tree import Block, Fact, Run
from osler.clinic.notes.writing import Draft, Written
from osler.fhir import r4
from osler.kit import clock
from osler.staff.chart.frame import Frame
from osler.ui import formats

_CODE = re.compile(r"\d{1,7}-\d")
_MOST = 40
_TITLE = 80


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that a note can be added to."""

    ref: str
    words: str
    today: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One section of the form; `last` is what the note before said there."""

    number: int
    title: str
    code: str
    text: str
    required: bool
    last: str = ""


def visits(frame: Frame) -> list[Visit]:
    """The newest visits, today's first in line to be chosen."""
    pairs = (("patient", frame.id), ("_sort", "-date"), ("_count", "12"))
    found = search(frame.record, frame.principal, r4.Encounter, *pairs)
    return [
        _visit(one) for _ref, one in found if one.status not in ("cancelled", "entered-in-error")
    ]


def _visit(one: r4.Encounter) -> Visit:
    start = one.period.start if one.period else None
    kind = wording.concept(one.type[0]) if one.type else ""
    reasons = [wording.concept(each) for each in (one.reasonCode or [])[:1]]
    words = ", ".join(
        part for part in (kind or _("Visit"), *reasons, formats.moment(start)) if part
    )
    begun = formats.as_date(start) if start else None
    today = begun == clock.today() or one.status == "in-progress"
    return Visit(f"Encounter/{one.id}", words, today)


def of_today(found: list[Visit]) -> str:
    """The visit that a new note is most likely of."""
    return next((one.ref for one in found if one.today), "")


def posted(data: QueryDict, template: Template) -> Draft:
    """The note as it was typed."""
    sections = []
    for number in range(_MOST):
        if f"s{number}" not in data:
            break
        code = data.get(f"c{number}", "")
        sections.append(
            Written(
                data.get(f"t{number}", "").strip()[:_TITLE] or _("Note"),
                code if _CODE.fullmatch(code) else "",
                data.get(f"s{number}", ""),
            )
        )
    return Draft(
        template=template.code,
        title=template.title,
        loinc=template.loinc,
        display=template.display,
        sections=tuple(sections),
        diagnoses=tuple(data.getlist("dx")),
        encounter=data.get("visit", ""),
    )


def parts(draft: Draft, current: live.Now) -> list[Part]:
    """The sections as they would be saved, for what is missing."""
    return [
        Part(one.title, one.code, live.expanded(markup.read(one.text), current))
        for one in draft.sections
    ]


def fields(draft: Draft, template: Template, last: Note | None) -> list[Field]:
    """The sections as the form has them."""
    required = {one.title for one in template.sections if one.required}
    before = {one.title: markup.write(one.nodes) for one in last.parts} if last else {}
    return [
        Field(at, one.title, one.code, one.text, one.title in required, before.get(one.title, ""))
        for at, one in enumerate(draft.sections)
    ]


def written(note: Note) -> Draft:
    """A saved note as the form has it."""
    found = shipped().get(note.template) or shipped()["free"]
    return Draft(
        template=note.template,
        title=note.title,
        loinc=found.loinc,
        display=found.display,
        sections=tuple(Written(p.title, p.code, markup.write(p.nodes)) for p in note.parts),
        diagnoses=tuple(words for _ref, words in note.diagnoses),
        encounter=note.encounter,
    )


def carried(draft: Draft, number: int, last: Note) -> Draft:
    """With one section's text of the note before put in, marked as carried forward."""
    sections = list(draft.sections)
    if not 0 <= number < len(sections):
        return draft
    one = sections[number]
    before = {part.title: markup.write(part.nodes) for part in last.parts}
    lines = [one.text.rstrip(), mark(last), before.get(one.title, "")]
    sections[number] = Written(one.title, one.code, "\n".join(line for line in lines if line))
    return Draft(
        draft.template, draft.title, draft.loinc, draft.display, tuple(sections), draft.diagnoses, draft.encounter
    )  # fmt: skip


def mark(last: Note) -> str:
    """The line before what was carried forward."""
    day, author = formats.day(last.date), last.author_name
    return _("**Carried forward from %(day)s, %(author)s:**") % {"day": day, "author": author}


def as_json(current: live.Now) -> dict[str, Any]:
    """What can be inserted, for the editor."""
    return {
        "blocks": {code: block_json(one) for code, one in current.blocks.items()},
        "values": [
            {"name": one.name, "label": one.label, "ref": one.fact.ref, "text": one.fact.text}
            for one in current.values
        ],
        "names": {one.name: at for at, one in enumerate(current.values) if one.name},
    }


def block_json(block: Block) -> dict[str, Any]:
    """A live block, for the editor."""
    return {
        "kind": block.kind,
        "title": block.title,
        "head": list(block.head),
        "rows": [[[_run(run) for run in cell] for cell in row] for row in block.rows],
        "refs": list(block.refs),
    }


def _run(run: Run) -> dict[str, str]:
    return {"text": run.text, "ref": run.ref if isinstance(run, Fact) else ""}


def shown(frame: Frame, draft: Draft) -> dict[str, Any]:
    """The live blocks in a text, by how they are written there, with what their versions say."""
    nodes = tuple(
        node
        for one in draft.sections
        for node in markup.read(one.text)
        if isinstance(node, Block) and node.refs
    )
    if not nodes:
        return {}
    (found,) = live.resolved(frame.record, frame.principal, frame.id, [nodes])
    return {
        markup.write((one,))[2:-2]: block_json(each)
        for one, each in zip(nodes, found, strict=True)
        if isinstance(each, Block)
    }
