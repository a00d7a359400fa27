"""The units Osler knows, as facts of UCUM (https://ucum.org): code, whether it takes prefixes, size, defining unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from osler.fhir.ucum import clinical, customary, physical

PREFIXES: dict[str, Fraction] = {
    **{
        symbol: Fraction(10) ** exponent
        for symbol, exponent in (
            ("Y", 24), ("Z", 21), ("E", 18), ("P", 15), ("T", 12), ("G", 9), ("M", 6), ("k", 3),
            ("h", 2), ("da", 1), ("d", -1), ("c", -2), ("m", -3), ("u", -6), ("n", -9), ("p", -12),
            ("f", -15), ("a", -18), ("z", -21), ("y", -24),
        )
    },
    **{symbol: Fraction(1024**power) for power, symbol in enumerate(("Ki", "Mi", "Gi", "Ti"), 1)},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Definition:
    """One line of the table. No `unit` means a base of its own; `scale` names a function of `convert`."""

    metric: bool
    factor: Fraction
    unit: str
    scale: str = ""


def _lines(text: str) -> Iterator[tuple[str, Definition]]:
    """Lines of `code [*] size unit [@function]`; `*` takes prefixes, `-` as unit is a base."""
    for line in text.split("\n"):
        words = line.split()
        if not words:
            continue
        code, metric = words[0], words[1] == "*"
        size, unit, *scale = words[2:] if metric else words[1:]
        yield code, Definition(metric, Fraction(size), unit.lstrip("-"), "".join(scale)[1:])


UNITS: dict[str, Definition] = {
    code: definition
    for text in (physical.TABLE, customary.TABLE, clinical.TABLE)
    for code, definition in _lines(text)
}
"""By case-sensitive UCUM code."""
