"""What a note shows of the record: filled in here by the versions it refers to, never as a browser says it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from osler.access import Principal
from osler.clinic.notes import tree, wording
from osler.clinic.notes.asking import bare, by_ids, of, split
from osler.clinic.notes.blocks import KINDS, partly
from osler.clinic.notes.tree import Block, Fact, Items, Node, Nodes, Paragraph, Run, Runs, Text
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.fhir.model import words
from osler.kit.errors import Gone, NotAllowed, NotFound
from osler.record import Record

_TYPES = words(
    "Observation Condition AllergyIntolerance MedicationRequest MedicationStatement Immunization"
    " Procedure DiagnosticReport"
)
_OLDER = 60
"""Versions that are not the current ones any more, of one note; each costs a look of its own."""
# What may stand between at signs: a whole block, or one value by its short name.
_AT = re.compile(r"@([a-z][a-z0-9]{1,20})@")
VALUES: Mapping[str, tuple[str, ...]] = {
    "bp": ("85354-9",), "pulse": ("8867-4",), "hr": ("8867-4",), "resp": ("9279-1",),
    "temp": ("8310-5",), "weight": ("29463-7",), "height": ("8302-2",), "bmi": ("39156-5",),
    "spo2": ("59408-5", "2708-6"), "pain": ("72514-3",), "headcirc": ("9843-4",),
    "a1c": ("4548-4", "17856-6"), "potassium": ("2823-3", "6298-4"), "creatinine": ("2160-0",),
    "egfr": ("98979-8", "62238-1", "33914-3"), "ldl": ("13457-7", "18262-6", "2089-1"), "hemoglobin": ("718-7",),
}  # fmt: skip
"""Short names of single values and their LOINC codes."""
NOT_RECORDED = "[not recorded] ***"
_SHORT = {"meds": "medications", "labs": "results", "vaccines": "immunizations", "dx": "problems"}


@dataclass(frozen=True, slots=True)
class Insert:
    """A single value that can be put into a note."""

    name: str
    label: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Now:
    """What the record has now, ready to be inserted."""

    blocks: Mapping[str, Block]
    values: tuple[Insert, ...]

    def stale(self, nodes: Iterable[Node]) -> list[str]:
        """Kinds of live blocks in a text that the record would fill otherwise by now."""
        found = [
            node.kind
            for node in nodes
            if isinstance(node, Block)
            and node.kind in self.blocks
            and sorted(node.refs) != sorted(self.blocks[node.kind].refs)
        ]
        return list(dict.fromkeys(found))

    def changed(self, nodes: Iterable[Node]) -> list[tuple[str, str]]:
        """(the reference in the text, the one there is now) of single values that have a newer version."""
        current = {bare(ref): ref for block in self.blocks.values() for ref in block.refs}
        return [
            (ref, current[bare(ref)])
            for ref in tree.refs(node for node in nodes if not isinstance(node, Block))
            if current.get(bare(ref), ref) != ref
        ]


def now(record: Record, principal: Principal, patient: str) -> Now:
    """Everything that can be inserted; one search for each kind of block."""
    found = {code: kind.now(record, principal, patient) for code, kind in KINDS.items()}
    cut = partly(record, principal, patient)
    blocks = {code: KINDS[code].block(some, partly=code in cut) for code, some in found.items()}
    singles = [one for code, kind in KINDS.items() if kind.single for one in found[code]]
    return Now(blocks, tuple(_insert(ref, one) for ref, one in singles))


def _insert(ref: str, one: Resource) -> Insert:
    concept = getattr(one, "code", None)
    codes = {coding.code for coding in (concept.coding if concept else None) or ()}
    name = next((name for name, some in VALUES.items() if codes.intersection(some)), "")
    return Insert(name, wording.concept(concept), Fact(ref, wording.fact(one)))


def expanded(nodes: Nodes, current: Now) -> Nodes:
    """With @vitals@ and @bp@ replaced by what the record has now, and ({{vitals}} without references too)."""
    return tuple(_expanded(node, current) for node in nodes)


def _expanded(node: Node, current: Now) -> Node:
    match node:
        case Paragraph(runs=(Text(text=text),)) if _block_name(text) in current.blocks:
            return current.blocks[_block_name(text)]
        case Paragraph():
            return Paragraph(_runs(node.runs, current))
        case Items():
            return Items(tuple(_runs(runs, current) for runs in node.items))
        case Block(refs=()) if node.kind in current.blocks:
            return current.blocks[node.kind]
        case _:
            return node


def _block_name(text: str) -> str:
    found = _AT.fullmatch(text.strip())
    return _SHORT.get(found[1], found[1]) if found else ""


def _runs(runs: Runs, current: Now) -> Runs:
    found: list[Run] = []
    for run in runs:
        if isinstance(run, Fact) or "@" not in run.text:
            found.append(run)
            continue
        end = 0
        for at in _AT.finditer(run.text):
            if at[1] not in VALUES:
                continue
            found.append(Text(run.text[end : at.start()], run.strong))
            value = next((one.fact for one in current.values if one.name == at[1]), None)
            found.append(value or Text(NOT_RECORDED))
            end = at.end()
        found.append(Text(run.text[end:], run.strong))
    return tuple(run for run in found if run.text)


def resolved(
    record: Record, principal: Principal, patient: str, sections: list[Nodes]
) -> list[Nodes]:
    """Blocks and facts with what the versions that they refer to say; those of another patient become plain text."""
    wanted = {ref for nodes in sections for ref in tree.refs(nodes)}
    known = _fetched(record, principal, patient, wanted)
    some = any(isinstance(node, Block) for nodes in sections for node in nodes)
    cut = partly(record, principal, patient) if some else frozenset()
    return [tuple(_resolved(node, known, cut) for node in nodes) for nodes in sections]


def _fetched(
    record: Record, principal: Principal, patient: str, wanted: set[str]
) -> dict[str, Resource]:
    by_type: dict[str, set[str]] = defaultdict(set)
    for ref in wanted:
        type, id, _ = split(ref)
        if type in _TYPES:
            by_type[type].add(id)
    known: dict[str, Resource] = {}
    mine: set[str] = set()
    for type, ids in sorted(by_type.items()):
        for version in by_ids(record, principal, type, ids, patient):
            mine.add(f"{type}/{version.id}")
            known[of(version)] = decode(version.content)
    older = sorted(ref for ref in wanted if ref not in known and bare(ref) in mine)
    for ref in older[:_OLDER]:
        type, id, number = split(ref)
        try:
            known[ref] = decode(record.vread(principal, type, id, number).content)
        except (NotFound, Gone, NotAllowed):
            continue  # Then it is shown as plain text.
    return {ref: known[ref] for ref in wanted if ref in known}


def _resolved(node: Node, known: Mapping[str, Resource], cut: frozenset[str]) -> Node:
    match node:
        case Block(kind=kind) if kind in KINDS:
            return KINDS[kind].block(
                ((ref, known[ref]) for ref in node.refs if _fits(kind, ref, known)),
                partly=kind in cut,
            )
        case Paragraph():
            return Paragraph(tuple(_fact(run, known) for run in node.runs))
        case Items():
            return Items(tuple(tuple(_fact(run, known) for run in runs) for runs in node.items))
        case _:
            return node


_OF_KIND = {
    "vitals": {"Observation"}, "results": {"Observation"}, "problems": {"Condition"},
    "medications": {"MedicationRequest", "MedicationStatement"}, "allergies": {"AllergyIntolerance"},
    "immunizations": {"Immunization"},
}  # fmt: skip


def _fits(kind: str, ref: str, known: Mapping[str, Resource]) -> bool:
    return ref in known and known[ref].resourceType in _OF_KIND[kind]


def _fact(run: Run, known: Mapping[str, Resource]) -> Run:
    if isinstance(run, Text):
        return run
    if run.ref not in known:
        return Text(run.text)
    return replace(run, text=wording.fact(known[run.ref]) or run.text)
