"""Entries and leaves, rule by rule: what an archive or another program must be able to compute alike."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from osler.ledger import leaf

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def test_a_version() -> None:
    entry = leaf.version_entry("Observation", "o1", 2, AT, False, "ana", b"{}")
    digest = hashlib.sha256(b"{}").hexdigest()
    assert entry.decode() == (
        f'{{"content":"{digest}","id":"o1","ledger":"version.1","patient":"ana","type":"Observation",'
        '"updated":"2026-03-01T09:30:00.000000Z","version":2}'
    )


def test_a_deletion() -> None:
    assert leaf.version_entry("Patient", "a", 3, AT, True, None, None).decode() == (
        '{"deleted":true,"id":"a","ledger":"version.1","type":"Patient",'
        '"updated":"2026-03-01T09:30:00.000000Z","version":3}'
    )


def test_the_hash() -> None:
    salt = bytes(range(16))
    assert leaf.leaf_hash(salt, b"entry") == hashlib.sha256(b"\0" + salt + b"entry").digest()
    assert len(leaf.new_salt()) == 16 and leaf.new_salt() != leaf.new_salt()


def test_an_audit_row_has_what_says_something() -> None:
    row = {
        "seq": 7,
        "at": AT,
        "xact": "99",
        "hits": 0,
        "query": "",
        "patients": [],
        "glass": ["a", "b"],
        "emergency": False,
        "detail": None,
    }
    assert leaf.audit_entry(row).decode() == (
        '{"at":"2026-03-01T09:30:00.000000Z","glass":["a","b"],"hits":0,"ledger":"audit.1","query":"","seq":7}'
    )
    assert leaf.audit_entry(row | {"of_a_later_version": None}) == leaf.audit_entry(row)
    assert leaf.erasure_entry({"seq": 1}) == b'{"ledger":"erasure.1","seq":1}'


def test_instants_are_utc_with_six_decimals() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert leaf.instant(AT.astimezone(east)) == "2026-03-01T09:30:00.000000Z"
    assert leaf.instant(AT + timedelta(microseconds=5)) == "2026-03-01T09:30:00.000005Z"


@given(
    st.dictionaries(
        text,
        st.one_of(text, st.integers(-(2**53), 2**53), st.booleans(), st.lists(text, min_size=1)),
    )
)
def test_a_line_of_an_archive_gives_the_same_entry(row: dict[str, object]) -> None:
    """And it is what RFC 8785 says, as the standard library writes it."""
    entry = leaf.audit_entry(row)
    again = json.loads(entry)
    assert leaf.audit_entry(again) == entry
    plain = json.dumps(again, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert plain.encode() == entry
