"""Rows of the audit in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from osler.identity import devices
from osler.identity.rights import LOCAL_ROLE
from osler.identity.words import role_name
from osler.kit.words import N_
from osler.record import AuditRow
from osler.record.audit_words import in_words
from osler.ui.purposes import standard

_OUTCOMES = {
    "success": N_("done"),
    "failure": N_("failed"),
    "forbidden": N_("refused"),
    "not-found": N_("not found"),
    "login": N_("not signed in"),
    "conflict": N_("someone was faster"),
    "deleted": N_("had been deleted"),
    "invalid": N_("was not understood"),
    "processing": N_("broke a rule"),
    "too-costly": N_("was too much"),
    "too-long": N_("was too large"),
    "transient": N_("could not be done just then"),
}


def shown(row: AuditRow, labels: Mapping[str, str], most: int) -> dict[str, Any]:
    """What the report shows of a row; `labels` are the patients whom its reader may know."""
    return {
        "row": row,
        "roles": [role_name(code) for code in row.roles if code != LOCAL_ROLE],
        "did": in_words(row.action, row.type, say=gettext),
        "what": "/".join(part for part in (row.type, row.id) if part),
        "patients": [(one, labels.get(one)) for one in row.patients[:most]],
        "more": max(0, len(row.patients) - most),
        "why": standard(row.purpose),
        "device": devices.words(row.client) if row.client else "",
        "outcome": gettext(_OUTCOMES.get(row.outcome, row.outcome)),
    }
