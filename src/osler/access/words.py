"""What a grant allows, in plain English."""

from __future__ import annotations

from collections.abc import Callable

from osler.access import groups, reach
from osler.access.labels import CATEGORIES
from osler.access.role import INTERACTIONS, READING, Grant
from osler.kit.words import N_

Say = Callable[[str], str]
"""Puts a text of ours into the reader's language."""
_VERBS = (
    ("create", N_("add")),
    ("update", N_("change")),
    ("delete", N_("delete")),
)
_NEEDS = {
    "": "",
    "proxy": N_(" while authorized to act for that patient"),
    "scopes": N_(" as far as the token names it"),
}


def words(grant: Grant, say: Say = str) -> str:
    """A sentence, such as "See and change demographic data of patients of the caller's organization."."""
    seen = f"{_verbs(grant.interactions, say)} {_types(grant.types, say)} {_whose(grant.patients, say)}"
    purposes = _list(grant.purposes, say(N_("or")))
    hidden, readonly = _list(grant.hidden, say(N_("and"))), _list(grant.readonly, say(N_("and")))
    parts = [
        seen.strip(),
        say(N_(", only where {where}")).format(where=grant.where) if grant.where else "",
        _needs(grant.needs, say),
        say(N_(", for the purpose {purposes}")).format(purposes=purposes) if purposes else "",
        say(N_("; without {names}")).format(names=hidden) if hidden else "",
        say(N_("; {names} cannot be changed")).format(names=readonly) if readonly else "",
        _labels(grant.labels, say),
    ]
    text = "".join(parts)
    return text[0].upper() + text[1:] + "."


def _verbs(interactions: frozenset[str], say: Say) -> str:
    reading = interactions & READING
    found = []
    if reading == READING:
        found.append(say(N_("see")))
    elif reading:
        some = _list(sorted(reading), say(N_("and")))
        found.append(say(N_("see ({some} only)")).format(some=some))
    changes = interactions & {"update", "patch"}
    for name, verb in _VERBS:
        if name in interactions or (name == "update" and changes):
            found.append(say(verb))
    if interactions == INTERACTIONS:
        return say(N_("see, add, change and delete"))
    return _list(found, say(N_("and")))


def _types(names: tuple[str, ...], say: Say) -> str:
    plus = [_group(name, say) for name in names if not name.startswith("-")]
    minus = [_group(name[1:], say) for name in names if name.startswith("-")]
    but = say(N_(" (but not {names})")).format(names=_list(minus, say(N_("or")))) if minus else ""
    return _list(plus, say(N_("and"))) + but


def _group(name: str, say: Say) -> str:
    return say(groups.WORDS[name]) if name in groups.WORDS else name


def _whose(patients: str, say: Say) -> str:
    if not patients:
        return ""
    if patients in reach.WORDS:
        return say(reach.WORDS[patients])
    return say(N_("of patients that match {patients}")).format(patients=patients)


def _needs(needs: str, say: Say) -> str:
    kind, _, category = needs.partition(":")
    if not _NEEDS.get(kind):
        return ""
    return f"{say(_NEEDS[kind])}{f' ({category})' if category else ''}"


def _labels(labels: frozenset[str], say: Say) -> str:
    if not labels:
        return ""
    names = [say(CATEGORIES[one].name) if one in CATEGORIES else one for one in sorted(labels)]
    return say(N_("; also what is labelled as {names}")).format(names=_list(names, say(N_("or"))))


def _list(items: tuple[str, ...] | list[str], word: str) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
