"""The accounts, and the table of Django's cache (rate limits and the like)."""

import osler.identity.models
import osler.kit.clock
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            "CREATE TABLE identity_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL,"
            " expires timestamptz NOT NULL);"
            " CREATE INDEX identity_cache_expires ON identity_cache (expires)",
            "DROP TABLE identity_cache",
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=osler.identity.models.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("username", models.CharField(max_length=150, unique=True)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("staff", "Staff"),
                            ("patient", "Patient"),
                            ("proxy", "Proxy"),
                            ("service", "Service"),
                        ],
                        default="staff",
                        max_length=10,
                    ),
                ),
                ("person", models.CharField(blank=True, max_length=100)),
                ("patient", models.CharField(blank=True, max_length=64)),
                ("own_patient", models.CharField(blank=True, max_length=64)),
                ("roles", models.JSONField(default=list)),
                ("is_active", models.BooleanField(default=True)),
                ("created", models.DateTimeField(default=osler.kit.clock.now, editable=False)),
                ("disabled", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "identity_account",
            },
        ),
    ]
