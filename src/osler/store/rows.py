"""The shapes of rows that go into and come out of the clinical tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from osler.search.rows import IndexRows

Interaction = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one resource. `content` is its JSON exactly as answered, b"" when deleted."""

    type: str
    id: str
    version: int
    updated: datetime
    deleted: bool
    content: bytes
    rid: int = 0
    patient: str | None = None

    @property
    def interaction(self) -> Interaction:
        """What made this version, as a history entry says it."""
        if self.deleted:
            return "delete"
        return "create" if self.version == 1 else "update"


@dataclass(slots=True)
class NewVersion:
    """A version to be written; `replaces` is the current version it supersedes, if there is one."""

    type: str
    id: str
    rid: int
    version: int
    updated: datetime
    patient: str | None
    content: bytes | None
    index: IndexRows | None
    replaces: int | None = None
    blobs: tuple[BlobRow, ...] = ()

    @property
    def deleted(self) -> bool:
        """Whether this version says that the resource is no more."""
        return self.content is None

    def as_version(self) -> Version:
        """What a reader of this version gets."""
        return Version(
            self.type,
            self.id,
            self.version,
            self.updated,
            self.deleted,
            self.content or b"",
            self.rid,
            self.patient,
        )


class BlobRow(NamedTuple):
    """A document of a version, encrypted, as the table `blob` has it; `sealed` None: in the object store."""

    id: str
    key: str
    type: str
    resource: str
    size: int
    sealed: str | None


class Who(NamedTuple):
    """Who accessed, as the audit's columns `audit.WHO` have it."""

    actor: str
    actor_name: str | None = None
    roles: list[str] = []  # noqa: RUF012 - never changed; a list is what becomes an array
    person: str | None = None
    on_behalf: str | None = None
    session: str | None = None
    purpose: str | None = None
    glass: list[str] = []  # noqa: RUF012 - as above; patients whose chart was opened in an emergency, "*": all
    address: str | None = None
    client: str | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One access to be recorded in the audit: what was done to which resource or by which query.

    `patients` are all whose data it touched, ("*",) for everybody's; `outcome` is "success" or a FHIR
    issue type; `hits` the number of resources answered. Of a write, `source` says where it came from
    (typed, api, import:FILE, Device/1) and `author` whose statement it is (Practitioner/1).
    """

    action: str
    type: str | None = None
    id: str | None = None
    version: int | None = None
    patients: tuple[str, ...] = ()
    query: str | None = None
    hits: int | None = None
    outcome: str = "success"
    detail: str | None = None
    source: str | None = None
    author: str | None = None
