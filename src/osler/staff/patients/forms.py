"""The forms of patients: registration and its parts, which the demographics page edits one by one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from osler.clinic.patients.tables import race, words
from osler.kit import clock
from osler.ui.forms import Form

_NOTHING = ("", "–")


def choices(table: dict[str, str], *, empty: bool = True) -> list[tuple[str, str]]:
    """Codes with their words in the reader's language."""
    rows = [(code, _(text)) for code, text in table.items()]
    return [_NOTHING, *rows] if empty else rows


def _choice(label: Any, table: dict[str, str], **more: Any) -> forms.ChoiceField:
    more.setdefault("required", False)
    return forms.ChoiceField(label=label, choices=lambda: choices(table), **more)


def _text(label: Any, most: int = 100, **more: Any) -> forms.CharField:
    more.setdefault("required", False)
    return forms.CharField(label=label, max_length=most, **more)


def _day(label: Any, **more: Any) -> forms.DateField:
    more.setdefault("required", False)
    return forms.DateField(
        label=label, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **more
    )


class Part(Form):
    """A part of a patient; dates are given on as FHIR writes them."""

    @property
    def values(self) -> dict[str, Any]:
        """What was entered."""
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in self.cleaned_data.items()
        }


class NameForm(Part):
    """Names."""

    family = _text(gettext_lazy("Family name"))
    given = _text(gettext_lazy("Given name"))
    middle = _text(gettext_lazy("Middle names"))
    title = _text(gettext_lazy("Title"), 20)
    suffix = _text(gettext_lazy("Suffix"), 20)
    usual = _text(gettext_lazy("Name to use"))
    former = _text(gettext_lazy("Former names"), 200)

    def clean(self) -> dict[str, Any]:
        """One of the two there must be."""
        values = super().clean() or {}
        if not values.get("family") and not values.get("given"):
            self.add_error("family", _("Enter the family name, the given name or both."))
        return values


class IdentityForm(Part):
    """Birth, sex and gender."""

    born = _day(gettext_lazy("Birth date"), required=True)
    gender = _choice(gettext_lazy("Administrative sex"), words.GENDERS, required=True)
    birth_sex = _choice(gettext_lazy("Sex assigned at birth"), words.BIRTH_SEXES)
    identity = _choice(gettext_lazy("Gender identity"), words.GENDER_IDENTITIES)
    pronouns = _choice(gettext_lazy("Pronouns"), words.PRONOUNS)

    def clean_born(self) -> Any:
        """Nobody is born tomorrow."""
        born = self.cleaned_data["born"]
        if born > clock.today():
            raise ValidationError(_("The birth date is in the future."))
        return born


class SelfForm(IdentityForm):
    """The same for somebody who is registered, with what is kept beside the Patient."""

    orientation = _choice(gettext_lazy("Sexual orientation"), words.ORIENTATIONS)


