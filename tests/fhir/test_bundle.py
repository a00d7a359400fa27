from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from osler.fhir import bundle, codec, r4

WHEN = datetime(2024, 5, 6, 7, 8, 9, 120_000, tzinfo=UTC)
PATIENT = b'{"resourceType":"Patient","id":"1"}'


def _read(data: bytes) -> r4.Bundle:
    found, canonical = codec.decode_canonical(data)
    assert isinstance(found, r4.Bundle)
    assert len(canonical) == len(data)
    return found


def test_a_searchset() -> None:
    entries = [
        bundle.search_entry("https://e/Patient/1", PATIENT),
        bundle.search_entry(None, PATIENT, "include", 0.5),
    ]
    links = [bundle.Link("self", 'https://e/Patient?name="a"')]
    found = _read(bundle.assemble("searchset", entries, id="b", updated=WHEN, total=7, links=links))
    assert found.entry is not None
    assert (found.total, len(found.entry), found.type) == (7, 2, "searchset")
    assert found.link is not None
    assert found.link[0].url == 'https://e/Patient?name="a"'
    assert found.meta is not None
    assert found.meta.lastUpdated == "2024-05-06T07:08:09.120Z"
    assert found.entry[1].search is not None
    assert found.entry[1].search.mode == "include"


def test_a_bundle_without_entries_has_no_empty_list() -> None:
    data = bundle.assemble("searchset", [], total=0)
    assert data == b'{"resourceType":"Bundle","type":"searchset","total":0}'
    _read(data)


def test_a_history_with_a_deletion() -> None:
    entries = [
        bundle.history_entry(
            "https://e/Patient/1",
            None,
            method="DELETE",
            url="Patient/1",
            status="204",
            version=2,
            updated=WHEN,
        ),
        bundle.history_entry(
            "https://e/Patient/1",
            PATIENT,
            method="POST",
            url="Patient",
            status="201",
            version=1,
            updated=WHEN,
        ),
    ]
    found = _read(bundle.assemble("history", entries, total=2))
    assert found.entry is not None
    assert found.entry[0].resource is None
    assert found.entry[0].response is not None
    assert found.entry[0].response.etag == 'W/"2"'


def test_a_response_with_an_outcome() -> None:
    outcome = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid"}]}'
    entries = [
        bundle.response_entry(
            "201 Created",
            location="https://e/Patient/1/_history/1",
            etag='W/"1"',
            updated=WHEN,
            content=PATIENT,
        ),
        bundle.response_entry("404 Not Found", outcome=outcome),
    ]
    found = _read(bundle.assemble("batch-response", entries))
    assert found.entry is not None
    assert found.entry[1].response is not None
    assert isinstance(found.entry[1].response.outcome, r4.OperationOutcome)


def test_pieces_join_to_the_whole() -> None:
    entries = [bundle.search_entry(None, PATIENT)] * 3
    assert b"".join(bundle.stream("searchset", entries)) == bundle.assemble("searchset", entries)


def test_instants_are_utc_with_the_precision_they_have() -> None:
    berlin = timezone(timedelta(hours=2))
    assert bundle.instant(datetime(2024, 1, 1, 1, tzinfo=berlin)) == "2023-12-31T23:00:00.000Z"
    assert bundle.instant(WHEN + timedelta(microseconds=1)) == "2024-05-06T07:08:09.120001Z"
