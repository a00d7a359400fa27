"""Our own rules of security, run over every file; each opt-out has its reason beside it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import security_rules as rules
from tests.architecture.test_house_rules import ROOT, SOURCES

Rule = Callable[[ast.AST], list[int]]
TEMPLATES = sorted((ROOT / "src" / "osler").rglob("templates/**/*.*"))
SCRIPTS = sorted(
    path
    for place in ("static/ui/*.js", "assets/js/**/*.js")
    for path in (ROOT / "src" / "osler").rglob(place)
)
_CODE: dict[Rule, dict[str, str]] = {
    rules.other_ways_out: {
        "kit/outgoing.py": "this is the way out",
        "kit/outgoing_session.py": "wraps the way out for libraries",
        "identity/mail.py": "mail is not HTTP; its server is the operator's setting",
        "identity/pages/joining.py": "names the errors of that session",
        "identity/sso.py": "names the type of the session that kit.outgoing_session gives",
    },
    rules.code_from_data: {},
    rules.shells: {},
    rules.unescaped: {
        "staff/people/patients.py": "a QR code drawn here from our own address",
        "ui/charts/svg.py": "every part and attribute is escaped in one place, and hostile text is tested",
        "ui/rendering.py": "what Django's own templates write, compared in a test with hostile text",
        "ui/templatetags/osler.py": "hint and errors of format_html, one after the other",
    },
    rules.telling_logs: {
        "record/blobs.py": "the id of a damaged document, which somebody must find and restore",
    },
    rules.bare_cookies: {},
    rules.without_csrf: {},
    rules.unchecked_tls: {},
    rules.open_redirects: {},
    rules.raw_sql: {},
}


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT / "src" / "osler"))


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {_short(path): ast.parse(path.read_text("utf-8")) for path in SOURCES}


@pytest.mark.parametrize("rule", _CODE, ids=lambda rule: rule.__name__)
def test_code(rule: Rule, trees: dict[str, ast.Module]) -> None:
    allowed = _CODE[rule]
    found = {name: lines for name, tree in trees.items() if (lines := rule(tree))}
    assert {name: lines for name, lines in found.items() if name not in allowed} == {}, rule.__doc__
    assert set(allowed) <= set(found), "an exception that is no longer needed"


def test_templates() -> None:
    found = {
        _short(path): problems
        for path in TEMPLATES
        if path.suffix in {".html", ".txt", ".svg", ".xml"}
        and (problems := rules.template_problems(path.read_text("utf-8")))
    }
    assert found == {}


def test_scripts_build_no_html_and_run_no_text() -> None:
    """innerHTML with a patient's name in it is a script of the patient's."""
    bad = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
    )
    found = {
        _short(path): [word for word in bad if word in text]
        for path in SCRIPTS
        if any(word in (text := path.read_text("utf-8")) for word in bad)
    }
    assert found == {}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (rules.other_ways_out, "import httpx"),
        (rules.other_ways_out, "from urllib.request import urlopen"),
        (rules.other_ways_out, "from urllib import request"),
        (rules.other_ways_out, "import http.client as x"),
        (rules.code_from_data, "eval(x)"),
        (rules.code_from_data, "import pickle"),
        (rules.code_from_data, "yaml.load(x)"),
        (rules.shells, "subprocess.run(x, shell=True)"),
        (rules.shells, "os.system(x)"),
        (rules.unescaped, "mark_safe(x)"),
        (rules.unescaped, "from a import b\nb.mark_safe(x)"),
        (rules.telling_logs, '_log.info("%s", body)'),
        (rules.telling_logs, '_log.info("%s", request.GET)'),
        (rules.telling_logs, '_log.error("%s", error)'),
        (rules.telling_logs, '_log.error("%s", str(error))'),
        (rules.telling_logs, '_log.exception("x")'),
        (rules.telling_logs, '_log.info(f"{x}")'),
        (rules.telling_logs, 'logging.warning("%s", self.access_token)'),
        (rules.bare_cookies, 'r.set_cookie("a", "b", secure=True)'),
        (rules.without_csrf, "@csrf_exempt\ndef f(): ..."),
        (rules.unchecked_tls, "ssl._create_unverified_context()"),
        (rules.unchecked_tls, "f(verify=False)"),
        (rules.open_redirects, 'redirect(request.GET["next"])'),
        (rules.raw_sql, 'Account.objects.raw("x")'),
        (rules.raw_sql, 'RawSQL("x")'),
    ],
)
def test_the_rules_see_what_they_forbid(rule: Rule, code: str) -> None:
    assert rule(ast.parse(code))


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (rules.other_ways_out, "from urllib.parse import quote\nfrom http import HTTPStatus"),
        (rules.telling_logs, '_log.error("%s", logs.places(error))'),
        (rules.telling_logs, '_log.error("%s", type(error).__qualname__)'),
        (rules.telling_logs, '_log.info("made %d partitions", made)'),
        (rules.telling_logs, "math.log(x, error)"),
        (rules.code_from_data, "re.compile(x)"),
        (rules.bare_cookies, 'r.set_cookie("a", secure=s, httponly=True, samesite="Lax")'),
        (rules.open_redirects, 'redirect(safe_next(request.GET["next"]))'),
        (rules.shells, "subprocess.run([x])"),
    ],
)
def test_the_rules_allow_what_is_right(rule: Rule, code: str) -> None:
    assert rule(ast.parse(code)) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ name|safe }}",
        "{{ name | safe }}",
        "{% autoescape off %}",
        "<script>x()</script>",
        '<script type="module">x()</script>',
        '<a onclick="x()">',
        '<a\n  onClick = "x()">',
        '<p style="color:red">',
        "<style>p{}</style>",
        '<a href="javascript:x()">',
        '<form method="post"><input></form>',
        "<form action='/x' method=post></form>",
        '<script src="https://cdn.example/x.js"></script>',
        '<link href="//cdn.example/x.css">',
        "<object>",
        '<base href="/">',
    ],
)
def test_templates_that_are_wrong(text: str) -> None:
    assert rules.template_problems(text)


@pytest.mark.parametrize(
    "text",
    [
        '<script src="{% static "x.js" %}" defer></script>',
        '<form method="post">{% csrf_token %}<input></form>',
        '<form method="get"><input></form>',
        '<a href="https://www.hl7.org">HL7</a>',
        "<p>on x = 1, style = good</p>",
        "{# <script>x</script> #}",
    ],
)
def test_templates_that_are_right(text: str) -> None:
    assert rules.template_problems(text) == []
