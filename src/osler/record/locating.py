"""Finding the patient whose glass is to be broken: exactly known, never browsed."""

from __future__ import annotations

import re

from osler.access import Everywhere, Principal
from osler.kit.errors import NotAllowed, NotFound
from osler.record.context import Context, who
from osler.search import compile as sql_of
from osler.search.parse import parse
from osler.store import audit, select
from osler.store.rows import Access

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_BORN = re.compile(r"\d{4}-\d{2}-\d{2}")
_LEAST = 2
"""Letters of a family name: fewer would be a guess."""
_MARKS = re.compile(r"([\\,|$])")


def locate(context: Context, principal: Principal, text: str) -> str:
    """The logical id of the one patient with this id, record number, or "family name, birth date".

    For whoever may break the glass, of patients that the rules hide too; what is known in part finds nobody.

    Raises:
        NotAllowed: no role of the principal may break the glass.
        NotFound: nobody fits, or several do.
    """
    facts = context.facts
    if facts is None or not any(role.break_glass for role in facts.roles):
        raise NotAllowed("None of your roles may break the glass.")
    found = {id for pairs in _ways(text.strip()) for id in _found(context, pairs)}
    one = next(iter(found)) if len(found) == 1 else None
    row = Access(
        "locate",
        "Patient",
        one,
        patients=(one,) if one else (),
        hits=len(found),
        outcome="success" if one else "not-found",
    )
    with context.database.connection() as conn:
        audit.write(conn, who(principal), [row])
    if one is None:
        raise NotFound(
            "No single patient fits; give the record number, or the family name and the birth date"
            " as in: García 1961-05-02."
        )
    return one


def _ways(text: str) -> list[list[tuple[str, str]]]:
    """The searches that the text could mean."""
    born = _BORN.search(text)
    if born is not None:
        family = text.replace(born[0], "").strip(" ,;")
        if len(family) < _LEAST:
            return []
        # One part of a double name will do, with or without its accents: the whole birth date is known.
        return [[("family:contains", _plain(family)), ("birthdate", born[0])]]
    ways = [[("identifier", _plain(text))]] if text else []
    return [*ways, [("_id", text)]] if _ID.fullmatch(text) else ways


def _plain(text: str) -> str:
    """The text as the value of a search parameter."""
    return _MARKS.sub(r"\\\1", text)


def _found(context: Context, pairs: list[tuple[str, str]]) -> list[str]:
    """The ids that fit, at most two; the audit has the question itself, not this search."""
    statement = sql_of.select(
        parse("Patient", pairs, context.registry),
        Everywhere(),
        limit=2,
        registry=context.registry,
        terminology=context.terminology,
    )
    with context.database.connection() as conn:
        return [id for _, id in select.ids(conn, statement)]
