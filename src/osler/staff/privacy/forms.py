"""The forms of the privacy desk."""

from __future__ import annotations

from django import forms

from osler.clinic.privacy.breaches import FACTORS
from osler.clinic.privacy.codes import ASKED_BY_PATIENTS, WORDS

_DAY = forms.DateInput(attrs={"type": "date"})
_PURPOSES = [
    ("PUBHLTH", "Public health"),
    ("COVERAGE", "Required by law or court order"),
    ("HRESCH", "Research"),
    ("PATRQT", "At the patient's request"),
    ("TREAT", "Treatment"),
    ("HPAYMT", "Payment"),
    ("HOPERAT", "Health care operations"),
]


class NewRequest(forms.Form):
    """A request as it came in."""

    kind = forms.ChoiceField(
        label="What is asked", choices=[(k, WORDS[k]) for k in ASKED_BY_PATIENTS]
    )
    patient = forms.CharField(
        label="Patient",
        max_length=120,
        help_text="Record number, or name and birth date (1961-05-02)",
    )
    received = forms.DateField(
        label="Received on", widget=_DAY, required=False, help_text="Today, if empty"
    )
    focus = forms.RegexField(
        r"^[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}(/_history/\d+)?$",
        label="Part of the record",
        required=False,
        help_text="For an amendment, such as Condition/123",
    )
    text = forms.CharField(label="In the patient's words", widget=forms.Textarea(attrs={"rows": 4}))


class Words(forms.Form):
    """A step that needs a reason or an answer."""

    text = forms.CharField(label="Text", widget=forms.Textarea(attrs={"rows": 3}))


class Accepted(Words):
    """An accepted amendment, and the version that mends the entry."""

    changed = forms.CharField(
        label="Mended version", required=False, help_text="Such as Condition/123/_history/3"
    )


class Agreed(Words):
    """A restriction that the practice agrees to."""

    actors = forms.CharField(
        label="To whom", required=False, help_text="Such as Practitioner/1, Organization/2"
    )
    purposes = forms.MultipleChoiceField(
        label="For which purposes",
        required=False,
        choices=_PURPOSES,
        widget=forms.CheckboxSelectMultiple,
    )
    until = forms.DateField(label="Until", widget=_DAY, required=False)


class Affected(forms.Form):
    """Whose data a breach touches."""

    patients = forms.CharField(
        label="Patients",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Ids, one on each line",
    )


class Assessment(forms.Form):
    """The four factors of a breach and what follows from them."""

    risk = forms.ChoiceField(
        label="So this is",
        choices=[("breach", "a breach"), ("low", "a low probability of compromise")],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        for name, words in FACTORS.items():
            self.fields[name] = forms.CharField(
                label=words, widget=forms.Textarea(attrs={"rows": 2})
            )


class Review(Words):
    """What was found of an emergency access or an anomaly."""

    finding = forms.ChoiceField(
        label="It was",
        choices=[("proper", "proper"), ("improper", "improper: opens a breach case")],
    )


class NewBreach(Words):
    """A breach that was discovered."""

    discovered = forms.DateField(label="Discovered on", widget=_DAY)


class NewDisclosure(forms.Form):
    """A disclosure for the register."""

    recipient = forms.CharField(label="Recipient", max_length=200)
    address = forms.CharField(label="Address", max_length=300, required=False)
    what = forms.CharField(label="What was disclosed", max_length=500)
    purpose = forms.ChoiceField(label="Purpose", choices=_PURPOSES)
    why = forms.CharField(label="Basis, in words", max_length=300, required=False)
    suspended_until = forms.DateField(
        label="Not in accountings until",
        widget=_DAY,
        required=False,
        help_text="Only at the written request of law enforcement",
    )
