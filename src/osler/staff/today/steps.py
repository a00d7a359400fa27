"""The buttons of a visit on Today: where it goes from where it is, in words, with the key that presses each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from osler.clinic import today as clinic
from osler.clinic.chart.persons import Person
from osler.clinic.today.moving import Room
from osler.kit.words import N_

_WORDS = {
    ("arrived", "expected"): N_("Not here yet"),
    ("roomed", "arrived"): N_("Back to the waiting room"),
    ("with", "roomed"): N_("Clinician has left the room"),
    ("done", "with"): N_("Not done yet"),
    ("noshow", "expected"): N_("Expected again"),
}
_USUAL = {
    "arrived": N_("Arrived"),
    "roomed": N_("In room"),
    "with": N_("With clinician"),
    "done": N_("Done"),
    "noshow": N_("No show"),
}
_ICONS = {
    "expected": "undo-2",
    "arrived": "door-open",
    "roomed": "bed",
    "with": "stethoscope",
    "done": "check",
    "noshow": "user-x",
}
KEYS = {"arrived": "a", "roomed": "r", "with": "w", "done": "d", "noshow": "n"}
"""The keys while a visit has the focus; what takes a step back has none."""


@dataclass(frozen=True, slots=True)
class Step:
    """One button: what it posts, what it says."""

    value: str
    label: str
    icon: str
    key: str = ""
    room: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A visit as the list shows it, with its buttons: the usual one first."""

    visit: clinic.Visit
    told: Person | None
    steps: tuple[Step, ...] = ()

    @property
    def first(self) -> Step | None:
        """The usual step; a step back is never the one that is pressed by habit."""
        return next((one for one in self.steps[:1] if one.key), None)

    @property
    def others(self) -> tuple[Step, ...]:
        """What the menu has."""
        return self.steps[1:] if self.first else self.steps

    @property
    def seen(self) -> str:
        """The versions that a form of it is made from."""
        return f"{self.visit.version}.{self.visit.encounter_version}"


def steps_of(visit: clinic.Visit, states: Sequence[str], rooms: Sequence[Room]) -> Iterator[Step]:
    """The buttons of a visit that can go to `states`; `rooms` the best first."""
    forward = visit.state in ("expected", "arrived")
    for to in states:
        if to == "roomed" and forward and rooms:
            yield _into(rooms[0], "roomed", key=KEYS["roomed"])
        else:
            back = (visit.state, to) in _WORDS
            label = _(_WORDS[visit.state, to] if back else _USUAL[to])
            yield Step(to, label, _ICONS[to], "" if back else KEYS[to])
    stays = visit.state if visit.state in ("roomed", "with") else "roomed"
    if visit.state in ("arrived", "roomed", "with"):
        others = rooms[1:] if visit.state == "arrived" else rooms
        yield from (_into(one, stays) for one in others if one.name != visit.room)


def _into(room: Room, to: str, *, key: str = "") -> Step:
    return Step(f"{to} {room.ref}", room.name, "bed", key, room=True)
