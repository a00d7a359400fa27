"""The forms of the practice's own data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from osler.clinic.practice import organizations, parts, places, practitioners
from osler.identity.words import spoken
from osler.kit.errors import Invalid
from osler.ui.forms import Form
from osler.ui.page import one_line

Choice = tuple[str, str]
_NONE: Choice = ("", "–")


class _Line(forms.CharField):
    """One line of text, without what no line has."""

    def __init__(self, label: str, most: int = 120, *, required: bool = False, **more: Any) -> None:
        super().__init__(
            label=gettext_lazy(label), max_length=most, required=required, strip=True, **more
        )

    def to_python(self, value: Any) -> str:
        """Breaks are spaces."""
        return one_line(str(super().to_python(value) or ""))


class _Switch(forms.BooleanField):
    """On or off, as the other values: "on" or ""."""

    def __init__(self, label: str) -> None:
        super().__init__(label=gettext_lazy(label), required=False)

    def clean(self, value: Any) -> Any:
        """What forms compare."""
        return "on" if super().clean(value) else ""


def _choice(label: str, *, required: bool = False) -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy(label), required=required)


def _email(label: str) -> forms.EmailField:
    return forms.EmailField(label=gettext_lazy(label), required=False, max_length=200)


def _choices(form: forms.Form, name: str, choices: Sequence[Choice]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField | forms.MultipleChoiceField)
    field.choices = list(choices)


def _said(labels: dict[str, Any]) -> list[Choice]:
    return [(code, _(word[0] if isinstance(word, tuple) else word)) for code, word in labels.items()]  # fmt: skip


def _npi(text: str) -> str:
    try:
        return parts.checked_npi(text)
    except Invalid as error:
        raise ValidationError(spoken(error)) from error


class _Addressed(Form):
    """What every organization and place has: telephones and an address."""

    phone = _Line("Telephone", 40, widget=forms.TextInput(attrs={"type": "tel"}))
    fax = _Line("Fax", 40, widget=forms.TextInput(attrs={"type": "tel"}))
    email = _email("E-mail")
    line = forms.CharField(
        label=gettext_lazy("Street"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    city = _Line("City", 80)
    state = _Line("State", 40)
    postal = _Line("ZIP code", 20)
    country = _Line("Country", 40)


class OrganizationForm(_Addressed):
    """The practice, a department, a payer, a laboratory."""

    field_order = ("name", "kind", "part_of", "npi", "tax", "phone", "fax", "email", "url")
    name = _Line("Name", 160, required=True)
    kind = _choice("Kind", required=True)
    part_of = _choice("Part of")
    npi = _Line("NPI", 20)
    tax = _Line("Tax number (EIN)", 20)
    url = forms.URLField(
        label=gettext_lazy("Web site"), required=False, max_length=200, assume_scheme="https"
    )
    active = _Switch("In use")

    def __init__(self, *args: Any, others: Sequence[Choice] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "kind", _said(organizations.KINDS))
        _choices(self, "part_of", [_NONE, *others])

    def clean_npi(self) -> str:
        """Ten digits of which the last checks the others."""
        return _npi(self.cleaned_data["npi"])


class PlaceForm(_Addressed):
    """A site or a room, with its hours."""

    field_order = ("name", "kind", "part_of", "organization", "status", "description")
    name = _Line("Name", 120, required=True)
    kind = _choice("Kind", required=True)
    part_of = _choice("Part of")
    organization = _choice("Organization")
    status = _choice("Use", required=True)
    description = _Line("Note", 300)
    zone = _choice("Time zone")
    closed = _Line("Closed on", 300)

    def __init__(
        self,
        *args: Any,
        others: Sequence[places.Line] = (),
        organizations: Sequence[Choice] = (),
        own: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._own, self._others = own, others
        named = [(one.id, f"{'– ' * one.depth}{one.name}") for one in others if one.id != own]
        _choices(self, "kind", _said(places.KINDS))
        _choices(self, "status", _said(places.STATUSES))
        _choices(self, "part_of", [_NONE, *named])
        _choices(self, "organization", [_NONE, *organizations])
        _choices(self, "zone", [_NONE, *((one, one.replace("_", " ")) for one in places.zones())])
        for day, word in places.DAYS.items():
            self.fields[day] = _Line(word, 80)

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields of the week."""
        return [self[day] for day in places.DAYS]

    def clean(self) -> dict[str, Any]:
        """Hours that can be read, and no place inside itself."""
        given = super().clean() or {}
        for day in places.DAYS:
            try:
                places.spans(given.get(day, ""))
            except Invalid as error:
                self.add_error(day, spoken(error))
        if places.under_itself(self._others, self._own, given.get("part_of", "")):
            self.add_error("part_of", _("A place cannot be part of itself."))
        return given


class PractitionerForm(Form):
    """Somebody who works here."""

    title = _Line("Title", 20)
    given = _Line("Given names", 80)
    family = _Line("Family name", 80, required=True)
    suffix = _Line("Credentials", 80, help_text=gettext_lazy("Such as MD, FACP"))
    npi = _Line("NPI", 20)
    phone = _Line("Telephone", 40, widget=forms.TextInput(attrs={"type": "tel"}))
    email = _email("E-mail")
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), required=False, widget=forms.CheckboxSelectMultiple
    )
    active = _Switch("Works here")

    def __init__(self, *args: Any, spoken: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        more = {code: code for code in spoken if code not in practitioners.LANGUAGES}
        _choices(self, "languages", _said({**practitioners.LANGUAGES, **more}))

    def clean_npi(self) -> str:
        """Ten digits of which the last checks the others."""
        return _npi(self.cleaned_data["npi"])


class WorkForm(Form):
    """What somebody does where."""

    organization = _choice("Organization", required=True)
    job = _choice("Work")
    specialty = _Line("Specialties", 200, help_text=gettext_lazy("Several with commas between"))
    sites = forms.MultipleChoiceField(
        label=gettext_lazy("Sites"), required=False, widget=forms.CheckboxSelectMultiple
    )
    active = _Switch("In use")

    def __init__(
        self,
        *args: Any,
        organizations: Sequence[Choice] = (),
        sites: Sequence[Choice] = (),
        job: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        jobs = _said(practitioners.JOBS)
        more = [(job, job)] if job and job not in practitioners.JOBS else []
        _choices(self, "organization", organizations)
        _choices(self, "job", [_NONE, *jobs, *more])
        _choices(self, "sites", sites)
