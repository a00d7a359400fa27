"""Provenance of every write: made of the audit when it is asked for, beside those that clients have stored.

A Provenance for each version would double what a write writes and say nothing that its audit row does not:
docs/adr/0010-provenance.md. https://hl7.org/fhir/R4/provenance.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from osler.access import Principal
from osler.fhir import r4
from osler.fhir.codec import encode
from osler.fhir.r4.datatypes import CodeableConcept, Coding, Identifier, Meta, Reference
from osler.fhir.r4.provenance import Provenance, ProvenanceAgent, ProvenanceEntity
from osler.record.context import Context
from osler.record.stamp import instant
from osler.search.tree import Nothing, Query
from osler.store import read as store_read
from osler.store.audit import provenance as store
from osler.store.audit.provenance import Written
from osler.store.rows import Version

TYPE = "Provenance"
MOST = 200
"""Derived ones on one page."""
PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_ID = re.compile(r"version-(\d{1,18})-(\d{1,9})")
_TARGET = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/(\d{1,9}))?")
_OPERATIONS = {"create": "CREATE", "load": "CREATE", "restore": "CREATE", "delete": "DELETE"}
_PEOPLE = frozenset({"Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Device"})


def derived(written: Written) -> Version:
    """The Provenance of one version; its id names that version."""
    id = f"version-{written.rid}-{written.version}"
    resource = Provenance(
        id=id,
        meta=Meta(versionId="1", lastUpdated=instant(written.updated)),
        target=[Reference(reference=f"{written.type}/{written.id}/_history/{written.version}")],
        occurredDateTime=instant(written.updated),
        recorded=instant(written.updated),
        reason=None if written.purpose is None else [_coded(PURPOSE, written.purpose)],
        activity=_coded(OPERATION, _OPERATIONS.get(written.action, "UPDATE")),
        agent=_agents(written),
        entity=_source(written),
    )
    return Version(TYPE, id, 1, written.updated, False, encode(resource), 0, written.patient)


def _coded(system: str, code: str, text: str | None = None) -> CodeableConcept:
    return CodeableConcept(coding=[Coding(system=system, code=code, display=text)])


def _agents(written: Written) -> list[ProvenanceAgent]:
    """Whose statement it is, and who entered it, where that is another."""
    enterer = Reference(
        reference=written.person,
        identifier=Identifier(value=written.actor),
        display=written.actor_name,
    )
    behalf = _reference(written.on_behalf)
    if written.author is None or written.author == written.person:
        author = _coded(PARTICIPANT, "author", "Author")
        return [ProvenanceAgent(type=author, who=enterer, onBehalfOf=behalf)]
    return [
        ProvenanceAgent(
            type=_coded(PARTICIPANT, "author", "Author"), who=Reference(reference=written.author)
        ),
        ProvenanceAgent(
            type=_coded(PARTICIPANT, "enterer", "Enterer"), who=enterer, onBehalfOf=behalf
        ),
    ]


def _reference(text: str | None) -> Reference | None:
    if not text:
        return None
    known = text.partition("/")[0] in _PEOPLE
    return Reference(reference=text) if known else Reference(identifier=Identifier(value=text))


def _source(written: Written) -> list[ProvenanceEntity] | None:
    """Where the content came from: typed, api, a file, a device."""
    if not written.source:
        return None
    device = written.source.startswith("Device/")
    what = Reference(reference=written.source) if device else Reference(display=written.source)
    return [ProvenanceEntity(role="source", what=what)]


# -- asking ---------------------------------------------------------------------------------------


def read(context: Context, conn: Connection[Any], principal: Principal, id: str) -> Version | None:
    """A derived Provenance by its id, where the version that it is about may be seen."""
    found = _ID.fullmatch(id)
    if found is None or not _may(context, principal, "read"):
        return None
    rows = store.written(conn, store.versions([(int(found[1]), int(found[2]))]), 1)
    if not rows:
        return None
    one = rows[0]
    visible = context.visible_version(principal, one.type, "vread")
    if store_read.vread(conn, one.type, one.id, one.version, visible) is None:
        return None
    return context.shown(derived(one))


def is_derived(id: str) -> bool:
    """Whether a Provenance with this id is made of the audit."""
    return _ID.fullmatch(id) is not None


def wanted(query: Query) -> bool:
    """Whether the query asks for the Provenance of its matches."""
    return any(one.source == TYPE and _of_target(one.param) for one in query.revincludes)


def _of_target(param: Any) -> bool:
    return param is None or param.code == "target"


def of_matches(
    context: Context, conn: Connection[Any], principal: Principal, matches: Sequence[Version]
) -> list[Version]:
    """The Provenance of these versions, for `_revinclude=Provenance:target`."""
    which = [(one.rid, one.version) for one in matches if one.rid][:MOST]
    if not which or not _may(context, principal, "search"):
        return []
    found = store.written(conn, store.versions(which), MOST)
    return [context.shown(derived(one)) for one in found]


def of_targets(
    context: Context, conn: Connection[Any], principal: Principal, query: Query
) -> list[Version]:
    """The derived ones of a search that asks by nothing but `target`, for targets that may be seen."""
    targets = _targets(query)
    if not targets or not _may(context, principal, "search"):
        return []
    made: list[Version] = []
    for type, id, version in targets:
        visible = context.visible_version(principal, type, "history")
        seen = store_read.history_where(type, id, None, None, [(type, visible)])
        page = store_read.history(conn, seen, before=None, limit=MOST)
        which = [(v.rid, v.version) for v in page if version in {None, v.version}]
        if which:
            found = store.written(conn, store.versions(which), MOST)
            made += [context.shown(derived(one)) for one in found]
    return made


def _targets(query: Query) -> list[tuple[str, str, int | None]]:
    """The targets that are asked for; none where other criteria could leave some out."""
    if query.type != TYPE or query.cursor is not None:
        return []
    criteria = [pair for pair in query.used if not pair[0].startswith("_")]
    if len(criteria) != 1 or criteria[0][0] != "target":
        return []
    found = [_TARGET.fullmatch(text) for text in criteria[0][1].split(",")]
    return [
        (one[1], one[2], int(one[3]) if one[3] else None)
        for one in found
        if one is not None and one[1] in r4.RESOURCES
    ]


def _may(context: Context, principal: Principal, interaction: str) -> bool:
    return not isinstance(context.policy_of(principal).where(TYPE, interaction), Nothing)
