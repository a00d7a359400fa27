"""A role as a form: what it permits in words, and each grant with its parts."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from osler.access import PERMISSIONS, Grant, Role, reach
from osler.access.labels import CATEGORIES
from osler.access.role import INTERACTIONS

_WIDE = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
_ORDER = ("read", "vread", "search", "history", "create", "update", "patch", "delete")
_WHOSE = "; ".join(f"{name or 'empty'}: {words}" for name, words in reach.WORDS.items())
assert frozenset(_ORDER) == INTERACTIONS


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


class RoleForm(forms.Form):
    """What a role is, apart from its grants."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9-]{1,40}$", label="Code", help_text="Small letters and -"
    )
    name = forms.CharField(label="Name", max_length=80)
    description = forms.CharField(
        label="What it is for", widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    permissions = forms.MultipleChoiceField(
        label="May also",
        required=False,
        choices=list(PERMISSIONS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    purposes = forms.CharField(
        label="Purposes of use", help_text="Codes; the first is the usual one"
    )
    mfa = forms.BooleanField(label="Needs a second factor to sign in", required=False)
    idle_minutes = forms.IntegerField(
        label="Minutes until the screen locks", min_value=1, max_value=120
    )
    break_glass = forms.BooleanField(label="May break the glass in an emergency", required=False)

    @staticmethod
    def initial_of(role: Role) -> dict[str, Any]:
        """The fields of a role as it is."""
        return {
            "code": role.code,
            "name": role.name,
            "description": role.description,
            "permissions": sorted(role.permissions),
            "purposes": ", ".join(role.purposes),
            "mfa": role.mfa,
            "idle_minutes": role.idle_minutes,
            "break_glass": role.break_glass,
        }


class GrantForm(forms.Form):
    """One grant."""

    types = forms.CharField(
        label="Kinds of resources",
        widget=_WIDE,
        help_text="Types and groups, such as Observation or @clinical",
    )
    patients = forms.CharField(label="Of whom", required=False, widget=_WIDE, help_text=_WHOSE)
    where = forms.CharField(
        label="Only where",
        widget=_WIDE,
        required=False,
        help_text="A FHIR search, such as status=final",
    )
    interactions = forms.MultipleChoiceField(
        label="May", choices=[(one, one) for one in _ORDER], widget=forms.CheckboxSelectMultiple
    )
    hidden = forms.CharField(label="Not shown", widget=_WIDE, required=False)
    readonly = forms.CharField(label="Not to be changed", widget=_WIDE, required=False)
    labels = forms.MultipleChoiceField(
        label="Including",
        required=False,
        choices=[(one.code, one.name) for one in CATEGORIES.values()],
        widget=forms.CheckboxSelectMultiple,
    )
    purposes = forms.CharField(label="Only for the purposes", widget=_WIDE, required=False)
    needs = forms.CharField(widget=forms.HiddenInput, required=False)

    @staticmethod
    def initial_of(grant: Grant) -> dict[str, Any]:
        """The fields of a grant as it is."""
        return {
            "types": " ".join(grant.types),
            "patients": grant.patients,
            "where": grant.where,
            "interactions": [one for one in _ORDER if one in grant.interactions],
            "hidden": " ".join(grant.hidden),
            "readonly": " ".join(grant.readonly),
            "labels": sorted(grant.labels),
            "purposes": " ".join(grant.purposes),
            "needs": grant.needs,
        }

    def grant(self) -> Grant:
        """The grant that was filled in."""
        data = self.cleaned_data
        return Grant(
            types=_list(data["types"]),
            where=data["where"],
            patients=data["patients"],
            interactions=frozenset(data["interactions"]),
            hidden=_list(data["hidden"]),
            readonly=_list(data["readonly"]),
            purposes=_list(data["purposes"]),
            labels=frozenset(data["labels"]),
            needs=data["needs"],
        )


Grants = forms.formset_factory(GrantForm, extra=1, can_delete=True, max_num=80, absolute_max=90)


def role_of(form: RoleForm, grants: Any, *, kept: int) -> Role:
    """The role that was filled in, its first `kept` grants from before; both forms have been found valid."""
    data = form.cleaned_data
    filled = [
        one.grant()
        for number, one in enumerate(grants.forms)
        if (number < kept or one.has_changed()) and not one.cleaned_data.get("DELETE")
    ]
    return Role(
        code=data["code"],
        name=data["name"],
        description=data["description"],
        grants=tuple(filled),
        permissions=frozenset(data["permissions"]),
        purposes=_list(data["purposes"]),
        mfa=data["mfa"],
        idle_minutes=data["idle_minutes"],
        break_glass=data["break_glass"],
    )
