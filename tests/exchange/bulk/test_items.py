"""Which records an input holds, in every shape that inputs have."""

from __future__ import annotations

import gzip
import io
import json
from typing import IO, Any, cast

import pytest

from osler.exchange.bulk.items import Broken, Item, read

PATIENT = {"resourceType": "Patient", "id": "p", "active": True}
GROUP = {"resourceType": "Group", "id": "g", "type": "person", "actual": True}


def _read(content: object, *, lines: bool = False, bundles: bool = True) -> list[Item | Broken]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(read(io.BytesIO(data), lines=lines, bundles=bundles))


def _names(found: list[Item | Broken]) -> list[str]:
    return [f"{i.type}/{i.id}" if isinstance(i, Item) else "broken" for i in found]


def _bundle(kind: str | None, *resources: dict[str, Any]) -> dict[str, Any]:
    head = {"resourceType": "Bundle"} | ({"type": kind} if kind else {})
    return head | {"entry": [{"resource": resource} for resource in resources]}


@pytest.mark.parametrize(
    "kind", ["transaction", "batch", "collection", "searchset", "history", None]
)
def test_a_bundle_is_a_parcel(kind: str | None) -> None:
    found = _read(_bundle(kind, PATIENT, GROUP))
    if (
        kind is None
    ):  # Nothing says that it is one to unpack; the decoder will complain of the type.
        assert _names(found) == ["Bundle/None"]
    else:
        assert _names(found) == ["Patient/p", "Group/g"]
        assert [item.place for item in found] == [1, 2]


@pytest.mark.parametrize("kind", ["document", "message"])
def test_a_document_is_a_record(kind: str) -> None:
    bundle = _bundle(kind, PATIENT) | {"id": "doc"}
    found = _read(bundle)
    assert _names(found) == ["Bundle/doc"]
    assert json.loads(found[0].content) == bundle


def test_a_bundle_that_says_what_it_is_after_its_entries() -> None:
    bundle = _bundle("batch", PATIENT)
    assert _names(_read(dict(reversed(bundle.items())))) == ["Patient/p"]


def test_a_resource_with_entries_of_its_own_stays_whole() -> None:
    listing = {
        "resourceType": "List",
        "id": "l",
        "entry": [{"item": {"reference": "Patient/p"}}],
        "status": "current",
    }
    found = _read(listing)
    assert _names(found) == ["List/l"]
    assert json.loads(found[0].content) == listing


def test_one_resource() -> None:
    assert _names(_read(PATIENT)) == ["Patient/p"]


def test_several_resources_in_a_row_or_an_array() -> None:
    text = json.dumps(PATIENT, indent=1) + "\n" + json.dumps(GROUP, indent=1)
    assert _names(_read(text.encode())) == ["Patient/p", "Group/g"]
    assert _names(_read([PATIENT, GROUP])) == ["Patient/p", "Group/g"]


def test_lines_of_resources_and_bundles() -> None:
    text = b"\xef\xbb\xbf" + b"\n".join(
        json.dumps(value).encode() for value in (PATIENT, _bundle("batch", GROUP, PATIENT))
    )
    found = _read(text + b"\r\n\n", lines=True)
    assert _names(found) == ["Patient/p", "Group/g", "Patient/p"]


def test_a_file_of_stored_bundles_keeps_them() -> None:
    text = json.dumps(_bundle("batch", PATIENT) | {"id": "b"}).encode()
    assert _names(_read(text, lines=True, bundles=False)) == ["Bundle/b"]


def test_a_broken_line_costs_only_itself() -> None:
    good = json.dumps(PATIENT).encode()
    text = b"\n".join([good, b'{"resourceType": ', b'{"id": "x"}', good])
    found = _read(text, lines=True)
    assert _names(found) == ["Patient/p", "broken", "broken", "Patient/p"]
    assert isinstance(found[2], Broken)
    assert "resourceType is missing" in found[2].reason


def test_a_broken_entry_costs_only_itself() -> None:
    good = b'{"resource": ' + json.dumps(PATIENT).encode() + b"}"
    entries = b", ".join([good, b'{"resource": {"id": 01}}', b"{}", good])
    text = b'{"resourceType": "Bundle", "type": "batch", "entry": [' + entries + b"]}"
    assert _names(_read(text)) == ["Patient/p", "broken", "broken", "Patient/p"]


def test_what_stands_before_a_break_is_read_and_the_break_reported() -> None:
    text = json.dumps(_bundle("transaction", PATIENT, GROUP, PATIENT)).encode()
    found = _read(text[:-60])
    assert _names(found) == ["Patient/p", "Group/g", "broken"]
    assert isinstance(found[-1], Broken)
    assert "at byte" in found[-1].reason
    assert "Nothing after it could be read" in found[-1].reason


def test_a_damaged_archive_is_reported() -> None:
    packed = gzip.compress(b"".join(json.dumps(PATIENT).encode() + b"\n" for _ in range(50)))
    with gzip.open(io.BytesIO(packed[:-12])) as stream:
        found = list(read(cast("IO[bytes]", stream), lines=True))
    assert isinstance(found[-1], Broken)
    assert "Damaged archive" in found[-1].reason


def test_a_request_that_is_no_write_is_refused() -> None:
    entry = {"resource": PATIENT, "request": {"method": "DELETE", "url": "Patient/p"}}
    found = _read({"resourceType": "Bundle", "type": "batch", "entry": [entry]})
    assert isinstance(found[0], Broken)
    assert "does not DELETE" in found[0].reason


def test_not_json_at_all() -> None:
    assert _names(_read(b"<Patient/>")) == ["broken"]
    assert _names(_read(b"")) == []


def test_hostile_nesting_costs_only_itself() -> None:
    deep = b'{"resource": {"resourceType": "Basic", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    good = b'{"resource": ' + json.dumps(PATIENT).encode() + b"}"
    entries = b", ".join([good, deep, good])
    text = b'{"resourceType": "Bundle", "type": "batch", "entry": [' + entries + b"]}"
    assert _names(_read(text)) == ["Patient/p", "broken", "Patient/p"]


class _Endless:
    """A Bundle of a given number of bytes that is made while it is read."""

    def __init__(self, size: int) -> None:
        entry = json.dumps({"resource": PATIENT | {"language": "x" * 2000}}).encode()
        self._entry = b"," + entry
        self._left = size // len(entry)
        self._next = b'{"resourceType": "Bundle", "type": "collection", "entry": [' + entry

    def read(self, size: int = -1, /) -> bytes:
        pieces = [self._next]
        had = len(self._next)
        while had < size and self._left:
            pieces.append(self._entry)
            had += len(self._entry)
            self._left -= 1
        self._next = b"" if self._left else b"]}" if had and self._left == 0 else b""
        if self._left == 0 and had:
            self._left = -1
        return b"".join(pieces)


def test_a_huge_bundle_takes_little_memory() -> None:
    import tracemalloc

    tracemalloc.start()
    stream: Any = _Endless(150 << 20)
    count = sum(isinstance(item, Item) for item in read(stream, lines=False))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count > 70_000
    assert peak < 20 << 20
