"""Errors as values: each carries FHIR issues and is turned into HTTP or text in one place per door.

Issue codes are those of https://hl7.org/fhir/R4/valueset-issue-type.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding: what is wrong, where (a FHIRPath into the input, or None) and how to mend it."""

    code: str
    diagnostics: str
    expression: str | None = None
    severity: Severity = "error"


class OslerError(Exception):
    """Base of every error a caller can mend or must be told about. `code` is a FHIR issue type."""

    code: ClassVar[str] = "exception"

    def __init__(
        self,
        diagnostics: str,
        *,
        expression: str | None = None,
        issues: Sequence[Issue] = (),
    ) -> None:
        super().__init__(diagnostics)
        self.issues: tuple[Issue, ...] = tuple(issues) or (
            Issue(self.code, diagnostics, expression),
        )


class Invalid(OslerError):
    """The input breaks a rule of its format: a malformed body, parameter or resource."""

    code = "invalid"


class Unprocessable(Invalid):
    """Well formed, but breaks a rule of content: an invariant, a binding, a dangling reference."""

    code = "processing"


class NotSupported(OslerError):
    """The request is understood and not supported."""

    code = "not-supported"


class NotFound(OslerError):
    """No such thing, or none that this principal may know of."""

    code = "not-found"


class Gone(OslerError):
    """It was here and has been deleted; its history remains."""

    code = "deleted"


class Conflict(OslerError):
    """Another writer came first, or others still refer to it."""

    code = "conflict"


class PreconditionFailed(OslerError):
    """If-Match, If-None-Match or a conditional criterion did not hold."""

    code = "conflict"


class MultipleMatches(PreconditionFailed):
    """A conditional criterion matched more than one resource."""

    code = "multiple-matches"


class NotAuthenticated(OslerError):
    """Nobody has said who they are, or not well enough: sign in, or sign in afresh."""

    code = "login"


class NotAllowed(OslerError):
    """The policy of this principal does not allow it."""

    code = "forbidden"


class TooLarge(OslerError):
    """Over a limit of size."""

    code = "too-long"


class TooCostly(OslerError):
    """Over a limit of time or rows."""

    code = "too-costly"


class Unavailable(OslerError):
    """A part that is needed (the database) does not answer; try again."""

    code = "transient"
