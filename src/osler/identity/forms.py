"""The forms of signing in; a telephone's keyboard and a password manager know what each field is for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from osler.identity import passwords
from osler.identity.models import Account

_PLAIN = {"autocapitalize": "none", "spellcheck": "false"}


def _password(label: Any, autocomplete: str, **more: Any) -> forms.CharField:
    """A field whose spaces count, that takes what is pasted."""
    attributes = {"autocomplete": autocomplete, **_PLAIN}
    return forms.CharField(
        label=label,
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs=attributes | more),
    )


class SignIn(forms.Form):
    """Login name and password."""

    login = forms.CharField(
        label=gettext_lazy("Login name or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, **_PLAIN}),
    )
    password = _password(gettext_lazy("Password"), "current-password")


class Code(forms.Form):
    """A code of an app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code from your app, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, **_PLAIN}
        ),
    )


class AppCode(forms.Form):
    """The first code that a new app shows."""

    code = forms.CharField(
        label=gettext_lazy("Six digits that the app shows"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", **_PLAIN}
        ),
    )


class Password(forms.Form):
    """The password of whoever is signed in, once more."""

    password = _password(gettext_lazy("Password"), "current-password", autofocus=True)


class NewPassword(forms.Form):
    """A new password, typed once: it can be shown."""

    new_password = _password(gettext_lazy("New password"), "new-password")

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._account = account
        self.fields["new_password"].help_text = passwords.hint(account)

    def clean_new_password(self) -> str:
        """Refuse what is short or guessable."""
        value: str = self.cleaned_data["new_password"]
        found = passwords.problems(value, self._account)
        if found:
            raise ValidationError(found)
        return value


class ChangePassword(NewPassword):
    """The present password, then the new one."""

    password = _password(gettext_lazy("Present password"), "current-password")
    field_order = ("password", "new_password")


class Forgotten(forms.Form):
    """Who wants a new password."""

    login = forms.CharField(
        label=gettext_lazy("Login name or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, **_PLAIN}),
    )


class Passkey(forms.Form):
    """What the browser answered, and how its owner calls it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "So that you know later which it is, such as “iPhone” or “blue key”."
        ),
    )
    credential = forms.CharField(widget=forms.HiddenInput, max_length=20_000)
