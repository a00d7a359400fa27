"""What people have typed and not saved yet, and who is in which chart: beside the record, under its policy.

Neither is audited: a draft is shown to nobody but who typed it, and presence to nobody who may not see the chart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import Connection

from osler.access import Principal
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Conflict, Gone, Invalid, NotAllowed, NotFound, TooCostly, TooLarge
from osler.record.context import Context
from osler.record.stamp import to_millisecond
from osler.store import changes, drafts, lookup, presence
from osler.store.drafts import Draft
from osler.store.presence import Present

__all__ = ["Draft", "Drafting", "Present", "expire"]

LIFE = timedelta(days=30)
"""A draft that nobody touched for so long is forgotten."""
AT_MOST = 50
"""Drafts of one account at a time."""
BYTES_AT_MOST = 512 * 1024
FIELDS_AT_MOST = 2_000
TABS_AT_MOST = 40
"""Open pages of one session that may say where they are."""
PRESENT_FOR = timedelta(seconds=50)
"""Whoever gave no sign of life for so long has gone."""
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/-]{0,119}")
_TAB = re.compile(r"[A-Za-z0-9-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9.-]{0,64}")
_DOING = 120


class Drafting:
    """The part of `Record` for what is not in the record yet."""

    database: Database

    def _for(self, principal: Principal) -> tuple[Context, Principal]:
        raise NotImplementedError

    def save_draft(
        self, principal: Principal, draft: Draft, *, known: datetime | None = None
    ) -> datetime:
        """Keep what the principal typed; the time under which it is kept.

        `known` is the time of the last version of it that this tab has seen.

        Raises:
            Conflict: another tab has saved since. Gone: it was dropped since.
            NotFound: the patient is none that they may see.
            Invalid, TooLarge, TooCostly: the draft is malformed, too large, or one too many.
        """
        _check(draft)
        context, caller = self._for(principal)
        at = to_millisecond(clock.now())
        with context.database.connection() as conn:
            _must_see(context, conn, caller, draft.patient)
            new = drafts.get(conn, caller.id, draft.patient, draft.key) is None
            if (
                new and known is not None
            ):  # What was under way while the form was saved comes too late.
                raise Gone("This draft has been dropped.")
            if new and drafts.count(conn, caller.id) >= AT_MOST:
                raise TooCostly(
                    f"You have {AT_MOST} drafts, which is as many as are kept; finish or discard one."
                )
            stamped = Draft(draft.key, draft.patient, at, draft.base, draft.tab, draft.fields)
            if not drafts.save(conn, caller.id, stamped, known):
                raise Conflict("This form was changed in another tab.")
        return at

    def draft(self, principal: Principal, key: str, patient: str = "") -> Draft | None:
        """What the principal typed into a form and did not save; None where there is nothing."""
        context, caller = self._for(principal)
        with context.database.connection() as conn:
            found = drafts.get(conn, caller.id, patient, key)
            if found is None or not _sees_patient(context, conn, caller, patient):
                return None
            return found

    def drafts(self, principal: Principal) -> list[Draft]:
        """The principal's drafts without what is in them, newest first, of patients they may see."""
        context, caller = self._for(principal)
        with context.database.connection() as conn:
            found = drafts.of(conn, caller.id)
            ids = sorted({one.patient for one in found if one.patient})
            seen = _visible(context, conn, caller, {"Patient": ids})["Patient"] if ids else set()
            return [one for one in found if not one.patient or one.patient in seen]

    def drop_draft(self, principal: Principal, key: str, patient: str = "") -> bool:
        """Forget a draft: the form was saved, or its writer does not want it; whether there was one."""
        with self.database.connection() as conn:
            return drafts.drop(conn, principal.id, patient, key)

    def here(self, principal: Principal, tab: str, patient: str, doing: str = "") -> None:
        """A page of the principal's is open on a patient ("": on nobody), `doing` the form they changed.

        Raises:
            NotFound: the patient is none that they may see.
        """
        session = _session(principal)
        if not (_TAB.fullmatch(tab) and _ID.fullmatch(patient)) or len(doing) > _DOING:
            raise Invalid("A tab names itself, a patient's logical id and the key of a form.")
        context, caller = self._for(principal)
        now = clock.now()
        with context.database.connection() as conn:
            if patient and not _sees_patient(context, conn, caller, patient):
                presence.gone(conn, session, tab)
                raise NotFound("There is no such patient that you may see.")
            if presence.tabs(conn, session, now - PRESENT_FOR) >= TABS_AT_MOST:
                raise TooCostly(f"Only {TABS_AT_MOST} open pages are told of changes.")
            who = Present(caller.id, caller.name, patient, doing)
            presence.here(conn, session, tab, who, now)

    def gone(self, principal: Principal, tab: str) -> None:
        """That page has been closed."""
        with self.database.connection() as conn:
            presence.gone(conn, _session(principal), tab)

    def watched(self, principal: Principal) -> frozenset[str]:
        """The patients on whom the pages of this session are open."""
        with self.database.connection() as conn:
            since = clock.now() - PRESENT_FOR
            return frozenset(presence.watched(conn, _session(principal), since))

    def present(self, principal: Principal, patients: Iterable[str]) -> list[Present]:
        """Who else has these charts open, of those that the principal may see."""
        context, caller = self._for(principal)
        with context.database.connection() as conn:
            since = clock.now() - PRESENT_FOR
            found = presence.present(conn, sorted(set(patients)), since)
            others = [one for one in found if one.account != caller.id]
            ids = sorted({one.patient for one in others})
            seen = _visible(context, conn, caller, {"Patient": ids})["Patient"] if ids else set()
            return [one for one in others if one.patient in seen]

    def sees(
        self, principal: Principal, items: Iterable[tuple[str, str]]
    ) -> frozenset[tuple[str, str]]:
        """Those of these (type, id) that the principal may read and that are not deleted.

        No audit: whoever asks learns nothing that they may not read. Not for answering people.
        """
        by_type: dict[str, list[str]] = {}
        for type, id in items:
            by_type.setdefault(type, []).append(id)
        context, caller = self._for(principal)
        with context.database.connection() as conn:
            found = _visible(context, conn, caller, by_type)
        return frozenset((type, id) for type, ids in found.items() for id in ids)

    def written_by(self, principal: Principal, type: str, id: str) -> tuple[str, datetime] | None:
        """The name of whoever wrote the current version of what the principal may read, and when."""
        if not self.sees(principal, [(type, id)]):
            return None
        with self.database.connection() as conn:
            return changes.writer(conn, type, id)


