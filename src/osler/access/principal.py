"""The caller of the record: built at a door, passed to every read and write."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from: network address, client software, request id."""

    address: str = ""
    client: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class ProxyScope:
    """What someone may do for a patient: categories of the record, and until when (None: no end)."""

    categories: frozenset[str] = frozenset()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or program, as the record sees it. Without rules (see `access.policy`) it sees nothing.

    `id` is the account's (never given to another), "local" for the operator at the machine, or
    "system:" and a job's name. `person` is the resource that the account belongs to, as
    "Practitioner/1". `patient` is the logical id of the patient that this principal is or acts for
    (`proxy` then says how far); `own_patient` that of the chart of a staff member who is a patient too.
    `purpose` is a code of http://terminology.hl7.org/ValueSet/v3-PurposeOfUse, None the usual one of
    the role; `emergency` marks broken glass; `session` the sign-in or token.
    """

    id: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    person: str | None = None
    patient: str | None = None
    own_patient: str | None = None
    purpose: str | None = None
    emergency: bool = False
    on_behalf_of: str | None = None
    session: str | None = None
    proxy: ProxyScope | None = None
    origin: Origin = field(default_factory=Origin)


LOCAL = Principal(id="local", name="Local user", roles=frozenset({"local"}))
"""The operator at the machine itself: the command line, which whoever may run it can do anything with."""
