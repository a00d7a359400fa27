"""How chart pages say codes: kinds of events, sexes, severities, how long ago something was."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext, ngettext

from osler.kit import clock
from osler.kit.words import N_
from osler.ui import formats

KINDS = {
    "visits": (N_("Visits"), N_("Visit"), "door-open"),
    "notes": (N_("Notes"), N_("Note"), "notebook-pen"),
    "results": (N_("Results"), N_("Result"), "flask-conical"),
    "documents": (N_("Documents"), N_("Document"), "file-text"),
    "problems": (N_("Problems"), N_("Problem"), "clipboard-list"),
    "medications": (N_("Medications"), N_("Medication"), "pill"),
    "allergies": (N_("Allergies"), N_("Allergy"), "shield-alert"),
    "immunizations": (N_("Immunizations"), N_("Immunization"), "syringe"),
    "procedures": (N_("Procedures"), N_("Procedure"), "scissors"),
    "appointments": (N_("Appointments"), N_("Appointment"), "calendar-clock"),
    "messages": (N_("Messages"), N_("Message"), "message-square"),
    "vitals": (N_("Vitals"), N_("Vital sign"), "activity"),
}
"""Kinds of events: many, one, and the icon."""
CODES = {
    "female": N_("Female"),
    "male": N_("Male"),
    "other": N_("Other"),
    "unknown": N_("Unknown"),
    "severe": N_("severe"),
    "moderate": N_("moderate"),
    "mild": N_("mild"),
}


def ago(value: str | datetime | None) -> str:
    """Today, yesterday, 12 days ago, 5 months ago, 3 years ago."""
    if not value:
        return ""
    days = (formats.today() - formats.as_date(value)).days
    if days < 0:
        return gettext("in the future")
    if days == 0:
        return _hours(value)
    if days == 1:
        return gettext("yesterday")
    if days < 60:
        return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}
    if days < 730:
        months = days * 100 // 3044
        return ngettext("%(n)s month ago", "%(n)s months ago", months) % {"n": months}
    years = days * 100 // 36525
    return ngettext("%(n)s year ago", "%(n)s years ago", years) % {"n": years}


def _hours(value: str | datetime) -> str:
    """Of today: how many hours, where it is hours."""
    instant = formats.as_instant(value)
    hours = 0 if instant is None else int((clock.now() - instant).total_seconds() // 3600)
    if hours < 1:
        return gettext("today")
    return ngettext("%(n)s hour ago", "%(n)s hours ago", hours) % {"n": hours}


def short_day(value: str) -> str:
    """Today; Nov 20 of this year; Nov 2024 of others."""
    if not value:
        return ""
    day, today = formats.as_date(value), formats.today()
    if day == today:
        return gettext("Today")
    text = formats.day(day)
    return text.rpartition(",")[0] or text if day.year == today.year else formats.day(value[:7])
