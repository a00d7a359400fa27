"""What is asked when results are reviewed."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from osler.clinic.results import Chosen, FollowUp
from osler.kit.errors import Invalid
from osler.ui.forms import Form


class ReviewForm(Form):
    """A comment for the chart, and what is to follow."""

    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    follow_up = forms.CharField(label=_("Follow up"), required=False, max_length=200)
    due = forms.DateField(
        label=_("By"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def wanted(self) -> FollowUp | None:
        """What is to follow; None where nothing was asked for."""
        text, due = self.cleaned_data["follow_up"].strip(), self.cleaned_data["due"]
        if due and not text:
            raise Invalid("Say what is to follow by that day.")
        return FollowUp(text, due) if text else None


def chosen(posted: QueryDict) -> list[Chosen]:
    """The tasks that were ticked, each as `id/version` in the field `task`. Raises Invalid."""
    found = []
    for one in posted.getlist("task"):
        id, _, version = one.partition("/")
        if not id or not version.isdecimal():
            raise Invalid("The form was not whole. Load the page anew and try again.")
        found.append(Chosen(id, int(version)))
    return found
