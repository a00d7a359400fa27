"""Finds texts that no translator reaches: in templates outside translation tags, in views without gettext."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_TRANSLATED = r"\{% blocktrans.*?\{% endblocktrans\w* %\}"
_TOKENS = re.compile(
    r"(\{#.*?#\}|<!--.*?-->|\{%.*?%\}|\{\{.*?\}\}"
    rf"|<(?:{_TRANSLATED}|\{{\{{.*?\}}\}}|\{{%.*?%\}}|[^<>])*>)",
    re.DOTALL,
)
_ATTRIBUTES = re.compile(
    r'\s(title|aria-label|aria-description|aria-roledescription|placeholder|alt|data-label)="([^"]*)"'
)
_INSIDE = re.compile(r"\{% blocktrans.*?\{% endblocktrans\w* %\}|\{[{%#].*?[}%#]\}", re.DOTALL)
_FILTERED = re.compile(r'\|(?:default|default_if_none|yesno|add|join):"([^"]*)"')
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ENTITY = re.compile(r"&#?\w+;")
_BEGINS = (
    "{% blocktranslate",
    "{% blocktrans",
    "{% comment",
    "<code",
    "<kbd",
    "<pre",
    "<script",
    "<style",
)
_ENDS = ("{% endblocktranslate", "{% endblocktrans", "{% endcomment")
_CLOSES = ("</code", "</kbd", "</pre", "</script", "</style")


def in_template(text: str) -> Iterator[str]:
    """What a template says in letters outside translation."""
    depth = 0
    for token in _TOKENS.split(text):
        if token.startswith((*_ENDS, *_CLOSES)):
            depth -= 1
        elif token.startswith(_BEGINS):
            depth += 1
        elif token.startswith("<"):
            yield from _of_tag(token)
        elif token.startswith("{{"):
            yield from (one for one in _FILTERED.findall(token) if _LETTERS.search(one))
        elif not depth and not token.startswith("{") and _said(token):
            yield token.strip()


def _of_tag(tag: str) -> Iterator[str]:
    # A translation inside an attribute has quotes of its own.
    plain = _INSIDE.sub("", tag)
    yield from (text for _name, text in _ATTRIBUTES.findall(plain) if _said(text))


def _said(text: str) -> bool:
    return bool(_LETTERS.search(_ENTITY.sub("", text)))


_FIELD_WORDS = {"label", "help_text", "empty_label"}
_TELLS = {"success": 1, "error": 1, "warning": 1, "info": 1, "ValidationError": 0, "add_error": 1}
_TELLS |= {"saved": 2, "Form": 0}


def in_module(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what a module gives to people without gettext."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        given = [one.value for one in node.keywords if one.arg in _FIELD_WORDS]
        if name in _TELLS and len(node.args) > _TELLS[name] and _tells(node, name):
            given.append(node.args[_TELLS[name]])
        for one in given:
            if text := _literal(one):
                yield one.lineno, text


def _tells(node: ast.Call, name: str) -> bool:
    """`success` and the like are those of Django's messages, not of others with that name."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    of_messages = isinstance(owner, ast.Name) and owner.id == "messages"
    return of_messages if name in {"success", "error", "warning", "info"} else True


def _literal(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)) if _LETTERS.search(text):
            return text
        case ast.JoinedStr(values=parts):
            texts = [str(one.value) for one in parts if isinstance(one, ast.Constant)]
            return "…".join(texts) if _LETTERS.search("".join(texts)) else ""
        case ast.IfExp(body=one, orelse=other):
            return _literal(one) or _literal(other)
    return ""
