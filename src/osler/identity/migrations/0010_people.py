"""Tokens, invitations, enrolment codes, proxies, the setup code, and mails that were not sent."""

import django.db.models.deletion
import osler.identity.models.account
import osler.kit.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_sessions")]

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("demo", models.BooleanField(default=False)),
                ("setup_digest", models.CharField(blank=True, max_length=64)),
                ("setup_failures", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "identity_installation",
            },
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(default=osler.kit.clock.now)),
                ("recipient", models.CharField(max_length=254)),
                ("subject", models.CharField(max_length=300)),
                ("body", models.TextField()),
            ],
            options={
                "db_table": "identity_mail",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="EnrolmentCode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=osler.identity.models.account.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("birth_digest", models.CharField(max_length=64)),
                ("patient", models.CharField(db_index=True, max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("created", models.DateTimeField(default=osler.kit.clock.now)),
                ("issued_by", models.CharField(max_length=64)),
                ("expires", models.DateTimeField()),
                ("failures", models.PositiveIntegerField(default=0)),
                ("revoked", models.DateTimeField(blank=True, null=True)),
                ("used", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "identity_enrolment_code",
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=osler.identity.models.account.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("email", models.EmailField(max_length=254)),
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
                ("roles", models.JSONField(default=list)),
                ("person", models.CharField(blank=True, max_length=100)),
                ("proxy", models.UUIDField(blank=True, null=True)),
                ("created", models.DateTimeField(default=osler.kit.clock.now)),
                ("invited_by", models.CharField(max_length=64)),
                ("expires", models.DateTimeField()),
                ("revoked", models.DateTimeField(blank=True, null=True)),
                ("accepted", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "identity_invitation",
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="ProxyGrant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=osler.identity.models.account.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("patient", models.CharField(db_index=True, max_length=64)),
                ("patient_name", models.CharField(max_length=200)),
                ("person", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("parent", "Parent"),
                            ("guardian", "Guardian"),
                            ("carer", "Carer"),
                        ],
                        max_length=10,
                    ),
                ),
                ("categories", models.JSONField(default=list)),
                ("narrowed", models.JSONField(default=list)),
                ("basis", models.TextField()),
                ("starts", models.DateTimeField(default=osler.kit.clock.now)),
                ("narrows", models.DateTimeField(blank=True, null=True)),
                ("ends", models.DateTimeField(blank=True, null=True)),
                ("created", models.DateTimeField(default=osler.kit.clock.now)),
                ("granted_by", models.CharField(max_length=64)),
                ("revoked", models.DateTimeField(blank=True, null=True)),
                ("revoked_by", models.CharField(blank=True, max_length=64)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proxy_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "identity_proxy_grant",
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=osler.identity.models.account.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("scopes", models.JSONField(default=list)),
                ("created", models.DateTimeField(default=osler.kit.clock.now)),
                ("created_by", models.CharField(max_length=64)),
                ("expires", models.DateTimeField()),
                ("revoked", models.DateTimeField(blank=True, null=True)),
                ("last_used", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "identity_token",
                "ordering": ["-created"],
            },
        ),
    ]
