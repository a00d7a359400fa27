from __future__ import annotations

import pytest

from osler.fhir import codec, narrative, r4

NS = 'xmlns="http://www.w3.org/1999/xhtml"'

SAFE = [
    "text",
    "a &lt; b &amp; c &nbsp; &eacute; &#233;",
    "<p><b>a</b><br/><i>b</i></p>",
    '<table class="grid"><tr><td colspan="2">a</td></tr></table>',
    '<a href="https://e.example/a?b=c">a</a><a href="#b">c</a><a href="mailto:a@e.example">m</a>',
    '<img src="data:image/png;base64,AAAA" alt="a"/>',
    '<p style="color: red; background-position: left; background: url(dots.png)">a</p>',
    '<p xml:lang="de" lang="de">a</p>',
    "<!-- a remark -->a",
]
UNSAFE = [
    ("<script>x</script>", "<script>"),
    ("<iframe src='https://e'/>", "<iframe>"),
    ("<form action='https://e'><input/></form>", "<form>"),
    ("<object data='x'/>a", "<object>"),
    ("<style>p{}</style>a", "<style>"),
    ("<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>a", "outside the namespace"),
    ("<p onclick='x'>a</p>", "onclick"),
    ("<a href='javascript:x'>a</a>", "unsafe link"),
    ("<a href='java&#10;script:x'>a</a>", "unsafe link"),
    ("<a href='&#1;javascript:x'>a</a>", "not well-formed"),
    ("<a href=' JaVaScRiPt:x'>a</a>", "unsafe link"),
    ("<a href='data:text/html,x'>a</a>", "unsafe link"),
    ("<a href='data:image/png;base64,AAAA'>a</a>", "unsafe link"),
    ("<img src='data:image/svg+xml;base64,AAAA'/>", "unsafe link"),
    ("<p style='background:url(https://e/x)'>a</p>", "style"),
    ("<p style='background:url(//e/x)'>a</p>", "style"),
    ("<p style='width:expression(x)'>a</p>", "style"),
    ("<p style='b\\61ckground:red'>a</p>", "style"),
    ("<p style='position:fixed'>a</p>", "style"),
    ("<?php x ?>a", "processing instruction"),
    ("&unknown;", "unknown entity"),
    ("<p>a", "not well-formed"),
    ("  ", "no text"),
]


@pytest.mark.parametrize("inner", SAFE)
def test_safe_narrative(inner: str) -> None:
    assert narrative.check(f"<div {NS}>{inner}</div>") == []


@pytest.mark.parametrize(("inner", "words"), UNSAFE)
def test_unsafe_narrative_says_why(inner: str, words: str) -> None:
    found = narrative.check(f"<div {NS}>{inner}</div>", "Patient.text.div")
    assert words in " ".join(issue.diagnostics for issue in found)
    assert {issue.expression for issue in found} == {"Patient.text.div"}


@pytest.mark.parametrize(
    "xhtml",
    [
        "",
        "no xml",
        "<div>without a namespace</div>",
        f"<p {NS}>no div</p>",
        f"<div {NS}>a</div><div {NS}>b</div>",
        f'<!DOCTYPE div [<!ENTITY a "b">]><div {NS}>&a;</div>',
        f'<!DOCTYPE div [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><div {NS}>&b;</div>',
        f'<!DOCTYPE div SYSTEM "file:///etc/passwd"><div {NS}>a</div>',
        f"<div {NS}>\ud800</div>",
    ],
)
def test_what_is_no_narrative_at_all(xhtml: str) -> None:
    assert narrative.check(xhtml)


def test_a_generated_narrative_is_safe_and_escaped() -> None:
    patient = codec.decode(
        b'{"resourceType":"Patient","active":true,"name":[{"family":"<script>&","given":["Ann"]}],"gender":"female",'
        b'"birthDate":"1960-01-02","telecom":[{"system":"phone","value":"555"}],"multipleBirthInteger":2}'
    )
    assert isinstance(patient, r4.Patient)
    narrative.with_narrative(patient)
    assert patient.text is not None
    div = patient.text.div or ""
    assert narrative.check(div) == []
    assert "Ann &lt;script&gt;&amp;" in div
    assert "<th>Birth date</th><td>1960-01-02</td>" in div


def test_an_existing_narrative_stays() -> None:
    patient = r4.Patient(text=r4.Narrative(status="additional", div=f"<div {NS}>mine</div>"))
    narrative.with_narrative(patient)
    assert patient.text is not None
    assert patient.text.status == "additional"


def test_values_of_many_types_are_shown() -> None:
    found = codec.decode(
        b'{"resourceType":"Observation","status":"final","code":{"coding":[{"display":"Weight"}]},'
        b'"valueQuantity":{"value":72.50,"unit":"kg"},"effectivePeriod":{"start":"2020"},'
        b'"subject":{"display":"Ann"},"referenceRange":[{"text":"x"}],"note":[{"text":"fine"}]}'
    )
    div = narrative.generate(found)
    for text in ("Weight", "72.50 kg", "2020 to …", "Ann", "fine"):
        assert text in div
