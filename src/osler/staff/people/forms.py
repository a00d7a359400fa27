"""The forms about people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from osler.identity import proxies, rights, tokens
from osler.identity.models import ProxyGrant
from osler.ui.forms import Form

_DATE = {"type": "date"}
_PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


def _role_choices() -> list[tuple[str, str]]:
    return [(role.code, gettext(role.name)) for role in rights.staff_roles()]


class Roles(Form):
    """Roles, each with what it is for."""

    roles = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, choices=_role_choices, required=False
    )


class Invite(Form):
    """Whom to invite, as what."""

    name = forms.CharField(max_length=200, label=gettext_lazy("Full name"))
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("The link goes there. It works once, for 7 days."),
    )
    roles = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, choices=_role_choices)
    person = forms.CharField(
        required=False,
        label=gettext_lazy("Person in the record"),
        help_text=gettext_lazy(
            "Practitioner/… if this person treats patients; it can be set later."
        ),
        widget=forms.TextInput(attrs=_PLAIN),
    )


class Link(Form):
    """Who an account is in the record."""

    person = forms.CharField(
        required=False,
        label=gettext_lazy("Person in the record"),
        help_text=gettext_lazy("Practitioner/ and the id."),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    own_patient = forms.CharField(
        required=False,
        label=gettext_lazy("Own chart"),
        help_text=gettext_lazy(
            "Patient/ and the id, if this person is a patient here too: they see it in the portal only."
        ),
        widget=forms.TextInput(attrs=_PLAIN),
    )


class Why(Form):
    """A reason, for the audit."""

    why = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Reason (for the audit)")
    )


class FindPatient(Form):
    """Part of a name, or a record number."""

    q = forms.CharField(
        label=gettext_lazy("Patient"),
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )


class Grant(Form):
    """Who may act for the patient, and how far."""

    name = forms.CharField(max_length=200, label=gettext_lazy("Full name of who is to act"))
    kind = forms.ChoiceField(choices=ProxyGrant.Kind.choices, label=gettext_lazy("As"))
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy(
            "An invitation goes there; with it they make an account, or use the one that they have."
        ),
    )
    categories = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(code, gettext(words)) for code, words in proxies.CATEGORIES.items()],
        label=gettext_lazy("For"),
        initial=list(proxies.CATEGORIES),
    )
    basis = forms.CharField(
        label=gettext_lazy("On what grounds"),
        help_text=gettext_lazy(
            "What was seen or signed: birth certificate, court order, the patient’s agreement."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
    ends = forms.DateField(
        required=False,
        label=gettext_lazy("Until"),
        widget=forms.DateInput(attrs=_DATE),
        help_text=gettext_lazy(
            "Empty: a parent’s until the child is of age, a carer’s until it is ended."
        ),
    )
    agreed = forms.BooleanField(
        required=False,
        label=gettext_lazy("The patient (an adolescent or adult) agrees to all of it"),
    )


class NewToken(Form):
    """Which program, with what."""

    name = forms.CharField(
        max_length=63,
        label=gettext_lazy("Service"),
        help_text=gettext_lazy(
            "Small letters, digits, dots and dashes, such as lab-feed. The same service may have"
            " a second token."
        ),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    scopes = forms.CharField(
        required=False,
        label=gettext_lazy("Scopes"),
        help_text=gettext_lazy(
            "What it may do, such as system/Observation.rs; several with spaces between."
        ),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=tokens.MOST_DAYS,
        initial=tokens.DEFAULT_DAYS,
        label=gettext_lazy("Good for (days)"),
    )


def with_roles(form: forms.Form, held: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The roles of a form with what each is for, for a template."""
    field = form["roles"]
    chosen = set(field.value() or held)
    return [
        {"role": role, "checked": role.code in chosen, "id": f"role-{role.code}"}
        for role in rights.staff_roles()
    ]
