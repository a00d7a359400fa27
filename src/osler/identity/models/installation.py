"""What this installation is: set up or not yet, and whether it is the demo that everybody knows the passwords of."""

from __future__ import annotations

from django.db import models


class Installation(models.Model):
    """One row. `setup_digest` is that of the code with which a browser makes the first administrator."""

    id = models.BooleanField(primary_key=True, default=True)
    demo = models.BooleanField(default=False)
    setup_digest = models.CharField(max_length=64, blank=True)
    setup_failures = models.PositiveIntegerField(default=0)

    class Meta:
        """Names of ours for the table."""

        db_table = "identity_installation"

    def __str__(self) -> str:
        return "demo" if self.demo else "installation"
