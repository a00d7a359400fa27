"""One search about one patient: typed resources, within what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from osler.access import Principal
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.record import Page, Record
from osler.search.parse import parse

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Asking:
    """Searches for what a reader may see of one patient's record; each names the patient, and is bounded."""

    record: Record
    principal: Principal
    patient: str

    def page(self, kind: type[Resource], count: int, *pairs: tuple[str, str]) -> Page:
        """At most `count` matches as the record has them."""
        asked = [
            ("patient", f"Patient/{self.patient}"),
            *pairs,
            ("_count", str(count)),
            ("_total", "none"),
        ]
        query = parse(kind.__name__, asked, self.record.registry)
        return self.record.search(self.principal, query)

    def some(self, kind: type[R], count: int, *pairs: tuple[str, str]) -> list[R]:
        """At most `count` matches, decoded."""
        matches = self.page(kind, count, *pairs).matches
        return [one for match in matches if isinstance(one := decode(match.content), kind)]

    def newest(self, kind: type[R], count: int, *pairs: tuple[str, str]) -> list[R]:
        """The same, newest first by the date of the type."""
        return self.some(kind, count, *pairs, ("_sort", order(kind)))


def order(kind: type[Resource]) -> str:
    """The sort that puts the newest of a type first."""
    return _DATES.get(kind.__name__, "-date")


_DATES = {
    "Condition": "-recorded-date",
    "MedicationRequest": "-authoredon",
    "MedicationStatement": "-effective",
    "Communication": "-sent",
    "Task": "-authored-on",
    "Goal": "-start-date",
}
"""The order of types whose date is not called so."""
