"""What a grant allows, in plain English."""

from __future__ import annotations

from osler.access import groups, reach
from osler.access.labels import CATEGORIES
from osler.access.role import INTERACTIONS, READING, Grant

_VERBS = (
    ("create", "add"),
    ("update", "change"),
    ("delete", "delete"),
)
_NEEDS = {
    "": "",
    "proxy": " while authorized to act for that patient",
    "scopes": " as far as the token names it",
}


def words(grant: Grant) -> str:
    """A sentence, such as "See and change demographic data of patients of the caller's organization."."""
    parts = [
        f"{_verbs(grant.interactions)} {_types(grant.types)} {_whose(grant.patients)}".strip(),
        f", only where {grant.where}" if grant.where else "",
        _needs(grant.needs),
        f", for the purpose {_list(grant.purposes, 'or')}" if grant.purposes else "",
        f"; without {_list(grant.hidden, 'and')}" if grant.hidden else "",
        f"; {_list(grant.readonly, 'and')} cannot be changed" if grant.readonly else "",
        _labels(grant.labels),
    ]
    text = "".join(parts)
    return text[0].upper() + text[1:] + "."


def _verbs(interactions: frozenset[str]) -> str:
    reading = interactions & READING
    found = []
    if reading == READING:
        found.append("see")
    elif reading:
        found.append("see (" + _list(sorted(reading), "and") + " only)")
    changes = interactions & {"update", "patch"}
    for name, verb in _VERBS:
        if name in interactions or (name == "update" and changes):
            found.append(verb)
    if interactions == INTERACTIONS:
        return "see, add, change and delete"
    return _list(found, "and")


def _types(names: tuple[str, ...]) -> str:
    plus = [groups.WORDS.get(name, name) for name in names if not name.startswith("-")]
    minus = [groups.WORDS.get(name[1:], name[1:]) for name in names if name.startswith("-")]
    return _list(plus, "and") + (f" (but not {_list(minus, 'or')})" if minus else "")


def _whose(patients: str) -> str:
    if not patients:
        return ""
    return reach.WORDS.get(patients, f"of patients that match {patients}")


def _needs(needs: str) -> str:
    kind, _, category = needs.partition(":")
    return f"{_NEEDS[kind]}{f' ({category})' if category else ''}" if kind in _NEEDS else ""


def _labels(labels: frozenset[str]) -> str:
    if not labels:
        return ""
    names = [CATEGORIES[one].name if one in CATEGORIES else one for one in sorted(labels)]
    return f"; also what is labelled as {_list(names, 'or')}"


def _list(items: tuple[str, ...] | list[str], word: str) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
