"""The caller of the record: built at a door, passed to every read and write."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from: network address, client software, request id."""

    address: str = ""
    client: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or program, as the record sees it. Without rules (see `access.policy`) it sees nothing.

    `patient` is the logical id of the patient this principal is or acts for; `purpose` a code of
    http://terminology.hl7.org/ValueSet/v3-PurposeOfUse; `emergency` marks broken glass.
    """

    id: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    patient: str | None = None
    purpose: str | None = None
    emergency: bool = False
    on_behalf_of: str | None = None
    origin: Origin = field(default_factory=Origin)


LOCAL = Principal(id="local", name="Local user", roles=frozenset({"local"}))
"""The built-in principal of a server without accounts, which therefore serves loopback only."""
