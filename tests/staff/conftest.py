"""A record with two patients and a measurement, behind the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from osler.access import LOCAL, shipped
from osler.fhir.codec import decode
from osler.record import Record, Update
from tests.identity.conftest import pages

__all__ = ["pages", "record"]
_ANA = (
    b'{"resourceType":"Patient","id":"ana","birthDate":"1961-05-02","name":[{"family":"Garcia","given":["Ana"]}],'
    b'"identifier":[{"use":"usual","system":"urn:mrn","value":"MRN-7"}]}'
)
_RESOURCES = (
    b'{"resourceType":"Practitioner","id":"p1","name":[{"family":"Osei","given":["Ada"]}]}',
    _ANA,
    b'{"resourceType":"Patient","id":"b.o-1","birthDate":"1970-01-01","name":[{"family":"<b>Bo</b>"}]}',
    b'{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/ana"},"code":{"text":"Asthma"}}',
)


@pytest.fixture
def record(pages: None) -> Iterator[Record]:
    """The record in which the pages of this test work."""
    from osler.identity import rights
    from osler.ui import door

    record = door.record()
    record.commit(LOCAL, [Update(decode(one)) for one in _RESOURCES])
    rights.use(record.roles)
    yield record
    rights.use(shipped)
