"""Which settings changed since the last start: each change is a row of the audit."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json

from osler.kit.database import Database
from osler.kit.settings import VARIABLES, Settings
from osler.main.site.secret import secret_key
from osler.record import audit_life
from osler.store.rows import Access

_SEEN = "settings.seen.json"


def note_changes(settings: Settings, database: Database) -> list[str]:
    """Write a row for every setting that is not as it was at the last start; what was written.

    Of a secret it says that it changed, not what it is: the file keeps a keyed hash of it.
    """
    now = _fingerprint(settings)
    path = settings.data_dir / _SEEN
    try:
        before: dict[str, str] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        before = now
    except ValueError:
        before = {}
    changes = [
        _words(name, before.get(name), now[name]) for name in now if before.get(name) != now[name]
    ]
    if changes:
        accesses = [Access("config-change", detail=words) for words in changes]
        audit_life.tell(database, accesses)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(now, indent=1), "utf-8")
    path.chmod(0o600)
    return changes


def _fingerprint(settings: Settings) -> dict[str, str]:
    key = secret_key(settings).encode()
    values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    found = {}
    for variable in VARIABLES:
        value = values[variable.field]
        text = json.dumps(sorted(value) if isinstance(value, frozenset) else value, default=str)
        hidden = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        found[variable.name] = f"secret {hidden}" if variable.secret and value else text
    return found


def _words(name: str, before: str | None, after: str) -> str:
    if after.startswith("secret ") or (before or "").startswith("secret "):
        return f"{name} changed"
    return f"{name}: {before if before is not None else 'unknown'} to {after}"
