"""A role as a form: what it permits in words, and each grant with its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from osler.access import PERMISSIONS, Grant, Role, reach
from osler.access.labels import CATEGORIES
from osler.access.role import INTERACTIONS
from osler.identity import proxies
from osler.identity.words import spoken
from osler.kit.errors import Issue
from osler.ui.forms import Form

_WIDE = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
_ORDER = ("read", "vread", "search", "history", "create", "update", "patch", "delete")
_NEEDS = (
    ("", gettext_lazy("whoever has the role")),
    ("proxy", gettext_lazy("who acts for a patient")),
    *(
        (
            f"proxy:{code}",
            format_lazy(gettext_lazy("who acts for a patient, for: {code}"), code=code),
        )
        for code in proxies.CATEGORIES
    ),
    ("scopes", gettext_lazy("programs, as far as the scopes of their token go")),
)
assert frozenset(_ORDER) == INTERACTIONS


_PLACE = re.compile(r"grants\[(\d+)\]\.?(\w*).*")


def _whose() -> str:
    """Each way of saying which patients, with what it means."""
    some = reach.WORDS.items()
    return "; ".join(f"{name or gettext('empty')}: {gettext(words)}" for name, words in some)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


class RoleForm(Form):
    """What a role is, apart from its grants."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9-]{1,40}$",
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Small letters and -"),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    description = forms.CharField(
        label=gettext_lazy("What it is for"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("May also"),
        required=False,
        choices=lambda: [(code, gettext(words)) for code, words in PERMISSIONS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    purposes = forms.CharField(
        label=gettext_lazy("Purposes of use"),
        help_text=gettext_lazy("Codes; the first is the usual one"),
    )
    mfa = forms.BooleanField(label=gettext_lazy("Needs a second factor to sign in"), required=False)
    idle_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes until the screen locks"), min_value=1, max_value=120
    )
    break_glass = forms.BooleanField(
        label=gettext_lazy("May break the glass in an emergency"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, now: int, known: frozenset[str] | None, **kwargs: Any) -> None:
        """`now` is the role's present version; `known` the codes that a copy cannot have, None for a change."""
        super().__init__(*args, **kwargs)
        self._now, self._known = now, known
        self.fields["code"].disabled = known is None  # What is sent for it counts for nothing.

    def clean_code(self) -> str:
        """A copy is a role of its own, and takes no other's place."""
        code: str = self.cleaned_data["code"]
        if self._known is not None and code in self._known:
            raise forms.ValidationError(gettext("There is a role with this code; choose another."))
        return code

    def clean_version(self) -> int:
        """What somebody else has saved meanwhile is not to be lost."""
        version: int = self.cleaned_data["version"]
        if version != self._now:
            raise forms.ValidationError(
                gettext(
                    "Somebody else has saved this role since you opened it: open it again to see their change."
                )
            )
        return version

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


class GrantForm(Form):
    """One grant."""

    types = forms.CharField(
        label=gettext_lazy("Kinds of resources"),
        widget=_WIDE,
        help_text=gettext_lazy("Types and groups, such as Observation or @clinical"),
    )
    patients = forms.CharField(
        label=gettext_lazy("Of whom"), required=False, widget=_WIDE, help_text=lazy(_whose, str)()
    )
    where = forms.CharField(
        label=gettext_lazy("Only where"),
        widget=_WIDE,
        required=False,
        help_text=gettext_lazy("A FHIR search, such as status=final"),
    )
    interactions = forms.MultipleChoiceField(
        label=gettext_lazy("May"),
        choices=[(one, one) for one in _ORDER],
        widget=forms.CheckboxSelectMultiple,
    )
    hidden = forms.CharField(label=gettext_lazy("Not shown"), widget=_WIDE, required=False)
    readonly = forms.CharField(
        label=gettext_lazy("Not to be changed"), widget=_WIDE, required=False
    )
    labels = forms.MultipleChoiceField(
        label=gettext_lazy("Including"),
        required=False,
        choices=lambda: [(one.code, gettext(one.name)) for one in CATEGORIES.values()],
        widget=forms.CheckboxSelectMultiple,
    )
    purposes = forms.CharField(
        label=gettext_lazy("Only for the purposes"), widget=_WIDE, required=False
    )
    needs = forms.ChoiceField(label=gettext_lazy("Only for"), required=False, choices=_NEEDS)

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


def filled(grants: Any, *, kept: int) -> list[GrantForm]:
    """The forms of the grants that stay, the first `kept` of which were there before; found valid."""
    return [
        one
        for number, one in enumerate(grants.forms)
        if (number < kept or one.has_changed()) and not one.cleaned_data.get("DELETE")
    ]


def role_of(form: RoleForm, grants: list[GrantForm]) -> Role:
    """The role that was filled in; the forms have been found valid."""
    data = form.cleaned_data
    return Role(
        code=data["code"],
        name=data["name"],
        description=data["description"],
        grants=tuple(one.grant() for one in grants),
        permissions=frozenset(data["permissions"]),
        purposes=_list(data["purposes"]),
        mfa=data["mfa"],
        idle_minutes=data["idle_minutes"],
        break_glass=data["break_glass"],
    )


def complain(form: RoleForm, grants: list[GrantForm], issues: Iterable[Issue]) -> None:
    """Write what is wrong with a role to the fields that it is about."""
    for issue in issues:
        place = _PLACE.fullmatch(issue.expression or "")
        target: forms.Form = grants[int(place[1])] if place else form
        name = place[2] if place else issue.expression
        target.add_error(name if name in target.fields else None, spoken(issue.diagnostics))
