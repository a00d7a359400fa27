"""Decodes a batch of records and hands it to the record; a bad one costs only itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from osler.access import Principal
from osler.exchange.bulk.items import Broken, Item
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.fhir.validate import validate
from osler.kit.errors import Conflict, OslerError, Unavailable
from osler.record import Checks, Record

_ATTEMPTS = 3
UNCHECKED = Checks(
    validate=False, references=False, why_off="bulk load: only structure was checked"
)
_CHECKED = Checks(
    validate=False, references=False, why_off="bulk load: references were not checked"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one input that go into one transaction, no two of them the same resource.

    `mark` is the journal's name for the input and lane, `source` what the audit is told.
    """

    lane: int
    items: tuple[Item, ...]
    source: str = ""
    mark: str = ""


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
        good: list[tuple[Item, Resource]] = []
        for item in batch.items:
            try:
                good.append((item, self._decode(item)))
            except OslerError as error:
                written.broken.append(_refused(item, error))
        self._commit(batch, good, written)
        return written

    def _decode(self, item: Item) -> Resource:
        resource = decode(item.content)
        resource.id = item.id
        if self._validate:
            faults = [i for i in validate(resource) if i.severity in ("error", "fatal")]
            if faults:
                raise OslerError(faults[0].diagnostics, issues=faults)
        return resource

    def _commit(
        self, batch: Batch, good: Sequence[tuple[Item, Resource]], written: Written
    ) -> None:
        """One transaction; where that fails, halves, down to the record at fault."""
        if not good:
            return
        try:
            statuses = self._load(batch, good)
        except Unavailable:
            raise  # the database is away: no record is at fault
        except (OslerError, psycopg.DataError, psycopg.IntegrityError) as error:
            if len(good) == 1:
                item = good[0][0]
                written.broken.append(_refused(item, error))
                return
            middle = len(good) // 2
            self._commit(batch, good[:middle], written)
            self._commit(batch, good[middle:], written)
            return
        for (item, _), status in zip(good, statuses, strict=True):
            written.tally.setdefault(item.type, Counter())[status] += 1

    def _load(self, batch: Batch, good: Sequence[tuple[Item, Resource]]) -> list[str]:
        """Tried again where another writer was in the way."""
        resources = [resource for _, resource in good]
        mark = (batch.mark, good[-1][0].place, False)
        for attempt in range(_ATTEMPTS):
            try:
                outcomes = self._record.load(
                    self._principal,
                    resources,
                    checks=self._checks,
                    source=batch.source,
                    mark=mark,
                )
            except Conflict:
                if attempt + 1 == _ATTEMPTS:
                    raise
            else:
                return [outcome.status for outcome in outcomes]
        raise AssertionError("unreachable")


def _refused(item: Item, error: Exception) -> Broken:
    if isinstance(error, OslerError):
        reason = "; ".join(
            f"{issue.expression}: {issue.diagnostics}" if issue.expression else issue.diagnostics
            for issue in error.issues[:5]
        )
    else:
        reason = str(error).splitlines()[0]
    return Broken(item.place, reason, item.content, item.type, item.source)
