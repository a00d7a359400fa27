"""How a function of the language is declared: its name, how many arguments, and how they are evaluated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from osler.fhir.path.values import Items

Kind = Literal["value", "lambda", "type"]
Run = Callable[..., Items]


@dataclass(frozen=True, slots=True)
class Function:
    """`run(context, input, *args)`; a `value` argument arrives evaluated, a `lambda` as a closure."""

    run: Run
    least: int
    most: int
    kind: Kind


FUNCTIONS: dict[str, Function] = {}


def function(
    name: str, least: int = 0, most: int | None = None, kind: Kind = "value"
) -> Callable[[Run], Run]:
    """Register a function of the language under its name, with its number of arguments."""

    def register(run: Run) -> Run:
        FUNCTIONS[name] = Function(run, least, least if most is None else most, kind)
        return run

    return register
