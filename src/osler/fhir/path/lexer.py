"""Text to tokens, by https://hl7.org/fhirpath/N1/grammar.html"""

from __future__ import annotations

import re
from dataclasses import dataclass

from osler.kit.errors import Invalid

LONGEST = 50_000
"""Characters in an expression; the specification's longest has about 3,000."""

_DATE = r"\d{4}(?:-\d\d(?:-\d\d)?)?"
_TIME = r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?"
_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\n]+ | //[^\r\n]* | /\*.*?\*/ )
  | (?P<datetime>@{_DATE}T(?:{_TIME}(?:Z|[+-]\d\d:\d\d)?)?)
  | (?P<time>@T{_TIME})
  | (?P<date>@{_DATE})
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<quoted>`(?:[^`\\]|\\.)*` | "(?:[^"\\]|\\.)*")
  | (?P<variable>%(?: (?:vs|ext)-[A-Za-z0-9_.-]*[A-Za-z0-9_] | [A-Za-z_][A-Za-z0-9_]*
        | `(?:[^`\\]|\\.)*` | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' ))
  | (?P<special>\$(?:this|index|total)\b)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<symbol><=|>=|!=|!~|[.\[\](){{}},*/+\-&|<>=~])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_PLAIN = {
    "'": "'", '"': '"', "`": "`", "r": "\r", "n": "\n", "t": "\t",
    "f": "\f", "\\": "\\", "/": "/",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is the group of the grammar, `text` the content (unescaped), `at` the offset from 0."""

    kind: str
    text: str
    at: int


def wrong(message: str, expression: str, at: int) -> Invalid:
    """The one error of syntax, to be raised: what, where (counted from 1) and the text around."""
    near = expression[at : at + 20].partition("\n")[0]
    place = f"at character {at + 1}" + (f" (near {near!r})" if near else " (the end)")
    return Invalid(f"FHIRPath: {message} {place}")


def tokens(expression: str) -> list[Token]:
    """All tokens and a closing one of kind `end`. Raises Invalid."""
    if len(expression) > LONGEST:
        raise Invalid(f"FHIRPath: longer than {LONGEST} characters")
    out: list[Token] = []
    at = 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise wrong(_unknown(expression[at:]), expression, at)
        kind = str(match.lastgroup)
        if kind != "space":
            out.append(Token(kind, _content(kind, match.group(), expression, at), at))
        at = match.end()
    out.append(Token("end", "", at))
    return out


def _unknown(rest: str) -> str:
    if rest[0] in "'\"`":
        return "this text is never closed"
    if rest.startswith("/*"):
        return "this comment is never closed"
    return f"unexpected character {rest[0]!r}"


def _content(kind: str, text: str, expression: str, at: int) -> str:
    if kind == "variable":
        text = text[1:]
        return _unescape(text[1:-1], expression, at) if text[0] in "`\"'" else text
    if kind in ("string", "quoted"):
        return _unescape(text[1:-1], expression, at)
    if kind in ("special", "date", "datetime", "time"):
        return text[1:]
    return text


def _unescape(text: str, expression: str, at: int) -> str:
    if "\\" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        code = match.group(1)
        if len(code) == 5:
            return chr(int(code[1:], 16))
        if code not in _PLAIN:
            raise wrong(f"unknown escape \\{code} in the text", expression, at)
        return _PLAIN[code]

    joined = _ESCAPE.sub(replace, text)
    # A pair of \u escapes is one character beyond the basic plane; half a pair is no text.
    try:
        return joined.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise wrong("half of a surrogate pair in the text", expression, at) from None
