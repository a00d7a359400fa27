"""The entry form of vital signs, in rooming order: what is typed is understood, bounded and asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from osler.clinic.vitals import SIGNS
from osler.clinic.vitals import codes as how
from osler.clinic.vitals.bounds import changed, contrary, refused, unusual
from osler.clinic.vitals.entry import Taken, Taking
from osler.clinic.vitals.parsing import Kind, Measure, Pressure, gestation, measure, pressure
from osler.clinic.vitals.ranges import expected
from osler.clinic.vitals.said import NOTHING, NotUnderstood, Said
from osler.staff.vitals.rooming import Rooming
from osler.ui.forms import Form

KINDS: dict[str, Kind] = {
    "hr": "rate",
    "rr": "rate",
    "temp": "temperature",
    "spo2": "percent",
    "weight": "weight",
    "height": "length",
    "head": "length",
    "waist": "length",
    "pain": "score",
}
_DETAILS = {
    "bp": {"position": "bp_position", "site": "bp_site", "cuff": "bp_cuff", "method": "bp_method"},
    "bp2": {
        "position": "bp2_position",
        "site": "bp2_site",
        "cuff": "bp_cuff",
        "method": "bp_method",
    },
    "hr": {"rhythm": "rhythm"},
    "temp": {"route": "route"},
    "height": {"posture": "posture"},
}
_FUTURE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Question:
    """What must be confirmed of a field: `token` is posted back as `sure`, so that another value is asked anew."""

    token: str
    text: str


def say(said: Said) -> str:
    """A sentence in the reader's language."""
    about = dict(said.about)
    if name := about.get("what"):  # The name of a sign is a text of its own.
        about["what"] = _(name)
    return _(said.text) % about if about else _(said.text)


class _Value(forms.CharField):
    """One line of figures, without the browser's own suggestions."""

    def __init__(self, label: Any, *, numeric: bool = True) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "size": 10}
        if numeric:
            attrs["inputmode"] = "text"
        widget = forms.TextInput(attrs=attrs)
        super().__init__(label=label, required=False, max_length=30, widget=widget)


class _Choice(forms.ChoiceField):
    """One of a few, or nothing said; kept in English, shown in the reader's language."""

    def __init__(self, label: Any, words: dict[str, str], nothing: str = "—") -> None:
        choices = [("", nothing), *((key, gettext_lazy(text)) for key, text in words.items())]
        super().__init__(label=label, required=False, choices=choices)


