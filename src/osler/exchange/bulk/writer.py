"""Decodes a batch of records and hands it to the record; a bad one costs only itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from osler.access import Principal
from osler.exchange.bulk.divide import divide, reason
from osler.exchange.bulk.items import Broken, Item
from osler.exchange.bulk.mended import with_id
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.fhir.validate import validate
from osler.kit.errors import OslerError, Unprocessable
from osler.record import Checks, Record

UNCHECKED = Checks(
    validate=False, references=False, why_off="bulk load: only structure was checked"
)
_CHECKED = Checks(
    validate=False, references=False, why_off="bulk load: references were not checked"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that go into one transaction, no two of them the same resource.

    `source` is what the audit is told, `mark` the journal's name for the lane; `positions` say for
    each record how far the load has come when it is written.
    """

    lane: int
    items: tuple[Item, ...]
    source: str = ""
    mark: str = ""
    positions: tuple[int, ...] = ()


@dataclass(slots=True)
class Written:
    """What came of a batch: {type: {status: number}}, and the records that were refused."""

    lane: int
    tally: dict[str, Counter[str]] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)


class Writer:
    """Writes batches to one record, for one principal."""

    def __init__(self, record: Record, principal: Principal, *, validate: bool) -> None:
        self._record = record
        self._principal = principal
        self._validate = validate
        self._checks = _CHECKED if validate else UNCHECKED

    def write(self, batch: Batch) -> Written:
        """All good records of the batch in one transaction; the bad ones are returned."""
        written = Written(batch.lane)
        good: list[tuple[Item, Resource, int]] = []
        for item, position in zip(batch.items, batch.positions, strict=True):
            try:
                good.append((item, self._decode(item), position))
            except OslerError as error:
                written.broken.append(_broken(item, reason(error)))
        divide(
            good,
            lambda some: self._load(batch, some, written),
            lambda one, why: written.broken.append(_broken(one[0], why)),
        )
        return written

    def _decode(self, item: Item) -> Resource:
        resource = decode(item.content)
        resource.id = item.id
        if self._validate:
            faults = [i for i in validate(resource) if i.severity in ("error", "fatal")]
            if faults:
                raise Unprocessable(faults[0].diagnostics, issues=faults)
        return resource

    def _load(
        self, batch: Batch, some: Sequence[tuple[Item, Resource, int]], written: Written
    ) -> None:
        outcomes = self._record.load(
            self._principal,
            [resource for _, resource, _ in some],
            checks=self._checks,
            source=batch.source,
            mark=(batch.mark, some[-1][2], False),
        )
        for (item, _, _), outcome in zip(some, outcomes, strict=True):
            written.tally.setdefault(item.type, Counter())[outcome.status] += 1


def _broken(item: Item, why: str) -> Broken:
    content = with_id(item.content, item.id)
    return Broken(item.place, why, content, item.type, item.source)
