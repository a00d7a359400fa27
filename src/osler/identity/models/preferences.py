"""How an account wants its pages, and whose charts it opened last."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from osler.identity.models.account import Account


class Preferences(models.Model):
    """One row for each account that changed anything; without a row the defaults hold.

    `recent` has logical ids alone: names are read from the record each time, by whoever may see them.
    """

    class Theme(models.TextChoices):
        """Whose colors."""

        SYSTEM = "system"
        LIGHT = "light"
        DARK = "dark"
        CONTRAST = "contrast"

    class Density(models.TextChoices):
        """How close rows stand."""

        COSY = "cosy"
        COMPACT = "compact"
        TOUCH = "touch"

    class Units(models.TextChoices):
        """In which units measurements are shown and typed; they are kept in UCUM's."""

        US = "us"
        METRIC = "metric"

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    theme = models.CharField(max_length=10, choices=Theme.choices, default=Theme.SYSTEM)
    density = models.CharField(max_length=10, choices=Density.choices, default=Density.COSY)
    language = models.CharField(max_length=10, blank=True, default="")
    units = models.CharField(max_length=10, choices=Units.choices, default=Units.US)
    keys = models.BooleanField(default=True)
    home = models.CharField(max_length=60, blank=True, default="")
    recent = models.JSONField(default=list)

    class Meta:
        """Names of ours for the table."""

        db_table = "identity_preferences"

    CHOSEN: ClassVar = ("theme", "density", "language", "units", "keys", "home")
    """What a person chooses, in the order of the page."""

    def __str__(self) -> str:
        return f"{self.theme}, {self.density}, {self.units}"
