"""What a note lacks before it is signed: what stops a signature, and what is only to be thought of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from osler.access import Principal
from osler.clinic.notes import live, tree, wording
from osler.clinic.notes.asking import search
from osler.clinic.notes.kinds import Template
from osler.clinic.notes.note import Part
from osler.clinic.notes.tree import Block, Fact
from osler.fhir import r4
from osler.kit import clock
from osler.kit.words import N_
from osler.record import Record

_HOLE = re.compile(r"\*\*\*")
_REVIEW = ("urn:osler:task", "review-result")
ALLERGIES, MEDICATIONS = "48765-2", "10160-0"
"""LOINC codes of lists; a List of that code and of today says that it was looked through."""


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the list. `page` is the section of the chart it is mended on, `section` the note's own."""

    code: str
    text: str
    done: bool
    blocks: bool = False
    page: str = ""
    section: int | None = None
    detail: str = ""


def points(
    record: Record,
    principal: Principal,
    patient: str,
    parts: Sequence[Part],
    template: Template | None,
    diagnoses: Sequence[str],
    current: live.Now,
    zone: tzinfo | None = None,
) -> list[Point]:
    """All of it, what stops first."""
    found = [*_sections(parts, template), *_holes(parts)]
    if template is None or template.needs_diagnosis:
        found.append(Point("diagnosis", N_("A diagnosis is recorded"), bool(diagnoses)))
    found += _vitals(parts, current)
    found += _stale(parts, current)
    found += _results(record, principal, patient)
    found += _reviewed(record, principal, patient, zone)
    return sorted(found, key=lambda one: (one.done, not one.blocks))


def blockers(found: Sequence[Point]) -> list[Point]:
    """What a note cannot be signed with."""
    return [one for one in found if one.blocks and not one.done]


def _sections(parts: Sequence[Part], template: Template | None) -> list[Point]:
    required = {one.title for one in template.sections if one.required} if template else set()
    return [
        Point("section", N_("A required section is empty"), False, True, "", at, part.title)
        for at, part in enumerate(parts)
        if part.title in required and not _has_content(part)
    ]


def _has_content(part: Part) -> bool:
    """Words, or a block of data: while it is edited it has no rows yet, only what it refers to."""
    blocks = any(isinstance(node, Block) and node.refs for node in part.nodes)
    return blocks or bool(tree.plain(part.nodes).strip())


def _holes(parts: Sequence[Part]) -> list[Point]:
    return [
        Point("hole", N_("A placeholder *** is not filled in"), False, True, "", at, part.title)
        for at, part in enumerate(parts)
        if _HOLE.search(tree.plain(part.nodes))
    ]


def _vitals(parts: Sequence[Part], current: live.Now) -> list[Point]:
    wanted = set(current.blocks["vitals"].refs)
    named = {ref for part in parts for ref in tree.refs(part.nodes)}
    nodes = [node for part in parts for node in part.nodes]
    has_block = any(isinstance(n, Block) and n.kind == "vitals" and n.refs for n in nodes)
    done = has_block or bool(wanted & named)
    return [Point("vitals", N_("Vitals are in the note"), done, page="vitals")]


def _stale(parts: Sequence[Part], current: live.Now) -> list[Point]:
    found: list[Point] = []
    for at, part in enumerate(parts):
        titles = [
            current.blocks[kind].title.partition(":")[0] for kind in current.stale(part.nodes)
        ]
        facts = current.changed(part.nodes)
        words = [*titles, *(_words(part, ref) for ref, _ in facts)]
        found += [
            Point("stale", N_("Data changed since they were inserted"), False, False, "", at, one)
            for one in words
        ]
    return found


def _words(part: Part, ref: str) -> str:
    for node in part.nodes:
        for runs in tree.lines(node):
            for run in runs:
                if isinstance(run, Fact) and run.ref == ref:
                    return run.text
    return part.title


def _results(record: Record, principal: Principal, patient: str) -> list[Point]:
    system, code = _REVIEW
    pairs = (("patient", patient), ("code", f"{system}|{code}"), ("status", "requested"))
    tasks = [task for _, task in search(record, principal, r4.Task, *pairs, ("_count", "20"))]
    if not tasks:
        return [Point("results", N_("No result waits for review"), True)]
    urgent = any(task.priority in ("stat", "asap", "urgent") for task in tasks)
    text = N_("A critical result waits for review") if urgent else N_("Results wait for review")
    return [Point("results", text, False, False, "results", None, str(len(tasks)))]


def _reviewed(
    record: Record, principal: Principal, patient: str, zone: tzinfo | None
) -> list[Point]:
    """Whether the lists of allergies and medications were looked through today."""
    pairs = (("patient", patient), ("code", f"{ALLERGIES},{MEDICATIONS}"), ("_sort", "-date"))
    lists = [one for _, one in search(record, principal, r4.List, *pairs, ("_count", "10"))]
    today = clock.now().astimezone(zone).date()
    done = [one for one in lists if _day(one.date, zone) == today]
    looked = {
        code for code in (ALLERGIES, MEDICATIONS) for one in done if wording.has(one.code, code)
    }
    return [
        Point("allergies", N_("Allergies reviewed today"), ALLERGIES in looked, page="allergies"),
        Point("medications", N_("Medications reviewed today"), MEDICATIONS in looked, page="medications"),
    ]  # fmt: skip


def _day(text: str | None, zone: tzinfo | None) -> object:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at.astimezone(zone).date() if at.tzinfo else at.date()
