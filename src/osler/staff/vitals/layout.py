"""The entry form as lines: a value, how it was measured, what it was before, and what must be confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from django.forms import BoundField
from django.utils.translation import gettext as _

from osler.clinic.vitals import SIGNS
from osler.clinic.vitals.signs import printed
from osler.staff.vitals.forms import KINDS, Question, VitalsForm

_DETAILS = {
    "bp": ("bp_position", "bp_site"),
    "bp2": ("bp2_position", "bp2_site"),
    "temp": ("route",),
    "spo2": ("flow",),
    "height": ("posture",),
    "lmp": ("pregnancy",),
}
_ORDER = (*(name for name in ("bp", *KINDS) if name != "waist"), "lmp", "gestation")
_SELDOM = ("bp2", "waist")
_SELDOM_SAID = ("bp_cuff", "bp_method", "rhythm")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form."""

    value: BoundField
    details: list[BoundField]
    hint: str
    question: Question | None


@dataclass(frozen=True, slots=True)
class Fold:
    """What is seldom measured or said, out of the way of who tabs through the rest; `open` where it says something."""

    lines: list[Line]
    fields: list[BoundField]
    open: bool


def lines(form: VitalsForm) -> list[Line]:
    """The lines in rooming order, with those fields that this patient's form has."""
    return [_line(form, name) for name in _ORDER if name in form.fields]


def seldom(form: VitalsForm) -> Fold:
    """A second pressure, the waist, and what is said of the cuff, the method and the rhythm."""
    folded = [_line(form, name) for name in _SELDOM if name in form.fields]
    said = [form[name] for name in _SELDOM_SAID if name in form.fields]
    every = [*said, *(one for line in folded for one in (line.value, *line.details))]
    return Fold(folded, said, any(one.value() or one.errors for one in every))


def _line(form: VitalsForm, name: str) -> Line:
    details = [form[one] for one in _DETAILS.get(name, ()) if one in form.fields]
    return Line(form[name], details, _hint(form, name), form.questions.get(name))


def _hint(form: VitalsForm, name: str) -> str:
    """The unit of a bare number, and the last value."""
    if name == "bp2":
        return _("If it was repeated")
    if name == "gestation":
        return _("Such as 32+4; growth is then also seen at the corrected age")
    if name not in SIGNS:
        return ""
    unit = printed(SIGNS[name].unit(form.room.units))
    return form.room.before(name) or ("" if unit == "/10" else unit)
