"""Sessions, browsers and counts of failed attempts."""

from __future__ import annotations

import django.db.models.deletion
import osler.identity.models.account
import osler.kit.clock
from django.conf import settings
from django.db import migrations, models


def _new_id() -> models.UUIDField[str, str]:
    return models.UUIDField(
        default=osler.identity.models.account.new_id,
        editable=False,
        primary_key=True,
        serialize=False,
    )


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", _new_id()),
                ("browser", models.CharField(max_length=64)),
                ("client", models.CharField(blank=True, max_length=200)),
                ("address", models.CharField(blank=True, max_length=64)),
                ("first_seen", models.DateTimeField(default=osler.kit.clock.now)),
                ("last_seen", models.DateTimeField(default=osler.kit.clock.now)),
                ("forgotten", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "identity_device",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "browser"), name="identity_device_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", _new_id()),
                ("key_hash", models.CharField(max_length=64, unique=True)),
                ("data", models.BinaryField(default=bytes)),
                ("method", models.CharField(blank=True, max_length=40)),
                ("multi", models.BooleanField(default=False)),
                ("address", models.CharField(blank=True, max_length=64)),
                ("client", models.CharField(blank=True, max_length=200)),
                ("created", models.DateTimeField(default=osler.kit.clock.now)),
                ("last_seen", models.DateTimeField(default=osler.kit.clock.now)),
                ("authenticated", models.DateTimeField(null=True)),
                ("locked", models.DateTimeField(null=True)),
                ("expires", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
                ("ended_why", models.CharField(blank=True, max_length=40)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="identity.device",
                    ),
                ),
            ],
            options={
                "db_table": "identity_session",
                "indexes": [
                    models.Index(fields=["account", "-created"], name="identity_session_account"),
                    models.Index(fields=["expires"], name="identity_session_expires"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("last", models.DateTimeField(default=osler.kit.clock.now)),
                ("until", models.DateTimeField(default=osler.kit.clock.now)),
            ],
            options={
                "db_table": "identity_throttle",
                "indexes": [models.Index(fields=["last"], name="identity_throttle_last")],
            },
        ),
    ]