class BackgroundForm(Part):
    """Race, ethnicity, language."""

    race = forms.MultipleChoiceField(
        label=gettext_lazy("Race"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: choices({**race.RACES, **race.UNANSWERED}, empty=False),
    )
    race_details = forms.MultipleChoiceField(
        label=gettext_lazy("Race in detail"),
        required=False,
        choices=lambda: choices(race.RACE_DETAILS, empty=False),
    )
    ethnicity = forms.MultipleChoiceField(
        label=gettext_lazy("Ethnicity"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: choices({**race.ETHNICITIES, **race.UNANSWERED}, empty=False),
    )
    ethnicity_details = forms.MultipleChoiceField(
        label=gettext_lazy("Ethnicity in detail"),
        required=False,
        choices=lambda: choices(race.ETHNICITY_DETAILS, empty=False),
    )
    language = _choice(gettext_lazy("Language"), words.LANGUAGES)
    interpreter = forms.ChoiceField(
        label=gettext_lazy("Interpreter needed"),
        required=False,
        choices=lambda: [_NOTHING, ("yes", _("Yes")), ("no", _("No"))],
    )
    marital = _choice(gettext_lazy("Marital status"), words.MARITAL_STATUS)

    @staticmethod
    def split(values: dict[str, Any]) -> dict[str, Any]:
        """Initial values: categories and details apart."""
        first = {*race.RACES, *race.ETHNICITIES, *race.UNANSWERED}
        made = dict(values)
        for name in ("race", "ethnicity"):
            made[name] = [code for code in values[name] if code in first]
            made[f"{name}_details"] = [code for code in values[name] if code not in first]
        return made

    @property
    def values(self) -> dict[str, Any]:
        """Categories and details together, as the Patient has them."""
        made = super().values
        for name in ("race", "ethnicity"):
            made[name] = [*made[name], *made.pop(f"{name}_details")]
        return made


class CareForm(Part):
    """Who cares for them, and the social security number, of which pages show four digits."""

    practice = forms.ChoiceField(label=gettext_lazy("Practice"))
    doctor = forms.ChoiceField(label=gettext_lazy("Primary care clinician"), required=False)
    ssn = _text(gettext_lazy("Social security number"), 11)

    def __init__(
        self,
        *args: Any,
        practices: list[tuple[str, str]],
        doctors: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practice"].choices = practices  # type: ignore[attr-defined]  # it is a ChoiceField
        self.fields["doctor"].choices = [_NOTHING, *doctors]  # type: ignore[attr-defined]  # as above
        self.fields["ssn"].widget.attrs.update({"autocomplete": "off", "inputmode": "numeric"})


class PlaceForm(Part):
    """An address."""

    use = forms.ChoiceField(
        label=gettext_lazy("Kind of address"),
        required=False,
        choices=lambda: choices(words.ADDRESS_USES, empty=False),
    )
    line1 = _text(gettext_lazy("Street"))
    line2 = _text(gettext_lazy("Apartment or unit"))
    city = _text(gettext_lazy("City"), 60)
    state = _text(gettext_lazy("State"), 40)
    postal = _text(gettext_lazy("ZIP code"), 12)
    country = _text(gettext_lazy("Country"), 40)


class ReachForm(Part):
    """A telephone number or an e-mail address."""

    system = forms.ChoiceField(
        label=gettext_lazy("By"),
        required=False,
        choices=lambda: [("phone", _("Phone")), ("email", _("E-mail")), ("sms", _("Text message")), ("fax", _("Fax"))],
    )  # fmt: skip
    value = _text(gettext_lazy("Number or address"))
    use = _choice(gettext_lazy("Use"), words.PHONE_USES)


class KinForm(Part):
    """Somebody around the patient."""

    kind = _choice(gettext_lazy("Contact for"), words.CONTACT_KINDS)
    relation = _choice(gettext_lazy("Relationship"), words.RELATIONSHIPS)
    name = _text(gettext_lazy("Name"))
    phone = _text(gettext_lazy("Telephone"), 40)


class CoverageForm(Part):
    """Insurance."""

    payer = _text(gettext_lazy("Payer"))
    member = _text(gettext_lazy("Member ID"), 40)
    group = _text(gettext_lazy("Group"), 40)
    plan = _text(gettext_lazy("Plan"), 60)
    relation = _choice(gettext_lazy("Patient is"), words.INSURED)
    start = _day(gettext_lazy("From"))
    end = _day(gettext_lazy("Until"))


class QuickForm(NameForm, IdentityForm):
    """The least that makes a patient: the rest is completed later."""

    middle = title = suffix = usual = former = None  # type: ignore[assignment]  # Django's way to leave fields out
    birth_sex = identity = pronouns = None  # type: ignore[assignment]  # as above
    phone = _text(gettext_lazy("Telephone"), 40)
    practice = forms.ChoiceField(label=gettext_lazy("Practice"))
    field_order = ("family", "given", "born", "gender", "phone", "practice")

    def __init__(self, *args: Any, practices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["practice"].choices = practices  # type: ignore[attr-defined]  # it is a ChoiceField


Places: type[BaseFormSet[PlaceForm]] = formset_factory(PlaceForm, extra=1, max_num=6)
Reach: type[BaseFormSet[ReachForm]] = formset_factory(ReachForm, extra=3, max_num=10)
Kin: type[BaseFormSet[KinForm]] = formset_factory(KinForm, extra=2, max_num=8)
Coverages: type[BaseFormSet[CoverageForm]] = formset_factory(CoverageForm, extra=2, max_num=6)


class AdvancedForm(Form):
    """Search by fields."""

    name = _text(gettext_lazy("Name"))
    born_from = _day(gettext_lazy("Born from"))
    born_until = _day(gettext_lazy("Born until"))
    gender = _choice(gettext_lazy("Sex"), words.GENDERS)
    number = _text(gettext_lazy("Record number"), 40)
    phone = _text(gettext_lazy("Telephone"), 40)
    email = _text(gettext_lazy("E-mail"))
    address = _text(gettext_lazy("Street, city or ZIP code"))
    doctor = forms.ChoiceField(label=gettext_lazy("Primary care clinician"), required=False)
    payer = _text(gettext_lazy("Payer or member ID"), 60)
    state = forms.ChoiceField(
        label=gettext_lazy("State of the record"),
        required=False,
        choices=lambda: [
            _NOTHING,
            ("active", _("Active")),
            ("inactive", _("Inactive")),
            ("deceased", _("Deceased")),
        ],
    )
    problem = _text(gettext_lazy("Code of a problem (ICD-10-CM or SNOMED CT)"), 20)

    def __init__(self, *args: Any, doctors: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["doctor"].choices = [_NOTHING, *doctors]  # type: ignore[attr-defined]  # it is a ChoiceField
