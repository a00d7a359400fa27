"""The forms of relatives, operations and stays in hospitals."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from osler.clinic.background import family, surgical
from osler.clinic.chart.words import code_of, display, said, target
from osler.clinic.devices import implanted
from osler.clinic.lists.concepts import keep, value_of
from osler.clinic.lists.items import Chart, Item, concept, notes, set_note
from osler.clinic.lists.mistakes import standing
from osler.fhir import r4
from osler.kit import clock
from osler.kit.words import N_
from osler.record import Create, Update
from osler.staff.lists.fields import choice, in_order, note
from osler.staff.lists.forms import EntryForm, Group, choices_of
from osler.staff.lists.pages import Looked, chart_of
from osler.ui.combobox import Picked, TermField
from osler.ui.dates import PartialDateField

_OLDEST = 130
_AGED = re.compile(
    r"([0-9]{1,3})\s*(?:(?:years?|yrs?|y|años?)|(mo|months?|mes(?:es)?|wks?|weeks?|semanas?|d|days?|días?))?"
)
_SHORT = {"mo": "mo", "month": "mo", "months": "mo", "mes": "mo", "meses": "mo"}
_SHORT |= dict.fromkeys(("wk", "wks", "week", "weeks", "semana", "semanas"), "wk")
_SHORT |= dict.fromkeys(("d", "day", "days", "día", "días"), "d")
_OTHER = re.compile(
    r"[≥≤]\s*[0-9]{1,3}|[0-9]{1,3}\s*[-–]\s*[0-9]{1,3}|[0-9]{4}-[0-9]{2}(-[0-9]{2})?|(19|20)[0-9]{2}"
)
"""A range, or a date where no age is known."""
_DEVICES = 50
_RELATIVES = 200
_KEPT = "kept"
_ILLNESS = "condition"


class AgeField(forms.CharField):
    """An age: a number of years, of months, weeks or days ("6 mo"), or words ("in childhood")."""

    widget = forms.TextInput(attrs={"autocomplete": "off"})

    def clean(self, value: Any) -> str:
        """The age as the record says it."""
        text = " ".join(str(super().clean(value)).split())
        number = _AGED.fullmatch(text.lower())
        if number is not None:
            if int(number[1]) > _OLDEST:
                raise ValidationError(_("Nobody is that old."), code="invalid")
            return f"{int(number[1])} {_SHORT.get(number[2] or '', '')}".strip()
        if text and not any(one.isalpha() for one in text) and not _OTHER.fullmatch(text):
            raise ValidationError(
                _("Type an age in years such as 52, or 6 mo, or words."), code="invalid"
            )
        return text


def age_of(label: Any) -> AgeField:
    """An age that need not be known."""
    return AgeField(label=label, required=False, max_length=60)


def box_value(code: r4.CodeableConcept | None, kind: str) -> Picked | str:
    """A concept as a box shows it."""
    if code is None:
        return ""
    value = value_of(code, kind)
    return Picked(said(code), value, typed=not value)


class RelativeForm(EntryForm):
    """A relative, and what they have or had."""

    kin = choice(family.RELATIVES, _("Relative"), empty=_("Choose"), required=True)
    name = forms.CharField(label=_("Name"), required=False, max_length=200)
    age = age_of(_("Age now"))
    dead = forms.BooleanField(label=_("Has died"), required=False)
    died_at = age_of(_("Age at death"))
    note = note()

    def prepare(self) -> None:
        """A row for each condition; a relationship that is not among the choices can stay."""
        kin = str(self.initial.get("kin") or "")
        if kin and kin not in family.RELATIVES:
            self.more("kin", (kin, self.initial["kin_words"]))
        for n in self.rows(_ILLNESS):
            self.fields[f"condition{n}"] = TermField(
                "diagnosis", free=True, label=_("Condition"), required=False
            )
            self.fields[f"onset{n}"] = age_of(_("Age when it began"))
            self.fields[f"cause{n}"] = forms.BooleanField(label=_("Died of it"), required=False)

    def kinds(self) -> dict[str, str]:
        """The boxes of conditions."""
        return {name: "diagnosis" for name in self.fields if name.startswith(_ILLNESS)}

    def layout(self) -> list[Group]:
        """Who, then a group for each condition."""
        rows = [
            Group(
                _now("Condition %(n)s") % {"n": n},
                [self[f"condition{n}"], self[f"onset{n}"], self[f"cause{n}"]],
            )
            for n in self._numbers()
        ]
        who = self.side_by_side("kin name", "age died_at", "dead")
        return [*who, *rows, *self.side_by_side("note")]

    def _numbers(self) -> list[int]:
        return [int(name[len(_ILLNESS) :]) for name in self.kinds()]

    def clean(self) -> dict[str, Any]:
        """Who died at an age has died; a row with an age has a condition."""
        given = super().clean() or {}
        if given.get("died_at"):
            given["dead"] = True
        for n in self._numbers():
            if (given.get(f"onset{n}") or given.get(f"cause{n}")) and not given.get(
                f"condition{n}"
            ):
                self.add_error(f"condition{n}", _("Say which condition."))
        return given

    @classmethod
    def blank(cls, chart: Chart) -> r4.FamilyMemberHistory:
        """Somebody of the family."""
        kin = concept(family.ROLES, "FAMMEMB", "family member")
        return r4.FamilyMemberHistory(status="partial", patient=chart.subject, relationship=kin)

    @classmethod
    def values(cls, one: r4.FamilyMemberHistory) -> dict[str, Any]:
        """What the form shows of a relative."""
        line = family.relative(Item(one, 0))
        code = code_of(one.relationship, family.ROLES)
        shown: dict[str, Any] = {
            "kin": code or _KEPT,
            "kin_words": line.kin,
            "name": line.name,
            "age": line.age,
            "dead": line.dead,
            "died_at": line.died_at or line.died_on,
            "note": notes(one),
        }
        for n, ill in enumerate(line.illnesses, 1):
            shown[f"condition{n}"] = box_value(ill.code, "diagnosis")
            shown[f"onset{n}"] = ill.onset
            shown[f"cause{n}"] = ill.died
        return shown

    def fill(self, chart: Chart, one: r4.FamilyMemberHistory, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it."""
        given = self.cleaned_data
        self.ills = tuple(
            family.Illness(
                looked[f"condition{n}"].concept, given[f"onset{n}"], bool(given[f"cause{n}"])
            )
            for n in self._numbers()
            if f"condition{n}" in looked
        )
        kin = given["kin"] if given["kin"] in family.RELATIVES else ""
        names = ("name", "age", "dead", "died_at", "note")
        told = {name: given[name] for name in names}
        family.fill(one, family.Entered(kin, illnesses=self.ills, **told))

    ills: tuple[family.Illness, ...] = ()

    def along(self, chart: Chart, reference: str) -> list[Create | Update]:  # noqa: ARG002
        """What was stated of the family as a whole and does not hold any more."""
        if not self.ills:
            return []
        items = standing(chart.items(r4.FamilyMemberHistory, _RELATIVES))
        return [*family.withdrawn(chart, items, [ill.code for ill in self.ills])]


