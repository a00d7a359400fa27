"""One item of a list of the chart: read and written as a version, kept when it was a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from osler.access import Principal
from osler.clinic.chart.asking import order
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, NotFound
from osler.record import Create, Record, Update, Version
from osler.record.several import Reader
from osler.search.parse import parse
from osler.search.tree import Nothing

L = TypeVar("L", bound=Resource)


@dataclass(frozen=True, slots=True)
class Item(Generic[L]):
    """A resource with the number of the version that it was read in."""

    resource: L
    version: int

    @property
    def id(self) -> str:
        """The logical id."""
        return self.resource.id or ""


@dataclass(frozen=True, slots=True)
class Chart:
    """The lists of one patient as somebody reads and writes them."""

    record: Record
    principal: Principal
    patient: str

    @property
    def subject(self) -> r4.Reference:
        """The patient, as items refer to them."""
        return r4.Reference(reference=f"Patient/{self.patient}")

    @property
    def me(self) -> r4.Reference | None:
        """Who writes: the person where the account has one, else the name."""
        person, name = self.principal.person, self.principal.name
        return r4.Reference(reference=person, display=name or None) if person or name else None

    def may_search(self, type: str) -> bool:
        """Whether anything of a type can be found by this reader at all."""
        policy = self.record.policy(self.principal)
        return not isinstance(policy.where(type, "search"), Nothing)

    def sees_all(self, type: str) -> bool:
        """Whether nothing of a type can be hidden from this reader: only then may it be said that there is none."""
        return Reader(self.record, self.principal).sees_all(type, self.patient)

    def items(self, kind: type[L], count: int, *pairs: tuple[str, str]) -> list[Item[L]]:
        """At most `count` of a type, newest first."""
        sort = () if any(name == "_sort" for name, _ in pairs) else (("_sort", order(kind)),)
        asked = [
            ("patient", f"Patient/{self.patient}"),
            *pairs,
            *sort,
            ("_count", str(count)),
            ("_total", "none"),
        ]
        page = self.record.search(self.principal, parse(kind.__name__, asked, self.record.registry))
        made = ((decode(match.content), match.version) for match in page.matches)
        return [Item(one, version) for one, version in made if isinstance(one, kind)]

    def read(self, kind: type[L], id: str) -> Item[L]:
        """One item. Raises NotFound also for one of another patient."""
        version = self.record.read(self.principal, kind.__name__, id)
        one = decode(version.content)
        if version.patient != self.patient or not isinstance(one, kind):
            raise NotFound(f"This chart has no {kind.__name__}/{id}.")
        return Item(one, version.version)

    def add(self, *resources: Resource) -> list[Version]:
        """Write new items, all or none."""
        return self.write([Create(one, source="typed") for one in resources])

    def change(self, item: Item[L], version: int | None = None) -> Version:
        """Write the next version of an item over `version`, the one that the form was made from."""
        return self.write([self.changed(item, version)])[0]

    @staticmethod
    def changed(item: Item[L], version: int | None = None) -> Update:
        """The op of `change`, for writes of several."""
        return Update(item.resource, if_match=version or item.version, source="typed")

    def write(self, ops: Sequence[Create | Update]) -> list[Version]:
        """Carry out ops, all or none; what they made."""
        outcomes = self.record.commit(self.principal, ops)
        return [one.version for one in outcomes if one.version is not None]


def note(chart: Chart, one: Any, text: str) -> None:
    """Add a remark with its author and time."""
    said = r4.Annotation(text=text, time=clock.now().isoformat(), authorReference=chart.me)
    one.note = [*(one.note or []), said]


def notes(one: Any) -> str:
    """The remark of an item that people edit: the first without a time."""
    return next((said.text for said in one.note or [] if said.text and not said.time), "") or ""


def remarks(one: Any) -> str:
    """All remarks of an item, as a list shows them."""
    return " ".join(said.text for said in one.note or [] if said.text)


def set_note(one: Any, text: str) -> None:
    """Change the remark that people edit; what was said with a time, and by others, stays."""
    mine = next((said for said in one.note or [] if said.text and not said.time), None)
    kept = [said for said in one.note or [] if said is not mine]
    one.note = ([r4.Annotation(text=text.strip())] if text.strip() else []) + kept or None


def concept(
    system: str, code: str, display: str | None = None, text: str | None = None
) -> r4.CodeableConcept:
    """One coding."""
    return r4.CodeableConcept(
        coding=[r4.Coding(system=system, code=code, display=display)], text=text
    )


def fresh(item: Item[L], version: int) -> None:
    """Raises Conflict where the item has changed since a page was made."""
    if item.version != version:
        raise Conflict("Somebody has changed this meanwhile. Open it again.")
