"""How an account wants its pages, and whose charts it opened last."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0010_people")]

    operations = [
        migrations.CreateModel(
            name="Preferences",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="preferences",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        choices=[
                            ("system", "System"),
                            ("light", "Light"),
                            ("dark", "Dark"),
                            ("contrast", "Contrast"),
                        ],
                        default="system",
                        max_length=10,
                    ),
                ),
                (
                    "density",
                    models.CharField(
                        choices=[("cosy", "Cosy"), ("compact", "Compact"), ("touch", "Touch")],
                        default="cosy",
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                (
                    "units",
                    models.CharField(
                        choices=[("us", "Us"), ("metric", "Metric")], default="us", max_length=10
                    ),
                ),
                ("keys", models.BooleanField(default=True)),
                ("home", models.CharField(blank=True, default="", max_length=60)),
                ("recent", models.JSONField(default=list)),
            ],
            options={"db_table": "identity_preferences"},
        ),
    ]
