"""The history of one resource: who made which version when, from where, and what it changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from osler.access import Principal
from osler.clinic.chart.differences import Change, changes
from osler.clinic.chart.words import display
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit.errors import NotAllowed, NotFound
from osler.record import Record, Version
from osler.search.parse import parse

MOST = 100
"""Versions that are shown; of more, the newest."""


@dataclass(frozen=True, slots=True)
class Step:
    """One version. `what` is create, update or delete; `who` wrote it, for `author` where that is another."""

    version: int
    at: datetime
    what: str
    who: str
    author: str
    source: str
    changes: tuple[Change, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Past:
    """The versions newest first; `more` where there are older ones."""

    steps: tuple[Step, ...]
    more: bool


def past_of(record: Record, principal: Principal, patient: str, type: str, id: str) -> Past:
    """The history of a resource of this patient. Raises NotFound for what is another's, or not to be seen."""
    page = record.history(principal, type, id, count=MOST + 1)
    versions = page.entries
    if not versions or not any(belongs(one, patient) for one in versions):
        raise NotFound(f"There is no {type}/{id} in this chart.")
    written = _written(record, principal, type, id)
    older = [*versions[1:], None]
    steps = [
        _step(one, before, written.get(one.version))
        for one, before in zip(versions, older, strict=True)
    ]
    more = len(versions) > MOST
    return Past(tuple(steps[:MOST]), more)


def belongs(version: Version, patient: str) -> bool:
    """Whether a version is about this patient, or is the patient."""
    return version.patient == patient or (version.type == "Patient" and version.id == patient)


def _step(one: Version, before: Version | None, written: r4.Provenance | None) -> Step:
    old, new = _content(before), _content(one)
    agents = {_role(agent): display(agent.who) or _who(agent) for agent in _agents(written)}
    author, enterer = agents.get("author", ""), agents.get("enterer", "")
    return Step(
        version=one.version,
        at=one.updated,
        what="create" if before is None and one.version == 1 else one.interaction,
        who=enterer or author,
        author=author if enterer else "",
        source=_source(written),
        changes=tuple(changes(old, new)) if new is not None else (),
        name=_name(new or old),
    )


def _content(version: Version | None) -> Mapping[str, object] | None:
    if version is None or version.deleted:
        return None
    found: Mapping[str, object] = json.loads(version.content)
    return found


def _name(content: Mapping[str, object] | None) -> str:
    """What the resource is about, for the heading."""
    for change in changes(None, content):
        if change.element in {"Code", "Vaccine code", "Medication", "Title", "Type", "Description"}:
            return change.after
    return ""


def _written(record: Record, principal: Principal, type: str, id: str) -> dict[int, r4.Provenance]:
    """Who wrote each version; nothing where the reader may not see provenance."""
    asked = [("target", f"{type}/{id}"), ("_count", "200")]
    try:
        page = record.search(principal, parse("Provenance", asked, record.registry))
    except NotAllowed:
        return {}
    found: dict[int, r4.Provenance] = {}
    for match in page.matches:
        one = decode(match.content)
        if isinstance(one, r4.Provenance):
            for target in one.target:
                number = (target.reference or "").rpartition("/_history/")[2]
                if number.isdigit():
                    found.setdefault(int(number), one)
    return found


def _agents(written: r4.Provenance | None) -> list[r4.provenance.ProvenanceAgent]:
    return list(written.agent) if written else []


def _role(agent: r4.provenance.ProvenanceAgent) -> str:
    codings = (agent.type.coding if agent.type else None) or []
    return next((one.code or "" for one in codings), "author")


def _who(agent: r4.provenance.ProvenanceAgent) -> str:
    identifier = agent.who.identifier.value if agent.who.identifier else ""
    return agent.who.reference or identifier or ""


def _source(written: r4.Provenance | None) -> str:
    for entity in (written.entity if written else None) or []:
        return display(entity.what) or entity.what.reference or ""
    return ""
