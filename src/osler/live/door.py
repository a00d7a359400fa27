"""The door of live updates: GET /live/stream, a stream of events for one browser.

A stream holds a thread, so there is a cap on them; whoever finds it reached asks every 20 seconds instead.
It is no use of the session: an idle one is locked as if nobody listened, and then the stream ends.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from osler.access import Principal
from osler.kit.errors import NotAllowed, NotAuthenticated, OslerError
from osler.live.hub import Hub, Receiver
from osler.record import Record, changing
from osler.record.changing import Change

PATH = "/live/stream"
BEAT_S = 15.0
"""How often a silent stream says that it lives, and whether its session still does."""
SILENT_S = 2.0
"""A session that has been locked or ended is told nothing after so long."""
LIFE_S = 600.0
"""So long at most; the browser comes again by itself."""
OF_ONE_ACCOUNT = 4
"""Browsers, each with a session of its own."""
_LOOKS_FOR_GONE = 4
_BEATS_S = 0.05
"""To a browser that was closed the first beat can still be written, the next ones fail and free its place."""
_RETRY_MS = 2_000
_SAME_SITE = {"same-origin", "none", ""}
Start = Callable[..., Any]
Authenticate = Callable[[Mapping[str, Any]], Principal]
_HEADERS = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),  # A proxy that collected events would make them late.
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]


class Door:
    """A WSGI application. `authenticate` answers whose session it is, without counting as its use."""

    def __init__(self, record: Record, authenticate: Authenticate, *, at_most: int) -> None:
        self._record = record
        self._authenticate = authenticate
        self._at_most = at_most
        self.hub = Hub(record.database)

    def __call__(self, environ: Mapping[str, Any], start_response: Start) -> Iterable[bytes]:
        """A stream, or the refusal of one."""
        if environ["REQUEST_METHOD"] != "GET":
            return _refuse(start_response, "405 Method Not Allowed", ("Allow", "GET"))
        try:
            principal = self._of(environ)
        except NotAuthenticated:
            return _refuse(start_response, "401 Unauthorized")
        except NotAllowed:
            return _refuse(start_response, "403 Forbidden")
        except OslerError:
            return _refuse(start_response, "503 Service Unavailable", ("Retry-After", "5"))
        # A browser has one stream for all its tabs: an earlier one is that of a page it has left, which
        # shows only at the next beat. Who goes from page to page would soon find the cap of an account.
        self.hub.end_of(principal.session)
        if self.hub.stopped:
            return _refuse(start_response, "503 Service Unavailable", ("Retry-After", "60"))
        if self._is_full(principal):
            # A browser takes this for "do not come again" and complains of nothing: the page asks instead.
            start_response("204 No Content", [("Cache-Control", "no-store")])
            return []
        start_response("200 OK", list(_HEADERS))
        return Stream(self._record, self.hub, principal, lambda: self._of(environ), _last(environ))

    def _of(self, environ: Mapping[str, Any]) -> Principal:
        if environ.get("HTTP_SEC_FETCH_SITE", "") not in _SAME_SITE:
            raise NotAllowed("Another site's page gets no stream.")
        principal = self._authenticate(environ)
        if principal.patient is not None or principal.session is None:
            raise NotAllowed("Live updates are for who works here.")
        return principal

    def _is_full(self, principal: Principal) -> bool:
        """Whether the cap is reached, by browsers that are still there."""
        for _ in range(_LOOKS_FOR_GONE):
            if self.hub.streams(principal.id) < OF_ONE_ACCOUNT:
                break
            self.hub.beat(principal.id)
            time.sleep(_BEATS_S)
        hub = self.hub
        return hub.streams() >= self._at_most or hub.streams(principal.id) >= OF_ONE_ACCOUNT


class Stream:
    """The events of one browser, as the parts of an answer."""

    def __init__(
        self,
        record: Record,
        hub: Hub,
        principal: Principal,
        again: Callable[[], Principal],
        last: str,
    ) -> None:
        self._record, self._hub, self._again, self._last = record, hub, again, last
        self._receiver = Receiver(principal)
        hub.join(self._receiver)
        self._checked = time.monotonic()
        self._parts = self._events()

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        """The browser has gone."""
        self._hub.leave(self._receiver)

    def _events(self) -> Iterator[bytes]:
        until = time.monotonic() + LIFE_S
        try:
            yield b"retry: %d\n\n" % _RETRY_MS
            yield from self._missed()
            while time.monotonic() < until and not self._receiver.over:
                parts = list(self._next())
                if self._has_ended(SILENT_S if parts else 0.0):
                    yield _event("closed", {})
                    return
                yield from parts or [b": still here\n\n"]
        finally:
            self.close()

    def _has_ended(self, known_for: float) -> bool:
        """Whether the session is over or locked; what was found so many seconds ago is good still."""
        if time.monotonic() - self._checked < known_for:
            return False
        try:
            self._receiver.principal = self._again()
            self._checked = time.monotonic()
        except (NotAuthenticated, NotAllowed):
            return True
        except OslerError:
            return False  # The database is away: the next beat asks again.
        return False

    def _missed(self) -> Iterator[bytes]:
        """What happened while the browser was not connected."""
        if not self._last:
            return
        try:
            watched = self._receiver.watched = self._record.watched(self._receiver.principal)
            found = changing.since(self._record.database, self._last, watched)
        except OslerError:
            yield _event("missed", {})
            return
        if found.more:
            yield _event("missed", {}, found.cursor)
        yield from self._tell([(one, found.cursor) for one in found.changes])

    def _next(self) -> Iterator[bytes]:
        """What is to be told now; nothing after a while in which there was nothing."""
        receiver = self._receiver
        with receiver.ready:
            if not (receiver.changes or receiver.people or receiver.missed or receiver.over):
                receiver.ready.wait(BEAT_S)
            changes = list(receiver.changes)
            people, missed = receiver.people, receiver.missed
            receiver.changes.clear()
            receiver.people = receiver.missed = False
        if missed:
            yield _event("missed", {})
        try:
            yield from self._tell(changes)
            if people:
                yield self._present()
        except OslerError:
            yield _event("missed", {})

    def _tell(self, changes: list[tuple[Change, str]]) -> Iterator[bytes]:
        receiver = self._receiver
        cursors = {(one.type, one.id, one.version): cursor for one, cursor in changes}
        found = (one for one, _ in changes)
        for one in changing.told(self._record, receiver.principal, receiver.watched, found):
            yield _event(
                "change",
                changing.as_json(one, receiver.principal),
                cursors[one.type, one.id, one.version],
            )

    def _present(self) -> bytes:
        receiver = self._receiver
        found = self._record.present(receiver.principal, receiver.watched)
        rows = [{"patient": one.patient, "name": one.name, "doing": one.doing} for one in found]
        return _event("present", {"watched": sorted(receiver.watched), "people": rows})


def _event(name: str, data: dict[str, Any], id: str = "") -> bytes:
    cursor = f"id: {id}\n" if id else ""
    return f"{cursor}event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def _last(environ: Mapping[str, Any]) -> str:
    found = str(environ.get("HTTP_LAST_EVENT_ID", ""))
    return found if found.isascii() and found.isdecimal() and len(found) < 20 else ""


def _refuse(start_response: Start, status: str, *headers: tuple[str, str]) -> list[bytes]:
    start_response(status, [("Content-Length", "0"), ("Cache-Control", "no-store"), *headers])
    return [b""]
