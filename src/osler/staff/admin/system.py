"""The system: health, settings without secrets, jobs, storage, backups and what is connected."""

from __future__ import annotations

import dataclasses
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as site
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import osler
from osler.identity import mail, rights
from osler.identity.models import Account
from osler.identity.words import spoken
from osler.kit.errors import NotAllowed
from osler.kit.settings import VARIABLES, Settings
from osler.kit.words import N_
from osler.record import operating
from osler.staff.admin.gates import STAFF, SYSTEM
from osler.ui.answers import go
from osler.ui.page import Asked, record

_PARTS = ("psycopg", "procrastinate", "granian", "msgspec", "django")
_PROGRAMS = frozenset({"key_command"})
"""Commands, whose arguments may hold a secret: only the program is shown."""
STATE_WORDS = (
    ("failed", N_("Failed")),
    ("waiting", N_("Waiting")),
    ("running", N_("Running")),
    ("stopped", N_("Stopped")),
    ("done", N_("Done")),
)


def _settings() -> Settings:
    found = site.OSLER
    assert isinstance(found, Settings), "the site was configured with ours"
    return found


@SYSTEM
def health(request: Asked) -> HttpResponse:
    """Versions, checks and the settings in effect."""
    about = {
        "version": osler.__version__,
        "python": platform.python_version(),
        "parts": [(name, version(name)) for name in _PARTS],
        "checks": [
            (one, ", ".join(_(part) for part in one.text.split(", ") if part))
            for one in operating.checks(record(), request.principal)
        ],
        "settings": effective(_settings()),
    }
    return render(request, "staff/admin/system.html", about)


def effective(given: Settings) -> list[dict[str, object]]:
    """Every setting with its value; of a secret only whether there is one."""
    plain = {one.name: one.default for one in dataclasses.fields(Settings)}
    rows: list[dict[str, object]] = []
    for variable in VARIABLES:
        value = getattr(given, variable.field)
        rows.append(
            {
                "name": variable.name,
                "help": spoken(variable.help),
                "secret": variable.secret,
                "set": value not in (None, (), frozenset(), ""),
                "own": value != plain.get(variable.field),
                "value": "" if variable.secret else _written(variable.field, value),
            }
        )
    return rows


def _written(name: str, value: Any) -> str:
    if name in _PROGRAMS and value:
        return f"{value[0]} …"
    match value:
        case None | () | frozenset():
            return _listed(value or ())
        case tuple():
            return " ".join(value)
        case bool():
            return "on" if value else "off"
        case str() if "://" in value:
            return _without_password(value)
        case _:
            return str(value)


def _listed(values: Any) -> str:
    return ", ".join(sorted(values))


def _without_password(url: str) -> str:
    """An address without what stands before its host or behind its path, which may be secret."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


@SYSTEM
def jobs(request: Asked) -> HttpResponse:
    """The queue: counts, the newest jobs of one state, what runs by the clock, and whether anybody works."""
    state = request.GET.get("state", "failed")
    if state not in operating.STATES:
        raise Http404
    found = operating.jobs(record(), request.principal, state)
    about = {
        "found": found,
        "state": state,
        "states": [(code, word, found.counts[code]) for code, word in STATE_WORDS],
        "most": operating.SHOWN,
    }
    return render(request, "staff/admin/jobs.html", about)


@require_POST
@SYSTEM
def job(request: Asked, number: int) -> HttpResponse:
    """Run a failed job again, or stop one."""
    act = request.POST.get("act", "")
    if act == "retry":
        operating.act(record(), request.principal, number, "retry")
        messages.success(request, _("The job is in the queue again."))
    elif act == "cancel":
        operating.act(record(), request.principal, number, "cancel")
        messages.success(request, _("The job is stopped, or stops as soon as it can."))
    else:
        raise Http404
    return go(request, reverse("admin-jobs"))


@SYSTEM
def storage(request: Asked) -> HttpResponse:
    """What takes how much room, how it grows, and what is free."""
    found = operating.storage(record(), request.principal)
    tables = sum(one.size for one in found.groups) or 1
    about = {
        "found": found,
        "shares": [(one, round(100 * one.size / tables)) for one in found.groups],
        "disk": _disk(_settings().data_dir),
        "documents_at": _documents(_settings()),
    }
    return render(request, "staff/admin/storage.html", about)


def _disk(place: Path) -> dict[str, object] | None:
    """The disk that holds the data directory; None where it cannot be asked."""
    near = next((one for one in (place, *place.absolute().parents) if one.exists()), None)
    if near is None:
        return None
    try:
        usage = shutil.disk_usage(near)
    except OSError:
        return None
    return {
        "total": usage.total,
        "free": usage.free,
        "used": round(100 * usage.used / usage.total) if usage.total else 0,
    }


def _documents(given: Settings) -> str:
    place = given.blobs_url or str(given.data_dir / "blobs")
    return _without_password(place) if "://" in place else place


def _is_built_in(given: Settings) -> bool:
    """Whether the database is Osler's own: its address then leads into the data directory."""
    return given.database_url is None or str(given.data_dir) in given.database_url


@SYSTEM
def backups(request: Asked) -> HttpResponse:
    """What must be kept elsewhere, and when it last was."""
    given = _settings()
    home = given.data_dir
    about = {
        "found": operating.storage(record(), request.principal),
        "built_in": _is_built_in(given),
        "database_at": str(home / "postgres"),
        "documents_at": _documents(given),
        "master_key": str(given.master_key_file or home / "master.key"),
        "ledger_key": str(given.ledger_key_file or home / "ledger.key"),
        "signing_key": str(home / "signing.key"),
        "archive_at": str(given.audit_archive or home / "audit-archive"),
        "key_service": bool(given.key_command),
    }
    return render(request, "staff/admin/backups.html", about)


@STAFF
def integrations(request: Asked) -> HttpResponse:
    """What is connected: from the settings, without their secrets. Raises NotAllowed."""
    held = rights.permissions(request.principal.roles)
    if not held & {"system.manage", "tokens.manage"}:
        raise NotAllowed("None of your roles has the permission system.manage or tokens.manage.")
    given = _settings()
    about = {
        "given": given,
        "oidc_roles": sorted(given.oidc_roles),
        "mail_host": urlsplit(given.smtp_url or "").hostname or "",
        "mail_port": urlsplit(given.smtp_url or "").port,
        "outbox": mail.is_outbox(),
        "programs": Account.objects.filter(kind=Account.Kind.SERVICE, is_active=True).count(),
        "anchors": _anchors(given),
        "cors": sorted(given.cors_origins),
        "outgoing": sorted(given.outgoing_allow),
        "tokens": "tokens.manage" in held,
        "people": "accounts.manage" in held,
        "system": "system.manage" in held,
    }
    return render(request, "staff/admin/integrations.html", about)


def _anchors(given: Settings) -> list[str]:
    used = {
        _("a file elsewhere"): given.ledger_anchor_file,
        _("a time-stamp service"): given.ledger_timestamp_url,
        _("an address that heads are posted to"): given.ledger_webhook,
    }
    return [name for name, value in used.items() if value]
