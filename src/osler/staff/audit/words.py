"""Rows of the audit in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from osler.identity import devices, rights
from osler.identity.rights import LOCAL_ROLE
from osler.record import AuditRow
from osler.record.audit_words import in_words
from osler.ui.purposes import standard

_OUTCOMES = {
    "success": "done",
    "failure": "failed",
    "forbidden": "refused",
    "not-found": "not found",
    "login": "not signed in",
    "conflict": "someone was faster",
    "deleted": "had been deleted",
    "invalid": "was not understood",
    "processing": "broke a rule",
    "too-costly": "was too much",
    "too-long": "was too large",
    "transient": "could not be done just then",
}


def shown(row: AuditRow, labels: Mapping[str, str], most: int) -> dict[str, Any]:
    """What the report shows of a row; `labels` are the patients whom its reader may know."""
    known = rights.roles()
    return {
        "row": row,
        "roles": [
            known[code].name if code in known else code for code in row.roles if code != LOCAL_ROLE
        ],
        "did": in_words(row.action, row.type),
        "what": "/".join(part for part in (row.type, row.id) if part),
        "patients": [(one, labels.get(one)) for one in row.patients[:most]],
        "more": max(0, len(row.patients) - most),
        "why": standard(row.purpose),
        "device": devices.words(row.client) if row.client else "",
        "outcome": _OUTCOMES.get(row.outcome, row.outcome),
    }
