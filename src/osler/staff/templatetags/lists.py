"""Filters of the lists' pages: partial dates and ages, and codes of FHIR as people say them."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

from osler.clinic.allergies import writing as allergies
from osler.clinic.immunizations import vaccines
from osler.clinic.medications import listing as medications
from osler.clinic.problems import writing as problems
from osler.clinic.procedures import done
from osler.ui import formats

register = template.Library()


@register.filter
def partial(value: str) -> str:
    """A date as exact as it is known, or "at 12"."""
    if value.startswith("at "):
        return gettext("at age %s") % value.removeprefix("at ")
    return str(formats.day(value))


@register.filter
def verification(code: str) -> str:
    """How sure a problem or an allergy is."""
    return _said(code, problems.VERIFICATIONS)


@register.filter
def medication_status(code: str) -> str:
    """The status of a drug."""
    return _said(code, medications.STATUSES)


@register.filter
def procedure_status(code: str) -> str:
    """The status of a procedure."""
    return _said(code, done.STATUSES)


@register.filter
def vaccine_kind(code: str) -> str:
    """Given here, elsewhere, or not."""
    return _said(code, vaccines.KINDS)


@register.filter
def severity(code: str) -> str:
    """How bad a reaction was."""
    return _said(code, allergies.SEVERITIES)


def _said(code: str, table: dict[str, str]) -> str:
    return gettext(table[code]) if code in table else code
