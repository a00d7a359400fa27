"""The tree a search is parsed into, and the policy that is ANDed to it at every hop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from osler.kit.errors import Issue
from osler.search.parameter import Parameter


@dataclass(frozen=True, slots=True)
class Everything:
    """Every resource."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No resource; as a policy: may not."""


@dataclass(frozen=True, slots=True)
class And:
    """Resources that every one of the nodes matches."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Resources that at least one of the nodes matches."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Resources that the node does not match."""

    node: Node


@dataclass(frozen=True, slots=True)
class Match:
    """Resources with a value of the parameter that fits one of `values` (as its type's parser made them)."""

    param: Parameter
    modifier: str | None
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Resources without any value of the parameter, or (`missing` false) with one."""

    param: Parameter
    missing: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """Resources whose reference `param` leads to a resource of `type` that the node matches."""

    param: Parameter
    type: str
    node: Node


@dataclass(frozen=True, slots=True)
class Has:
    """Resources that a resource of `type` which the node matches refers to by `param`."""

    type: str
    param: Parameter
    node: Node


@dataclass(frozen=True, slots=True)
class OfType:
    """Resources of one of these types."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Resources with these words in the narrative, or (`everywhere`) in any text of the content."""

    text: str
    everywhere: bool


@dataclass(frozen=True, slots=True)
class InCompartment:
    """Resources in the compartment of one of these patients (logical ids)."""

    patients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfPatients:
    """Resources about a patient whose Patient resource the node matches; that resource itself too.

    Of a type that is about one patient, that patient counts; of one that is about several (an
    appointment), any of them.
    """

    node: Node


@dataclass(frozen=True, slots=True)
class OfNobody:
    """Resources that are about no patient."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Resources with one of these security labels, as (system, code); a system of None is any."""

    codes: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class Consented:
    """Resources of a patient whose consents permit (or deny) them to a caller.

    `actors` are all that the caller answers to ("Practitioner/1", "Organization/2", "role:nurse"),
    `purposes` the purpose and those it is a kind of. With `labels`, several kinds of them, only a consent
    that names a label of each kind that the resource bears.
    """

    effect: Literal["permit", "deny"]
    actors: tuple[str, ...]
    purposes: tuple[str, ...]
    at: datetime
    labels: tuple[tuple[tuple[str | None, str], ...], ...] = ()


Node: TypeAlias = (
    Everything
    | Nothing
    | And
    | Or
    | Not
    | Match
    | Missing
    | Chain
    | Has
    | OfType
    | Words
    | InCompartment
    | OfPatients
    | OfNobody
    | Labelled
    | Consented
)


class Policy(Protocol):
    """Who may see what: for a type and an interaction, the tree that rows must also match."""

    def where(self, type: str, interaction: str) -> Node:
        """The tree for `type`; `Nothing` means may not."""
        ...  # pragma: no cover - a protocol


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of the order of a result."""

    param: Parameter
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """One `_include` or `_revinclude`: from `source` by `param` (None: any) to `target` (None: any)."""

    source: str
    param: Parameter | None
    target: str | None = None
    iterate: bool = False


Total = Literal["none", "estimate", "accurate"]
Summary = Literal["true", "text", "data", "count", "false"]
Contained = Literal["false", "true", "both"]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search: what to find and how to answer.

    `types` are the types to search, in a system search possibly several or (empty) all. `used` are the
    parameters that were understood, for the self link, without the cursor.
    """

    type: str | None
    where: Node
    types: tuple[str, ...] = ()
    sort: tuple[Sort, ...] = ()
    count: int | None = None
    total: Total = "none"
    summary: Summary | None = None
    elements: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    contained: Contained = "false"
    contained_type: Literal["container", "contained"] = "container"
    cursor: tuple[str | None, ...] | None = None
    warnings: tuple[Issue, ...] = ()
    used: tuple[tuple[str, str], ...] = field(default=())
