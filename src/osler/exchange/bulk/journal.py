"""How far an interrupted load came, so that the next run of the same inputs goes on from there.

Every batch is committed together with its own mark. Writing a record twice would change nothing
anyway; the journal only saves the time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from osler.access import Principal
from osler.exchange.bulk.items import Item
from osler.exchange.bulk.sources import Source
from osler.exchange.bulk.writer import UNCHECKED
from osler.record import Record

_GENERATIONS = 10_000
_PLACES = 40  # bits: enough for any number of records in one input


def position(item: Item) -> int:
    """Where a record stands in the whole of a load: its input, then its place in it."""
    return item.source << _PLACES | item.place


class Journal:
    """The marks of the first run, not yet finished, of these unchanged inputs in these lanes."""

    def __init__(
        self, record: Record, principal: Principal, sources: Sequence[Source], lanes: int
    ) -> None:
        self._record = record
        self._principal = principal
        self._name = f"{len(sources)} inputs from {sources[0].path}" if sources else "no inputs"
        identities = "\n".join([str(lanes), *(source.identity() for source in sources)])
        digest = hashlib.sha256(identities.encode()).hexdigest()[:32]
        for generation in range(_GENERATIONS):
            self._key = f"{digest}#{generation}"
            if not record.load_position(self._key)[1]:
                break

    def key(self, lane: int) -> str:
        """The name of the mark of one lane."""
        return f"{self._key}/{lane}"

    def position(self, lane: int) -> int:
        """Everything up to this position that belongs to the lane is in the database."""
        return self._record.load_position(self.key(lane))[0]

    def finish(self) -> None:
        """All inputs are in: the next load of them starts afresh."""
        self._record.load(
            self._principal, [], checks=UNCHECKED, source=self._name, mark=(self._key, 1, True)
        )
