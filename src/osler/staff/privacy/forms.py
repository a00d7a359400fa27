"""The forms of the privacy desk."""

from __future__ import annotations

import re
from datetime import date

from django import forms
from django.utils.translation import gettext, gettext_lazy

from osler.clinic.privacy import desk
from osler.clinic.privacy.breaches import FACTORS
from osler.clinic.privacy.codes import ASKED_BY_PATIENTS, WORDS
from osler.clinic.privacy.disclosures import Disclosure
from osler.kit import clock
from osler.ui.forms import Form

_REFERENCE = r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}"
_VERSION = rf"{_REFERENCE}(/_history/\d+)?"
_WHOM = re.compile(
    r"(Practitioner|PractitionerRole|Organization|CareTeam|RelatedPerson)/[A-Za-z0-9.-]{1,64}"
)
_ID = re.compile(r"(?:Patient/)?([A-Za-z0-9.-]{1,64})")
_DAY = forms.DateInput(attrs={"type": "date"})
PURPOSES = [
    ("PUBHLTH", gettext_lazy("Public health")),
    ("COVERAGE", gettext_lazy("Required by law or court order")),
    ("HRESCH", gettext_lazy("Research")),
    ("PATRQT", gettext_lazy("At the patient's request")),
    ("TREAT", gettext_lazy("Treatment")),
    ("HPAYMT", gettext_lazy("Payment")),
    ("HOPERAT", gettext_lazy("Health care operations")),
]


class NewRequest(Form):
    """A request as it came in."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is asked"),
        choices=[(k, gettext_lazy(WORDS[k])) for k in ASKED_BY_PATIENTS],
    )
    patient = forms.CharField(
        label=gettext_lazy("Patient"),
        max_length=120,
        help_text=gettext_lazy("Record number, or name and birth date (5/2/1961)"),
    )
    received = forms.DateField(
        label=gettext_lazy("Received on"),
        widget=_DAY,
        required=False,
        help_text=gettext_lazy("Today, if empty"),
    )
    focus = forms.RegexField(
        rf"^{_VERSION}$",
        label=gettext_lazy("Part of the record"),
        required=False,
        help_text=gettext_lazy("For an amendment, such as Condition/123"),
    )
    text = forms.CharField(
        label=gettext_lazy("In the patient's words"), widget=forms.Textarea(attrs={"rows": 4})
    )


class Words(Form):
    """A step that needs a reason or an answer."""

    text = forms.CharField(label=gettext_lazy("Text"), widget=forms.Textarea(attrs={"rows": 3}))


class Accepted(Words):
    """An accepted amendment, and the version that mends the entry."""

    changed = forms.RegexField(
        rf"^{_VERSION}$",
        label=gettext_lazy("Mended version"),
        required=False,
        help_text=gettext_lazy("Such as Condition/123/_history/3"),
    )


class Agreed(Words):
    """A restriction that the practice agrees to."""

    actors = forms.CharField(
        label=gettext_lazy("To whom"),
        required=False,
        help_text=gettext_lazy("Such as Practitioner/1, Organization/2"),
    )
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("For which purposes"),
        required=False,
        choices=PURPOSES,
        widget=forms.CheckboxSelectMultiple,
    )
    until = forms.DateField(label=gettext_lazy("Until"), widget=_DAY, required=False)

    def clean_actors(self) -> tuple[str, ...]:
        """Every one of them understood: one passed over would be one who is not restricted."""
        given = [one for one in re.split(r"[,;\s]+", self.cleaned_data["actors"]) if one]
        odd = [one for one in given if not _WHOM.fullmatch(one)]
        if odd:
            raise forms.ValidationError(
                gettext("%(odd)s is no reference; write Practitioner/ or Organization/ and the id.")
                % {"odd": f"{odd[0]!r}"}
            )
        return tuple(given)


class Affected(Form):
    """Whose data a breach touches."""

    patients = forms.CharField(
        label=gettext_lazy("Patients"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Ids as the audit report has them, one on each line"),
    )

    def clean_patients(self) -> list[str]:
        """Ids, each of them."""
        given = [one for one in re.split(r"[,;\s]+", self.cleaned_data["patients"]) if one]
        odd = [one for one in given if not _ID.fullmatch(one)]
        if odd:
            raise forms.ValidationError(
                gettext("%(odd)s is no id of a patient.") % {"odd": f"{odd[0]!r}"}
            )
        return [one.removeprefix("Patient/") for one in given]


class Assessment(Form):
    """The four factors of a breach and what follows from them."""

    risk = forms.ChoiceField(
        label=gettext_lazy("So this is"),
        choices=[
            ("breach", gettext_lazy("a breach")),
            ("low", gettext_lazy("a low probability of compromise")),
        ],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, words in FACTORS.items():
            self.fields[name] = forms.CharField(
                label=gettext_lazy(words), widget=forms.Textarea(attrs={"rows": 2})
            )


class Review(Words):
    """What was found of an emergency access or an anomaly."""

    finding = forms.ChoiceField(
        label=gettext_lazy("It was"),
        choices=[
            ("proper", gettext_lazy("proper")),
            ("improper", gettext_lazy("improper: opens a breach case")),
        ],
    )


class NewBreach(Words):
    """A breach that was discovered."""

    discovered = forms.DateField(label=gettext_lazy("Discovered on"), widget=_DAY)


class NewDisclosure(Form):
    """A disclosure for the register."""

    day = forms.DateField(
        label=gettext_lazy("Disclosed on"),
        widget=_DAY,
        required=False,
        help_text=gettext_lazy("Today, if empty"),
    )
    recipient = forms.CharField(label=gettext_lazy("Recipient"), max_length=200)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=300, required=False)
    what = forms.CharField(label=gettext_lazy("What was disclosed"), max_length=500)
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"), choices=PURPOSES)
    why = forms.CharField(label=gettext_lazy("Basis, in words"), max_length=300, required=False)
    suspended_until = forms.DateField(
        label=gettext_lazy("Not in accountings until"),
        widget=_DAY,
        required=False,
        help_text=gettext_lazy("Only at the written request of law enforcement"),
    )

    def clean_day(self) -> date | None:
        """A day that has been."""
        day: date | None = self.cleaned_data["day"]
        if day is not None and not date(1900, 1, 1) <= day <= desk.today():
            raise forms.ValidationError(gettext("The day of a disclosure is today or earlier."))
        return day

    def made(self, by: str) -> Disclosure:
        """The disclosure that was filled in."""
        data = dict(self.cleaned_data)
        day = data.pop("day")
        at = clock.now() if day in {None, desk.today()} else clock.midnight(day)
        return Disclosure(at=at, by=by, **data)