class VitalsForm(Form):
    """Fields in the order in which a patient is roomed; every one may be left out."""

    bp = _Value(gettext_lazy("Blood pressure"))
    bp_position = _Choice(gettext_lazy("Position"), how.POSITIONS)
    bp_site = _Choice(gettext_lazy("Site"), how.SITES)
    bp_cuff = _Choice(gettext_lazy("Cuff"), how.CUFFS)
    bp_method = _Choice(gettext_lazy("Method"), how.METHODS)
    bp2 = _Value(gettext_lazy("Second blood pressure"))
    bp2_position = _Choice(gettext_lazy("2nd position"), how.POSITIONS)
    bp2_site = _Choice(gettext_lazy("2nd site"), how.SITES)
    hr = _Value(gettext_lazy("Heart rate"))
    rhythm = _Choice(gettext_lazy("Rhythm"), how.RHYTHMS)
    rr = _Value(gettext_lazy("Respiratory rate"))
    temp = _Value(gettext_lazy("Temperature"))
    route = _Choice(gettext_lazy("Route"), how.ROUTES)
    spo2 = _Value(gettext_lazy("Oxygen saturation"))
    flow = _Value(gettext_lazy("Oxygen given"), numeric=False)
    weight = _Value(gettext_lazy("Weight"))
    height = _Value(gettext_lazy("Height"))
    posture = _Choice(gettext_lazy("Standing or lying"), how.POSTURES)
    head = _Value(gettext_lazy("Head circumference"))
    waist = _Value(gettext_lazy("Waist"))
    pain = _Value(gettext_lazy("Pain, 0 to 10"))
    lmp = forms.DateField(
        label=gettext_lazy("Last period began"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    pregnancy = _Choice(
        gettext_lazy("Pregnancy"), {key: text for key, (_code, text) in how.PREGNANCY.items()}
    )
    gestation = _Value(gettext_lazy("Weeks of pregnancy at birth"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500)
    at = forms.DateTimeField(
        label=gettext_lazy("Time measured"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    by = forms.ChoiceField(label=gettext_lazy("Measured by"))
    encounter = forms.ChoiceField(label=gettext_lazy("Visit"), required=False)
    units = forms.ChoiceField(
        label=gettext_lazy("Numbers without a unit"),
        choices=[
            ("us", gettext_lazy("lb, in, °F")),
            ("metric", gettext_lazy("kg, cm, °C")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, room: Rooming, *args: Any, **kwargs: Any) -> None:
        initial = {
            "at": room.now,
            "by": "me",
            "encounter": room.visit,
            "units": room.units,
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.room = room
        self.taken: list[Taken] = []
        self.questions: dict[str, Question] = {}
        absent = {key: text for key, (_code, text) in how.ABSENT.items()}
        for key in ("bp", *KINDS):
            self.fields[f"{key}_absent"] = _Choice(
                gettext_lazy(SIGNS[key].name), absent, str(_("Not stated"))
            )
        self.fields["by"].choices = [  # type: ignore[attr-defined]  # a ChoiceField's
            ("me", room.staff_name or _("Me")),
            ("home", _("Patient, at home")),
        ]
        none = pgettext_lazy("visit", "None")
        self.fields["encounter"].choices = [("", none), *room.visits]  # type: ignore[attr-defined]
        if not self.is_bound:
            self.fields["bp"].widget.attrs["autofocus"] = True
        for name in self._unasked():
            del self.fields[name]
        for name in {"bp", "bp2", *KINDS} & set(self.fields):
            self.fields[name].widget.attrs |= {
                "hx-post": f"{room.check}?field={name}",
                "hx-trigger": "change",
                "hx-include": "closest form",
                "hx-target": f"#say-{name}",
            }

    def _unasked(self) -> list[str]:
        """What makes no sense at this age or for this sex."""
        found = []
        if self.room.age >= 3:
            found += ["head", "head_absent", "gestation", "posture"]
        if self.room.age < 2:
            found += ["waist", "waist_absent", "bp2", "bp2_position", "bp2_site"]
        return found + ([] if self.room.asks_about_pregnancy else ["lmp", "pregnancy"])

    @property
    def absents(self) -> Iterator[BoundField]:
        """Why signs were not taken."""
        return (self[name] for name in self.fields if name.endswith("_absent"))

    @property
    def absent_errors(self) -> bool:
        """Whether the reasons must be shown: something is wrong with one."""
        return any(name.endswith("_absent") for name in self.errors)

    def clean(self) -> dict[str, Any]:
        """Understand every value; `taken` is what is to be written."""
        data = self.cleaned_data
        for name in ("bp", "bp2"):
            if text := data.get(name, ""):
                self._pressure(name, text)
        for key in KINDS:
            if text := data.get(key, ""):
                self._sign(key, text)
        self._absents(data)
        if data.get("gestation"):
            try:
                data["gestation"] = gestation(data["gestation"])
            except NotUnderstood as error:
                self.add_error("gestation", say(error.said))
        if (
            not self.errors
            and not self.taken
            and not any(data.get(name) for name in ("lmp", "pregnancy", "gestation"))
        ):
            self.add_error(
                None, _("Nothing was entered. Enter a value, or say why one was not taken.")
            )
        return data

    def clean_at(self) -> Any:
        """Neither in the future nor before birth."""
        at = self.cleaned_data["at"]
        if (at - self.room.now).total_seconds() > _FUTURE_SECONDS:
            raise forms.ValidationError(
                _("This time has not come yet. Enter when it was measured.")
            )
        if self.room.who.born is not None and at.date() < self.room.who.born:
            raise forms.ValidationError(_("This is before the patient was born."))
        return at

    def taking(self, patient: str) -> Taking:
        """What is to be written of a valid form."""
        data = self.cleaned_data
        home = data["by"] == "home"
        weeks = data.get("gestation")
        return Taking(
            patient=patient,
            at=data["at"],
            taken=tuple(self.taken),
            encounter="" if home else data.get("encounter", ""),
            performer=f"Patient/{patient}" if home else self.room.staff,
            performer_name="Patient" if home else self.room.staff_name,
            height=self.room.earlier_height(),
            child_height=self.room.child_height(),
            note=data.get("note", ""),
            lmp=data.get("lmp"),
            pregnancy=data.get("pregnancy", ""),
            gestation=weeks if isinstance(weeks, int) else None,
        )

    def _pressure(self, name: str, text: str) -> None:
        try:
            found = pressure(text)
        except NotUnderstood as error:
            self.add_error(name, say(error.said))
            return
        upper, lower = (Measure(one, "mm[Hg]") for one in (found.systolic, found.diastolic))
        wrong = refused("sys", upper) or refused("dia", lower)
        wrong = wrong or contrary(found.systolic, found.diastolic)
        if wrong:
            self.add_error(name, say(wrong))
            return
        age, sex = self.room.age, self.room.who.sex
        tall = self._tall()
        ranges = (expected(key, age, sex, tall) for key in ("sys", "dia"))
        asked = (
            unusual(key, value, range, "mm[Hg]")
            for key, value, range in zip(("sys", "dia"), (upper, lower), ranges, strict=True)
        )
        self._ask(name, text, next(filter(None, asked), NOTHING))
        self._took("bp", name, found)

    def _tall(self) -> Decimal | None:
        """A child's height in cm: as it was typed here, else one of lately."""
        units = "metric" if self.cleaned_data.get("units") == "metric" else "us"
        sign = SIGNS["height"]
        found = self.room.child_height()
        try:
            text = str(self.cleaned_data.get("height") or "")
            found = (
                measure(text, "length", sign.metric if units == "metric" else sign.us)
                if text
                else found
            )
        except NotUnderstood:
            return None  # Its own field says what is wrong with it.
        return None if found is None else found.to("cm")

    def _sign(self, key: str, text: str) -> None:
        units = "metric" if self.cleaned_data.get("units") == "metric" else "us"
        sign = SIGNS[key]
        try:
            found = measure(text, KINDS[key], sign.metric if units == "metric" else sign.us)
            flow = self._flow() if key == "spo2" else None
        except NotUnderstood as error:
            self.add_error(key, say(error.said))
            return
        if wrong := refused(key, found) or (refused("flow", flow) if flow else NOTHING):
            self.add_error(key, say(wrong))
            return
        range = expected(key, self.room.age, self.room.who.sex)
        metric = "Cel" if key == "temp" else sign.metric
        self._ask(key, text, self._change(key, found) or unusual(key, found, range, metric))
        self._took(key, key, found, flow)

    def _flow(self) -> Measure | None:
        """Liters a minute; None for room air ("room air", "RA", "AA" in Spanish, or nothing said)."""
        text = str(self.cleaned_data.get("flow", "")).strip().lower()
        if text in {"", "ra", "air", "room air", "aa", "aire", "aire ambiente", "0"}:
            return None
        return measure(text, "flow", "L/min")

    def _change(self, key: str, found: Measure) -> Said:
        last = self.room.last.get(key)
        if last is None or last.measure is None:
            return NOTHING
        at = self.cleaned_data.get("at") or self.room.now
        return changed(key, found, last.measure, (at - last.at).days)

    def _ask(self, name: str, text: str, said: Said) -> None:
        """Hold the form back until a question is answered; `sure` has the answers to this very value."""
        token = f"{name}:{text}"
        if not said or token in self.room.sure:
            return
        self.questions[name] = Question(token, say(said))
        self.add_error(name, say(said))

    def _took(
        self, key: str, name: str, value: Measure | Pressure, flow: Measure | None = None
    ) -> None:
        given = _DETAILS.get(name, {})
        details = {one: str(self.cleaned_data.get(field, "")) for one, field in given.items()}
        if key == "spo2" and flow is None and self.cleaned_data.get("flow"):
            details["air"] = "room"
        self.taken.append(Taken(key, value, details=details, flow=flow))

    def _absents(self, data: dict[str, Any]) -> None:
        for key in ("bp", *KINDS):
            reason = data.get(f"{key}_absent", "")
            if not reason:
                continue
            if data.get(key):
                self.add_error(
                    f"{key}_absent", _("A value was entered too. Keep the value or the reason.")
                )
            else:
                self.taken.append(Taken(key, None, absent=reason))


class WrongForm(Form):
    """Why a reading was an error."""

    reason = forms.CharField(
        label=gettext_lazy("Why was it an error?"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
