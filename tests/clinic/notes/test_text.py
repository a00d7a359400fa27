"""Typed text, narrative and tree: what comes through, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.clinic.notes import markup, tree, xhtml
from osler.clinic.notes.tree import Block, Fact, Heading, Items, Paragraph, Text
from osler.fhir.narrative import check

_NS = 'xmlns="http://www.w3.org/1999/xhtml"'


def test_marks_of_typed_text() -> None:
    found = markup.read(
        "BP [138/84](Observation/bp/_history/1), **high**\n- one\n- two\n### More\n{{vitals Observation/bp/_history/1}}"
    )
    fact = Fact("Observation/bp/_history/1", "138/84")
    assert found == (
        Paragraph((Text("BP "), fact, Text(", "), Text("high", strong=True))),
        Items(((Text("one"),), (Text("two"),))),
        Heading("More"),
        Block("vitals", refs=("Observation/bp/_history/1",)),
    )


def test_places_to_fill_in_are_not_strong_words() -> None:
    line = "Return in *** or sooner if ***."
    assert markup.read(line) == (Paragraph((Text(line),)),)


@given(st.text(max_size=200))
def test_any_text_becomes_safe_narrative_and_comes_back(text: str) -> None:
    nodes = markup.read(text)
    if not tree.plain(nodes).strip():
        return
    div = xhtml.write(nodes)
    assert check(div) == []
    once = markup.write(xhtml.read(div))
    assert markup.write(
        xhtml.read(xhtml.write(markup.read(once) or (Paragraph((Text("x"),)),)))
    ) in (once, "x")


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        '[x](Observation/1/_history/2" onclick="alert(1))',
        "</div><script>1</script>",
        "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;",
        "{{vitals <script>}}",
        "\x00\x08<b>",
    ],
)
def test_markup_that_is_typed_stays_words(attack: str) -> None:
    div = xhtml.write(markup.read(attack))
    for live in ("<script", "<img", "<a ", 'onclick="', "<!DOCTYPE"):
        assert live not in div
    assert check(div) == []


@pytest.mark.parametrize(
    "div",
    [
        f"<div {_NS}><script>x</script></div>",
        f'<div {_NS}><p onclick="x()">a</p></div>',
        f'<div {_NS}><a href="javascript:x()">a</a></div>',
        f'<div {_NS}><iframe src="https://elsewhere"/></div>',
        f'<!DOCTYPE div [<!ENTITY a "b">]><div {_NS}>&a;</div>',
        "<div>no namespace</div>",
        "not even xml",
    ],
)
def test_unsafe_narrative_is_refused_whole(div: str) -> None:
    (only,) = xhtml.read(div)
    assert "cannot be shown" in tree.plain([only])


def test_narrative_from_elsewhere_keeps_its_words_and_loses_the_rest() -> None:
    div = (
        f'<div {_NS} style="color:red"><h2>Plan</h2>Rest<br/>well <a href="https://elsewhere/x">there</a>'
        "<table><tr><th>A</th></tr><tr><td>1 <b>2</b></td></tr></table><ol><li>q</li></ol>"
        '<img src="data:image/png;base64,AAAA" alt="x"/></div>'
    )
    nodes = xhtml.read(div)
    assert nodes == (
        Heading("Plan"),
        Paragraph((Text("Rest"),)),
        Paragraph((Text("well there"),)),
        Block("", "", ("A",), (((Text("1 "), Text("2", strong=True)),),)),
        Items(((Text("q"),),)),
    )
    written = xhtml.write(nodes)
    assert "style" not in written
    assert "elsewhere" not in written


def test_a_block_without_data_and_one_with_come_back() -> None:
    row = ((Text("Weight"),), (Fact("Observation/wt/_history/1", "84 kg"),))
    some = Block("vitals", "Vitals", ("What", "Value"), (row,), ("Observation/wt/_history/1",))
    none = Block("allergies", "Allergies: not asked")
    assert xhtml.read(xhtml.write((some, none))) == (some, none)
