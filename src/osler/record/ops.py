"""Writes as values: what may be asked of `Record.commit`, and what came of it.

Every op may say for its Provenance where it came from (`source`: "typed", "api", "import:FILE",
"Device/1") and whose statement it is, where not that of whoever writes it (`author`: "Practitioner/1").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from osler.fhir.base import Resource
from osler.kit.errors import Issue
from osler.store.rows import Version

Status = Literal["created", "updated", "unchanged", "deleted", "matched"]


@dataclass(frozen=True, slots=True)
class Checks:
    """Which checks a write goes through; structure is always checked.

    `why_off` is recorded in the audit of every write that skips one.
    """

    validate: bool = True
    references: bool = True
    why_off: str | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """A new resource under an id of the server's choice.

    `if_none_exist` is a search ("identifier=…"): where one resource matches, that one is the outcome.
    `at` is where the op stands in the input ("Bundle.entry[3]"), for errors.
    """

    resource: Resource
    if_none_exist: str | None = None
    full_url: str | None = None
    at: str = ""
    source: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """The whole next version of the resource with this id, or of the one that `where` finds.

    `if_match` is the version it must replace; `if_none_match_any` forbids replacing one.
    """

    resource: Resource
    if_match: int | None = None
    where: str | None = None
    if_none_match_any: bool = False
    full_url: str | None = None
    at: str = ""
    source: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of one resource, named by id or found by `where`: a JSON Patch document."""

    type: str
    operations: bytes
    id: str | None = None
    where: str | None = None
    if_match: int | None = None
    full_url: str | None = None
    at: str = ""
    source: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """The end of one resource, named by id or found by `where`; its history stays."""

    type: str
    id: str | None = None
    where: str | None = None
    if_match: int | None = None
    full_url: str | None = None
    at: str = ""
    source: str | None = None
    author: str | None = None


Op = Create | Update | Patch | Delete


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one op; `version` is None where there was nothing to delete."""

    status: Status
    version: Version | None
    warnings: tuple[Issue, ...] = ()
