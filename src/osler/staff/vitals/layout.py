"""The entry form as lines: a value, how it was measured, what it was before, and what must be confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from django.forms import BoundField
from django.utils.translation import gettext as _

from osler.clinic.vitals import SIGNS
from osler.clinic.vitals.signs import printed
from osler.staff.vitals.forms import KINDS, Question, VitalsForm

_DETAILS = {
    "bp": ("bp_position", "bp_site", "bp_cuff", "bp_method"),
    "bp2": ("bp2_position", "bp2_site"),
    "hr": ("rhythm",),
    "temp": ("route",),
    "spo2": ("flow",),
    "height": ("posture",),
}
_ORDER = ("bp", "bp2", *KINDS, "lmp", "gestation")
_WITH = {"lmp": ("pregnancy",)}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form."""

    value: BoundField
    details: list[BoundField]
    hint: str
    question: Question | None


def lines(form: VitalsForm) -> list[Line]:
    """The lines in rooming order, with those fields that this patient's form has."""
    return [
        Line(
            form[name],
            [
                form[one]
                for one in (*_DETAILS.get(name, ()), *_WITH.get(name, ()))
                if one in form.fields
            ],
            _hint(form, name),
            form.questions.get(name),
        )
        for name in _ORDER
        if name in form.fields
    ]


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
