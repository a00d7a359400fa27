"""What looks wrong in a day's audit, each as a Task for the privacy officer.

A finding says that somebody should ask, not that somebody did wrong. docs/explanation/audit.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from osler.access.policy import Rule, RulePolicy
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit import clock
from osler.record import commit
from osler.record.audit_life import WATCH
from osler.record.context import Context
from osler.record.glass import ROLES, TASKS
from osler.record.ops import Checks, Create
from osler.record.stamp import instant
from osler.search.tree import Everything
from osler.store import lookup
from osler.store.audit import anomalies as store
from osler.store.audit.anomalies import Seen

IDENTIFIER = "urn:osler:audit-anomaly"
CODE = "audit-review"
_SEEING = frozenset({"read", "search"})
POLICY = RulePolicy(
    [
        Rule("Task", Everything(), _SEEING | {"create"}),
        Rule("Patient", Everything(), _SEEING),
        Rule("Practitioner", Everything(), _SEEING),
    ]
)
"""What the watch itself may do: make Tasks that point to a patient and to whom it is about."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on something is worth a question."""

    patients_an_hour: int = 60
    times_usual: float = 4.0
    at_least_an_hour: int = 15
    failures_an_hour: int = 10
    open_hour: int = 6
    close_hour: int = 21
    zone: str = "UTC"
    after_hours_patients: int = 5
    after_hours_share: float = 0.10
    unrelated_patients: int = 3
    related_roles: tuple[str, ...] = ("physician", "nurse", "medical-assistant", "pharmacist")
    vip_label: str = "vip"
    review_days: int = 7


USUAL = Thresholds()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that looks wrong: what kind, of whom, about which patients, and in words."""

    kind: str
    day: str
    seen: Seen
    words: str

    @property
    def key(self) -> str:
        """The same for the same finding, however often a day is looked through."""
        text = f"{self.day} {self.kind} {self.seen.actor}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def findings(
    conn: Connection[Any], since: datetime, until: datetime, limits: Thresholds = USUAL
) -> Iterator[Finding]:
    """What looks wrong in [since, until)."""
    day = since.date().isoformat()
    when = (conn, since, until)
    for one in store.mass(
        *when,
        most=limits.patients_an_hour,
        least=limits.at_least_an_hour,
        times=limits.times_usual,
    ):
        usual = "" if one.usual is None else f"; usually {one.usual:.1f}"
        yield Finding("mass-access", day, one, f"saw {one.number} patients within an hour{usual}")
    for one in store.surname(*when):
        words = f"saw the record of {one.number} patients with their own surname"
        yield Finding("same-surname", day, one, words)
    for one in store.own(*when):
        yield Finding("own-record", day, one, "saw their own record")
    for one in store.vip(*when, limits.vip_label):
        words = f"saw the record of {one.number} specially protected persons"
        yield Finding("vip", day, one, words)
    for one in store.no_relation(
        *when, roles=list(limits.related_roles), least=limits.unrelated_patients
    ):
        words = f"saw {one.number} patients with whom nothing in the record connects them"
        yield Finding("no-relation", day, one, words)
    yield from _late(conn, since, until, limits)
    for one in store.failures(*when, limits.failures_an_hour):
        words = f"was refused, or found nothing, {one.number} times within an hour"
        yield Finding("failures", day, one, words)


def _late(
    conn: Connection[Any], since: datetime, until: datetime, limits: Thresholds
) -> Iterator[Finding]:
    """Who works at night every week is no finding."""
    found = store.after_hours(
        conn,
        since,
        until,
        zone=limits.zone,
        hours=(limits.open_hour, limits.close_hour),
        least=limits.after_hours_patients,
    )
    for one in found:
        if one.usual is None or one.usual <= limits.after_hours_share:
            words = f"saw {one.number} patients outside of the usual hours"
            yield Finding("after-hours", since.date().isoformat(), one, words)


def watch(
    context: Context,
    *,
    until: datetime | None = None,
    limits: Thresholds = USUAL,
) -> list[Finding]:
    """Look through the 24 hours before `until` and make a Task of every finding that has none yet."""
    end = until or clock.now()
    with context.database.connection() as conn:
        found = list(findings(conn, end - timedelta(days=1), end, limits))
    narrow = context.bound(POLICY)
    for finding in found:
        where = f"identifier={IDENTIFIER}|{finding.key}"
        with context.database.connection() as conn:
            task = _task(conn, finding, end, limits)
        commit.commit(narrow, WATCH, [Create(task, if_none_exist=where)], Checks())
    return found


def _task(conn: Connection[Any], finding: Finding, now: datetime, limits: Thresholds) -> Resource:
    seen = finding.seen
    content: dict[str, Any] = {
        "resourceType": "Task",
        "identifier": [{"system": IDENTIFIER, "value": finding.key}],
        "status": "requested",
        "intent": "order",
        "priority": "urgent" if finding.kind in {"mass-access", "vip"} else "routine",
        "code": {
            "coding": [{"system": TASKS, "code": CODE}],
            "text": "Review of access to records",
        },
        "reasonCode": {"coding": [{"system": IDENTIFIER, "code": finding.kind}]},
        "description": f"{seen.name or seen.actor} {finding.words} ({finding.day}).",
        "authoredOn": instant(now),
        "performerType": [
            {"coding": [{"system": ROLES, "code": "privacy-officer"}], "text": "Privacy officer"}
        ],
        "restriction": {"period": {"end": instant(now + timedelta(days=limits.review_days))}},
        "input": [
            {"type": {"text": "account"}, "valueString": seen.actor},
            {"type": {"text": "day"}, "valueDate": finding.day},
        ],
    }
    there = _there(conn, "Patient", seen.patients)
    content["input"] += [
        {"type": {"text": "patient"}, "valueReference": {"reference": f"Patient/{id}"}}
        for id in there[:100]
    ]
    if len(there) == 1:
        content["for"] = {"reference": f"Patient/{there[0]}"}
    person = (seen.person or "").removeprefix("Practitioner/")
    if _there(conn, "Practitioner", [person]):
        content["focus"] = {"reference": f"Practitioner/{person}"}
    return decode(json.dumps(content).encode())


def _there(conn: Connection[Any], type: str, ids: list[str]) -> list[str]:
    gone = lookup.missing(conn, type, ids, None)
    return sorted(set(ids) - gone)
