"""Searches about one patient: typed resources, within what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.record import Page
from osler.record.several import Reader
from osler.search.parse import parse

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Asking:
    """Searches for what a reader may see of one patient's record; each names the patient, and is bounded.

    `hidden` are the types that were asked for and that the reader may not read: they answer nothing.
    """

    reader: Reader
    patient: str
    hidden: set[str] = field(default_factory=set)

    def may_read(self, type: str) -> bool:
        """Whether anything of a type can be seen of this patient by this reader."""
        return self.reader.sees(type, self.patient)

    def sees_all(self, type: str) -> bool:
        """Whether nothing of a type that people rely on can be hidden from this reader: only then is nothing none."""
        return self.may_read(type) and self.reader.sees_all(type, self.patient)

    def page(self, kind: type[Resource], count: int, *pairs: tuple[str, str]) -> Page:
        """At most `count` matches as the record has them."""
        return self._search(kind.__name__, count, list(pairs))

    def _search(self, type: str | None, count: int, pairs: list[tuple[str, str]]) -> Page:
        about = [("patient", f"Patient/{self.patient}"), *pairs]
        asked = [*about, ("_count", str(count)), ("_total", "none")]
        return self.reader.search(parse(type, asked, self.reader.registry))

    def some(self, kind: type[R], count: int, *pairs: tuple[str, str]) -> list[R]:
        """At most `count` matches, decoded."""
        if not self.may_read(kind.__name__):
            self.hidden.add(kind.__name__)
            return []
        matches = self.page(kind, count, *pairs).matches
        return [one for match in matches if isinstance(one := decode(match.content), kind)]

    def newest(self, kind: type[R], count: int, *pairs: tuple[str, str]) -> list[R]:
        """The same, newest first by the date of the type."""
        return self.some(kind, count, *pairs, ("_sort", order(kind)))

    def newest_page(self, kind: type[Resource], count: int) -> Page:
        """The newest as the record has them, with whether there are older ones."""
        return self.page(kind, count, ("_sort", order(kind)))

    def all_of(
        self, kinds: tuple[type[Resource], ...], count: int, *pairs: tuple[str, str]
    ) -> list[Resource]:
        """Everything of several types with one search; with one for each type where that is more than `count`."""
        seen = [kind.__name__ for kind in kinds if self.may_read(kind.__name__)]
        self.hidden.update({kind.__name__ for kind in kinds}.difference(seen))
        if not seen:
            return []
        page = self._search(None, count, [("_type", ",".join(seen)), *pairs])
        if page.next:
            return [one for kind in kinds for one in self.some(kind, count, *pairs)]
        return [decode(match.content) for match in page.matches]


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