class OperationForm(EntryForm):
    """An operation: what, when, where, how it went, what was implanted."""

    boxes: ClassVar = {"procedure": "procedure"}
    procedure = TermField("procedure", free=True, label=_("Operation"))
    date = PartialDateField(
        label=_("Date"), required=False, past=True, help_text=_("3/14/2014, Mar 2014 or 2014")
    )
    place = forms.CharField(label=_("Hospital or surgeon"), required=False, max_length=200)
    outcome = forms.CharField(label=_("Outcome"), required=False, max_length=300)
    device = forms.ChoiceField(label=_("Implanted in it"), required=False)
    note = note()

    def prepare(self) -> None:
        """The devices of the chart."""
        field = self.fields["device"]
        assert isinstance(field, forms.ChoiceField)
        found = (
            chart_of(self.frame).items(r4.Device, _DEVICES, ("_sort", "-_lastUpdated"))
            if self.frame.may_read("Device")
            else []
        )
        named = [(one.id, implanted.name(one.resource) or one.id) for one in standing(found)]
        field.choices = [("", _("Nothing, or not recorded")), *named]
        there = str(self.initial.get("device") or "")
        if there and there not in dict(named):
            self.more("device", (there, str(self.initial.get("device_name") or there)))

    def layout(self) -> list[Group]:
        """When and where beside each other."""
        return self.side_by_side("procedure", "date place", "outcome", "device", "note")

    @classmethod
    def blank(cls, chart: Chart) -> r4.Procedure:
        """An operation that was done."""
        return r4.Procedure(
            status="completed",
            category=surgical.category(),
            subject=chart.subject,
            recorder=chart.me,
        )

    @classmethod
    def values(cls, one: r4.Procedure) -> dict[str, Any]:
        """What the form shows of an operation."""
        used = next((d.manipulated for d in one.focalDevice or []), None)
        return {
            "procedure": box_value(one.code, "procedure"),
            "date": _day(one),
            "place": display(one.location),
            "outcome": said(one.outcome),
            "device": target(used)[1],
            "device_name": display(used),
            "note": notes(one),
        }

    def fill(self, chart: Chart, one: r4.Procedure, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it."""
        given = self.cleaned_data
        one.code = keep(one.code, looked["procedure"].concept)
        if given["date"] != _day(one):
            one.performedPeriod = one.performedString = one.performedAge = None
            one.performedRange, one.performedDateTime = None, given["date"] or None
        if given["place"] != display(one.location):
            one.location = r4.Reference(display=given["place"]) if given["place"] else None
        if given["outcome"] != said(one.outcome):
            one.outcome = r4.CodeableConcept(text=given["outcome"]) if given["outcome"] else None
        one.focalDevice = self._devices(one, given["device"])
        set_note(one, given["note"])

    def _devices(self, one: r4.Procedure, id: str) -> list[r4.ProcedureFocalDevice] | None:
        """The chosen one first; others that were there stay."""
        field = self.fields["device"]
        assert isinstance(field, forms.ChoiceField)
        before = list(one.focalDevice or [])
        if before and target(before[0].manipulated)[1] == id:
            return before
        rest = before[1:]
        if not id:
            return rest or None
        name = next((str(text) for code, text in choices_of(field) if code == id), "")
        chosen = r4.Reference(reference=f"Device/{id}", display=name)
        return [r4.ProcedureFocalDevice(manipulated=chosen), *rest]


def _day(one: r4.Procedure) -> str:
    """The day of an operation as the form shows it; an age or words are not for a box of dates."""
    start = one.performedPeriod.start if one.performedPeriod else None
    return clock.day_of(str(one.performedDateTime or start or ""))


_HOME = {
    "home": N_("Home"),
    "snf": N_("Skilled nursing facility"),
    "rehab": N_("Rehabilitation"),
    "hosp": N_("Hospice"),
    "aadvice": N_("Left against advice"),
    "exp": N_("Died"),
    "oth": N_("Other"),
}
_DISCHARGE = "http://terminology.hl7.org/CodeSystem/discharge-disposition"


class StayForm(EntryForm):
    """A stay in a hospital: where, from when to when, what for."""

    hospital = forms.CharField(label=_("Hospital"), max_length=200)
    start = PartialDateField(label=_("From"), past=True)
    end = PartialDateField(label=_("To"), required=False)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=400)
    disposition = choice(_HOME, _("Left for"), empty=_("Not said"))
    note = note()

    def layout(self) -> list[Group]:
        """From and to beside each other."""
        return self.side_by_side("hospital", "start end", "reason", "disposition", "note")

    def clean(self) -> dict[str, Any]:
        """A stay does not end before it begins."""
        given = super().clean() or {}
        in_order(self, given, "start", "end")
        return given

    @classmethod
    def blank(cls, chart: Chart) -> r4.Encounter:
        """A stay that is over."""
        return surgical.blank_stay(chart)

    @classmethod
    def values(cls, one: r4.Encounter) -> dict[str, Any]:
        """What the form shows of a stay."""
        line = surgical.stay(Item(one, 0))
        left = one.hospitalization.dischargeDisposition if one.hospitalization else None
        code = next((c.code for c in (left.coding if left else None) or [] if c.code in _HOME), "")
        return {
            "hospital": line.hospital,
            "start": clock.day_of(line.start),
            "end": clock.day_of(line.end),
            "reason": line.reason,
            "disposition": code,
            "note": line.note,
        }

    def fill(self, chart: Chart, one: r4.Encounter, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it."""
        given = self.cleaned_data
        if given["hospital"] != display(one.serviceProvider):
            one.serviceProvider = r4.Reference(display=given["hospital"])
        before = self.values(one)
        if (before["start"], before["end"]) != (given["start"], given["end"]):
            one.period = r4.Period(start=given["start"], end=given["end"] or None)
        if given["reason"] != before["reason"]:
            one.reasonCode = [r4.CodeableConcept(text=given["reason"])] if given["reason"] else None
        if given["disposition"] != before["disposition"]:
            one.hospitalization = _left(one.hospitalization, given["disposition"])
        rest = [e for e in one.extension or [] if e.url != surgical.STAY_NOTE]
        text = given["note"].strip()
        said_now = [r4.Extension(url=surgical.STAY_NOTE, valueString=text)] if text else []
        one.extension = [*rest, *said_now] or None


def _left(
    before: r4.EncounterHospitalization | None, code: str
) -> r4.EncounterHospitalization | None:
    made = before or r4.EncounterHospitalization()
    made.dischargeDisposition = (
        r4.CodeableConcept(coding=[r4.Coding(system=_DISCHARGE, code=code, display=_HOME[code])])
        if code
        else None
    )
    return made