def expire(database: Database) -> int:
    """Forget drafts that are too old and tabs that are silent; how many drafts. A job asks for it."""
    now = clock.now()
    with database.connection() as conn:
        presence.expire(conn, now - timedelta(hours=1))
        return drafts.expire(conn, now - LIFE)


def _session(principal: Principal) -> str:
    if principal.session is None or principal.patient is not None:
        raise NotAllowed("Only who works here and has signed in is told who is in a chart.")
    return principal.session


def _check(draft: Draft) -> None:
    if not (
        _KEY.fullmatch(draft.key) and _TAB.fullmatch(draft.tab) and _ID.fullmatch(draft.patient)
    ):
        raise Invalid(
            "A draft has a key of letters, digits and :._/- (120 at most), the logical id of its"
            " patient, and the name of its tab."
        )
    if len(draft.fields) > FIELDS_AT_MOST or not _are_texts(draft.fields):
        raise Invalid(f"A draft has at most {FIELDS_AT_MOST} fields, each a list of texts.")
    if len(msgspec.json.encode(draft.fields)) > BYTES_AT_MOST:
        raise TooLarge(f"A draft has at most {BYTES_AT_MOST} bytes; save the form.")


def _are_texts(fields: Mapping[str, Any]) -> bool:
    return all(
        isinstance(values, list)
        and all(isinstance(one, str) and "\0" not in one for one in (name, *values))
        for name, values in fields.items()
    )


def _must_see(context: Context, conn: Connection[Any], caller: Principal, patient: str) -> None:
    if patient and not _sees_patient(context, conn, caller, patient):
        raise NotFound("There is no such patient that you may see.")


def _sees_patient(context: Context, conn: Connection[Any], caller: Principal, id: str) -> bool:
    if not id:
        return True
    return not lookup.missing(
        conn, "Patient", [id], context.visible_one(conn, caller, "Patient", id)
    )


def _visible(
    context: Context, conn: Connection[Any], caller: Principal, by_type: Mapping[str, list[str]]
) -> dict[str, set[str]]:
    return {
        type: set(ids) - lookup.missing(conn, type, ids, context.visible(caller, type, "read", "r"))
        for type, ids in by_type.items()
    }
