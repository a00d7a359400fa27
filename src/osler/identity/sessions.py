"""Sessions in the database, as Django's session engine: found by a hash, encrypted, ended at once.

https://docs.djangoproject.com/en/5.2/topics/http/sessions/#extending-database-backed-session-engines
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.cookie import parse_cookie

from osler.identity.models import Account, Session
from osler.identity.requirements import mfa_required
from osler.identity.sealing import Broken, derived, seal, unseal
from osler.kit import clock
from osler.kit.errors import NotAuthenticated

LIFETIME = timedelta(hours=12)
"""The longest that anybody stays signed in, however busy."""
_UNKNOWN = timedelta(hours=1)
_KEPT = timedelta(days=90)
_ENGINE_KEYS = "osler session"


def hashed(key: str) -> str:
    """What the table knows a cookie's value by."""
    return hashlib.sha256(key.encode()).hexdigest()


class SessionStore(SessionBase):
    """One session of Django's; `row` is what the table says of it beside its data."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row: Session | None = None

    def load(self) -> dict[str, Any]:
        """The data, empty where the session is unknown, ended or too old."""
        row = _find(self.session_key)
        if row is None or self.session_key is None:
            self._session_key = None
            return {}
        self.row = row
        return self._opened(row, self.session_key)

    def exists(self, session_key: str) -> bool:
        """Whether this key is taken."""
        return Session.objects.filter(key_hash=hashed(session_key)).exists()

    def create(self) -> None:
        """A new session under a key nobody has."""
        while True:
            self._session_key = self._fresh_key()
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the data. Raises UpdateError where the session has ended meanwhile."""
        key = self.session_key
        if key is None:
            return self.create()
        plain = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # the base's
        data = self._sealed(plain, key)
        if must_create:
            self.row = _insert(key, data)
            return None
        changed: dict[str, Any] = {"data": data}
        if self.row is None or self.row.account_id is None:
            changed["expires"] = clock.now() + _UNKNOWN
        if not Session.objects.filter(key_hash=hashed(key), ended=None).update(**changed):
            raise UpdateError
        return None

    def delete(self, session_key: str | None = None) -> None:
        """End it; what never had an account leaves no trace."""
        key = session_key or self.session_key
        if key is None:
            return
        rows = Session.objects.filter(key_hash=hashed(key))
        rows.filter(account=None).delete()
        rows.filter(ended=None).update(ended=clock.now(), ended_why="signed out", data=b"")
        self.row = None

    def cycle_key(self) -> None:
        """Another value for the cookie, the same session: one that was planted before is worth nothing."""
        data = self._session  # type: ignore[attr-defined]  # the base's
        if self.row is None:
            self.create()
            self._session_cache = data
            return
        key = self._fresh_key()
        sealed, self.row.key_hash = self._sealed(data, key), hashed(key)
        rows = Session.objects.filter(pk=self.row.pk, ended=None)
        if not rows.update(key_hash=self.row.key_hash, data=sealed):
            raise UpdateError
        self._session_key, self.modified = key, True

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what nobody will ask for again."""
        now = clock.now()
        Session.objects.filter(account=None, expires__lt=now).delete()
        Session.objects.filter(expires__lt=now - _KEPT).delete()

    def _fresh_key(self) -> str:
        key: str = self._get_new_session_key()  # type: ignore[attr-defined]  # the base's
        return key

    def _sealed(self, data: Mapping[str, Any], key: str) -> bytes:
        plain = self.serializer().dumps(data)
        return seal(plain, derived(key, _ENGINE_KEYS), hashed(key).encode())

    def _opened(self, row: Session, key: str) -> dict[str, Any]:
        try:
            plain = unseal(bytes(row.data), derived(key, _ENGINE_KEYS), row.key_hash.encode())
        except Broken:  # Altered in the database: nobody's.
            self._session_key, self.row = None, None
            return {}
        loaded: dict[str, Any] = self.serializer().loads(plain)
        return loaded


def _find(key: str | None) -> Session | None:
    if not key:
        return None
    row = Session.objects.filter(key_hash=hashed(key)).first()
    return row if row is not None and row.is_open(clock.now()) else None


def _insert(key: str, data: bytes) -> Session:
    now = clock.now()
    row = Session(
        key_hash=hashed(key), data=data, created=now, last_seen=now, expires=now + _UNKNOWN
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise CreateError from error
    return row


def row_of(request: HttpRequest) -> Session | None:
    """The row of the session of this request, where there is one."""
    store = request.session
    if not isinstance(store, SessionStore):
        return None
    if store.row is None and store.session_key is not None:
        store.get(HASH_SESSION_KEY)  # Loads it.
    return store.row


def end(session: Session, why: str) -> None:
    """End one session; its cookie is worth nothing from now on."""
    Session.objects.filter(pk=session.pk, ended=None).update(
        ended=clock.now(), ended_why=why, data=b""
    )


def end_all(account: Account, why: str, *, keep: Session | None = None) -> int:
    """End every session of an account (but `keep`); answers how many there were."""
    rows = Session.objects.filter(account=account, ended=None)
    if keep is not None:
        rows = rows.exclude(pk=keep.pk)
    return rows.update(ended=clock.now(), ended_why=why, data=b"")


def end_weak(account: Account, why: str) -> int:
    """End the sessions that a password alone has opened: now more is asked for."""
    rows = Session.objects.filter(account=account, ended=None, multi=False)
    return rows.update(ended=clock.now(), ended_why=why, data=b"")


def open_sessions(account: Account) -> list[Session]:
    """The sessions of an account that have not ended, the newest use first."""
    rows = Session.objects.filter(account=account, ended=None, expires__gt=clock.now())
    return list(rows.select_related("device").order_by("-last_seen"))


def of_environ(environ: Mapping[str, Any]) -> Session:
    """The open, unlocked session whose cookie a WSGI request carries, its account loaded.

    For doors beside Django. It says nothing of CSRF: whoever lets a session write must check that.

    Raises:
        NotAuthenticated: no cookie, a session that has ended or is locked, or a second factor is missing.
    """
    from osler.identity import locking, mfa

    key = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME)
    store = SessionStore(key)
    data = store.load()
    row = store.row
    if row is None or row.account is None or not row.account.is_active:
        raise NotAuthenticated("You are not signed in, or no longer: sign in at /account/login/.")
    if data.get(HASH_SESSION_KEY) != row.account.get_session_auth_hash():
        raise NotAuthenticated("The password has changed since: sign in at /account/login/.")
    if not row.multi and (mfa_required(row.account.roles) or mfa.enrolled(row.account)):
        raise NotAuthenticated("A second factor is needed: sign in at /account/login/.")
    if locking.lock_if_idle(row, row.account):
        raise NotAuthenticated("The session is locked: unlock it at /account/lock/.")
    return row
