"""What a verification looked at and what does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit: what kind, of what, and in words.

    `where` names a version ("Observation/1/_history/2"), a row ("audit/7"), a block ("block 3") or leaves
    ("leaves 256 to 511").
    """

    code: str
    where: str
    text: str


@dataclass(slots=True)
class Report:
    """Counts and findings; `size`, `height` and `key` are of the last block looked at, `begun_at` is a leaf."""

    size: int = 0
    height: int = -1
    key: str = ""
    begun_at: int = 0
    versions: int = 0
    rows: int = 0
    erased: int = 0
    archived: int = 0
    pending: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether everything fits."""
        return not self.findings

    def add(self, code: str, where: str, text: str) -> None:
        """One more finding."""
        self.findings.append(Finding(code, where, text))


def leaves(first: int, last: int) -> str:
    """The name of a range of leaves."""
    return f"leaf {first}" if first == last else f"leaves {first} to {last}"
