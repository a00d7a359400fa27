"""One thread of a process looks what was written and tells the streams; it sleeps while there is none.

Why it looks instead of being told by each commit: docs/adr/0012-live-door.md
"""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field

from osler.access import Principal
from osler.kit.database import Database
from osler.kit.errors import OslerError
from osler.record import changing
from osler.record.changing import Change
from osler.record.drafting import Present

_log = logging.getLogger("osler.live")
EVERY_S = 0.3
"""A look takes well under a millisecond; people are told within a second."""
_TABS_EVERY = 3
_AWAY_S = 2.0
_MORE_EVERY_S = 20.0
_REMEMBERED = 10_000
_WAITING_AT_MOST = 300

Tabs = dict[str, frozenset[Present]]


@dataclass(eq=False)
class Receiver:
    """What one stream waits for. Its own thread takes from it; the hub's puts into it."""

    principal: Principal
    watched: frozenset[str] = frozenset()
    changes: deque[tuple[Change, str]] = field(default_factory=deque)
    missed: bool = False
    people: bool = True  # Whether somebody has come or gone since it was told.
    over: bool = False
    told_of_more: float = float("-inf")
    ready: threading.Condition = field(default_factory=threading.Condition)

    def put(self, change: Change, cursor: str) -> None:
        """Have this told, unless too much waits already: then, that it has missed something."""
        with self.ready:
            if len(self.changes) >= _WAITING_AT_MOST:
                self.missed = True
                self.changes.clear()
            else:
                self.changes.append((change, cursor))
            self.ready.notify()

    def wake(self, *, over: bool = False, people: bool = False, missed: bool = False) -> None:
        """Something else is to be told, or it is over."""
        with self.ready:
            self.over, self.people = self.over or over, self.people or people
            self.missed = self.missed or missed
            self.ready.notify()


class Hub:
    """The receivers of one process and the thread that looks for them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._receivers: set[Receiver] = set()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._known: OrderedDict[tuple[str, str, int], None] = OrderedDict()
        self._people: Tabs = {}
        self.stopped = False

    def join(self, receiver: Receiver) -> None:
        """Tell this one from now on."""
        with self._lock:
            self._receivers.add(receiver)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()

    def leave(self, receiver: Receiver) -> None:
        """No more."""
        with self._lock:
            self._receivers.discard(receiver)

    def end_of(self, session: str | None) -> None:
        """End the streams of a session: its browser asks for a new one."""
        with self._lock:
            ended = {one for one in self._receivers if one.principal.session == session}
            self._receivers -= ended
        for one in ended:
            one.wake(over=True)

    def beat(self, account: str) -> None:
        """Have each stream of an account write now: one whose browser has gone ends by that."""
        for one in self._all():
            if one.principal.id == account:
                one.wake()

    def streams(self, account: str | None = None) -> int:
        """How many there are, of one account or of all."""
        with self._lock:
            return sum(account in (None, one.principal.id) for one in self._receivers)

    def stop(self) -> None:
        """End every stream: the server stops."""
        self.stopped = True
        self._wake.set()
        for one in self._all():
            one.wake(over=True)

    def stop_with_server(self) -> None:
        """Stop at SIGTERM or SIGINT, whoever handles these: call it in the process's first thread."""
        heard, told = socket.socketpair()
        told.setblocking(False)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        self._sockets = (heard, told)  # Open as long as the process.
        threading.Thread(target=self._listen, args=(heard,), name="live-stop", daemon=True).start()

    def _listen(self, heard: socket.socket) -> None:
        ends = {signal.SIGTERM, signal.SIGINT}
        while number := heard.recv(1):
            if number[0] in ends:
                self.stop()
                return

    def _all(self) -> list[Receiver]:
        with self._lock:
            return list(self._receivers)

    def _run(self) -> None:
        cursor, turn = "", 0
        while not self.stopped and self._goes_on():
            try:
                cursor = cursor or changing.cursor(self._database)
                if turn % _TABS_EVERY == 0:
                    self._look_at_tabs()
                cursor = self._look(cursor)
                turn += 1
                self._wake.wait(EVERY_S)
            except OslerError as error:  # Nothing is lost: the cursor stays where it is.
                _log.warning("live updates wait for the database: %s", type(error).__name__)
                self._wake.wait(_AWAY_S)

    def _goes_on(self) -> bool:
        """Whether anybody listens; with nobody, the thread ends and the next one begins anew."""
        with self._lock:
            if not self._receivers:
                self._thread = None
                self._people = {}
            return bool(self._receivers)

    def _look(self, cursor: str) -> str:
        receivers = self._all()
        patients = {id for one in receivers for id in one.watched}
        found = changing.since(self._database, cursor, patients)
        new = [one for one in found.changes if self._is_new(one)]
        for receiver in receivers:
            if found.more:  # A load of data: nobody is told of each, and not all the time.
                self._told_of_more(receiver)
            for change in new:
                if changing.concerns(change, receiver.principal, receiver.watched):
                    receiver.put(change, found.cursor)
        return found.cursor

    def _told_of_more(self, receiver: Receiver) -> None:
        now = time.monotonic()
        if now - receiver.told_of_more > _MORE_EVERY_S:
            receiver.told_of_more = now
            receiver.wake(missed=True)

    def _is_new(self, change: Change) -> bool:
        key = (change.type, change.id, change.version)
        if key in self._known:
            return False
        self._known[key] = None
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return True

    def _look_at_tabs(self) -> None:
        """Who has what open: what each session watches, and who is to be told that somebody came or went."""
        rows = changing.open_tabs(self._database)
        watched: dict[str, set[str]] = defaultdict(set)
        people: Tabs = {}
        for session, present in rows:
            watched[session].add(present.patient)
            people[present.patient] = people.get(present.patient, frozenset()) | {present}
        moved = {id for id in {*people, *self._people} if people.get(id) != self._people.get(id)}
        self._people = people
        for one in self._all():
            before, one.watched = one.watched, _of(watched, one.principal.session)
            if one.watched != before or moved & one.watched:
                one.wake(people=True)


def _of(watched: dict[str, set[str]], session: str | None) -> frozenset[str]:
    return frozenset(watched.get(session or "", ()))
