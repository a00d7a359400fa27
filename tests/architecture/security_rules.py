"""Rules of security that can be read from the code: each a function from a syntax tree to the lines that break it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_NETWORK = {
    "aiohttp", "ftplib", "http.client", "httpcore", "httpx", "requests", "smtplib", "socketserver",
    "telnetlib", "urllib.request", "urllib3", "xmlrpc",
}  # fmt: skip
_RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
_UNPACKS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "_pickle"}
_SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
_LOGS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
# Of what comes in, and of who it is about; as whole words of a name.
_TELLING = re.compile(
    r"(?:^|_|\b)(body|content|query|environ|headers|cookies?|params|path_info|password|token|secret"
    r"|resource|patient|payload|text|url|uri|GET|POST|META|FILES|username|email)(?:_|\b|$)"
)
_ERRORS = {"error", "exc", "exception", "failure", "err", "e"}
_SAFE_OF_ERRORS = {"places", "type", "isinstance", "status_of"}
_COOKIE_FLAGS = {"secure", "httponly", "samesite"}
_UNCHECKED_TLS = {"_create_unverified_context", "CERT_NONE"}
_RAW_SQL = {"RawSQL", "extra", "raw"}


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def other_ways_out(tree: ast.AST) -> list[int]:
    """A module that opens connections: the address would not be checked."""
    return [
        line
        for line, name in _imported(tree)
        if any(name == one or name.startswith(f"{one}.") for one in _NETWORK)
    ]


def code_from_data(tree: ast.AST) -> list[int]:
    """Data that becomes code: eval and its like, pickle, YAML's full loader."""
    named = [line for line, name in _imported(tree) if name.partition(".")[0] in _UNPACKS]
    called = [
        call.lineno
        for call in _calls(tree)
        if (isinstance(call.func, ast.Name) and call.func.id in _RUNS_TEXT)
        or ast.unparse(call.func) in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"}
    ]
    return named + called


def shells(tree: ast.AST) -> list[int]:
    """A program started through a shell, which reads more in an argument than a value."""
    return [
        call.lineno
        for call in _calls(tree)
        if ast.unparse(call.func) in _SHELLS
        or any(
            word.arg == "shell"
            and not (isinstance(word.value, ast.Constant) and word.value.value is False)
            for word in call.keywords
        )
    ]


def unescaped(tree: ast.AST) -> list[int]:
    """Text declared to be HTML: one forgotten quotation and a patient's name is a script."""
    return [
        call.lineno
        for call in _calls(tree)
        if ast.unparse(call.func).rpartition(".")[2] in {"mark_safe", "SafeString", "SafeText"}
        # Of nothing, or of words that stand here, is safe.
        and not all(isinstance(argument, ast.Constant) for argument in call.args)
    ]


def telling_logs(tree: ast.AST) -> list[int]:
    """A log line with what came in, or with the message of an error, which quotes it."""
    return [
        call.lineno
        for call in _calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in _LOGS
        and "log" in ast.unparse(call.func.value).lower()
        and ast.unparse(call.func.value) not in {"math", "np"}
        and (
            call.func.attr == "exception"
            or any(_tells(argument) for argument in call.args[1:])
            or (bool(call.args) and isinstance(call.args[0], ast.JoinedStr))
        )
    ]


def _tells(argument: ast.expr) -> bool:
    if (
        isinstance(argument, ast.Call)
        and ast.unparse(argument.func).split(".")[-1] in _SAFE_OF_ERRORS
    ):
        return False
    if isinstance(argument, ast.Attribute) and ast.unparse(argument).startswith("type("):
        return False
    names = {node.id for node in ast.walk(argument) if isinstance(node, ast.Name)}
    return bool(names & _ERRORS) or _TELLING.search(ast.unparse(argument)) is not None


def bare_cookies(tree: ast.AST) -> list[int]:
    """A cookie without saying whether scripts, plain http and other sites get it."""
    return [
        call.lineno
        for call in _calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"set_cookie", "set_signed_cookie"}
        and not {word.arg for word in call.keywords} >= _COOKIE_FLAGS
    ]


def without_csrf(tree: ast.AST) -> list[int]:
    """A view that other sites may post to."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and _named(node) == "csrf_exempt"
    ]


def unchecked_tls(tree: ast.AST) -> list[int]:
    """A connection that does not look at the certificate."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.expr) and _named(node) in _UNCHECKED_TLS)
        or (
            isinstance(node, ast.Call)
            and any(
                word.arg in {"verify", "check_hostname"}
                and isinstance(word.value, ast.Constant)
                and word.value.value is False
                for word in node.keywords
            )
        )
    ]


def open_redirects(tree: ast.AST) -> list[int]:
    """A redirect to where the request says."""
    return [
        call.lineno
        for call in _calls(tree)
        if ast.unparse(call.func).split(".")[-1]
        in {"redirect", "HttpResponseRedirect", "HttpResponsePermanentRedirect"}
        and re.search(r"\.(GET|POST|META|headers)\b", " ".join(map(ast.unparse, call.args)))
        and not re.search(r"safe|allowed|within|local", " ".join(map(ast.unparse, call.args)))
    ]


def raw_sql(tree: ast.AST) -> list[int]:
    """SQL in pieces through the ORM."""
    return [
        call.lineno
        for call in _calls(tree)
        if _named(call.func) in _RAW_SQL
        and (isinstance(call.func, ast.Name) or "objects" in ast.unparse(call.func))
    ]


def _named(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


_TAG = re.compile(r"<[a-zA-Z][^>]*>", re.DOTALL)
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL | re.IGNORECASE)


def template_problems(text: str) -> list[str]:
    """What a template has that the Content-Security-Policy forbids, or that escapes nothing."""
    bare = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", text, flags=re.DOTALL)
    found = [name for name, pattern in _IN_TEMPLATES.items() if pattern.search(bare)]
    tags = [re.sub(r"\{[%{].*?[%}]\}", "", tag) for tag in _TAG.findall(bare)]
    if any(re.search(r"\son[a-z]+\s*=", tag, re.IGNORECASE) for tag in tags):
        found.append("an inline handler")
    if any(re.search(r"\sstyle\s*=", tag, re.IGNORECASE) for tag in tags):
        found.append("an inline style")
    for form in _FORM.findall(bare):
        posts = re.match(r"<form\b[^>]*method=[\"']?post", form, re.IGNORECASE)
        if posts and not re.search(r"\{% (csrf_token|guard frame)\b", form):
            found.append("a form without csrf_token")
    return found


_IN_TEMPLATES = {
    "text declared safe": re.compile(r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off|\|\s*escapejs"),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a script address": re.compile(r"[\"']\s*javascript:", re.IGNORECASE),
    "something from elsewhere": re.compile(
        r"<(?:script|link|img|iframe|source|video|audio)\b[^>]*(?:src|href)=[\"'](?:https?:)?//",
        re.IGNORECASE,
    ),
    "an embedded object": re.compile(r"<(?:object|embed|applet|base)\b", re.IGNORECASE),
}
