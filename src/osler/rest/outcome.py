"""Errors become an OperationOutcome and an HTTP status here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from osler.kit import errors
from osler.kit.errors import Issue, OslerError
from osler.rest.problems import Problem

_STATUS: dict[type[OslerError], int] = {
    errors.Invalid: 400,
    errors.NotSupported: 400,
    errors.NotAuthenticated: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.PreconditionFailed: 412,
    errors.TooLarge: 413,
    errors.Unprocessable: 422,
    # Not 503: the same request would be as costly again, so the client must change it.
    errors.TooCostly: 422,
    errors.Unavailable: 503,
    OslerError: 500,
}
# Osler stores no narrative of its own making, so its absence tells a writer nothing about what was written.
_NO_NARRATIVE = ": dom-6: "
_RETRY = (("Retry-After", "2"),)


def _status(kind: type[OslerError]) -> int:
    return next(_STATUS[base] for base in kind.__mro__ if base in _STATUS)


def status_of(error: OslerError) -> int:
    """The HTTP status of an error."""
    return error.status if isinstance(error, Problem) else _status(type(error))


def headers_of(error: OslerError) -> tuple[tuple[str, str], ...]:
    """The headers that belong to an error, as Allow to 405."""
    if isinstance(error, Problem):
        return error.headers
    return _RETRY if isinstance(error, errors.Unavailable) else ()


def outcome(issues: Iterable[Issue]) -> bytes:
    """An OperationOutcome resource as JSON."""
    return msgspec.json.encode(
        {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues]}
    )


def _issue(issue: Issue) -> dict[str, object]:
    body: dict[str, object] = {
        "severity": issue.severity,
        "code": issue.code,
        "diagnostics": _clean(issue.diagnostics),
    }
    if issue.expression:
        body["expression"] = [_clean(issue.expression)]
    return body


def _clean(text: str) -> str:
    """Text that can always be encoded: a lone surrogate of the input must not break the answer."""
    return text.encode("utf-8", "replace").decode("utf-8")


def all_is_well(diagnostics: str) -> bytes:
    """An OperationOutcome for `Prefer: return=OperationOutcome` and for a clean $validate."""
    return outcome([Issue("informational", diagnostics, severity="information")])


def of_write(found: Iterable[Issue], done: str) -> bytes:
    """An OperationOutcome for a write that was done: what there is to warn of, else what was done."""
    warnings = worth_telling(found)
    return outcome(warnings) if warnings else all_is_well(done)


def worth_telling(found: Iterable[Issue]) -> list[Issue]:
    """The warnings of a write without the one that nearly every resource has; $validate gives them all."""
    return [issue for issue in found if _NO_NARRATIVE not in issue.diagnostics]
