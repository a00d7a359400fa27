"""Packs the records of an input into batches, one row of batches for each lane."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from osler.exchange.bulk.items import Item
from osler.exchange.bulk.writer import Batch

_LARGEST = 4 << 20  # bytes of JSON in a batch


@dataclass(slots=True)
class _Pile:
    """What waits for one lane."""

    items: list[Item] = field(default_factory=list)
    keys: set[tuple[str, str | None]] = field(default_factory=set)
    size: int = 0


class Packer:
    """A resource always goes to the same lane, so that its versions keep the order of the input."""

    def __init__(self, lanes: int, most: int) -> None:
        self._piles = [_Pile() for _ in range(lanes)]
        self._most = most

    def lane(self, item: Item) -> int:
        """Which lane this resource belongs to; the same in every run."""
        return zlib.crc32(f"{item.type}/{item.id}".encode()) % len(self._piles)

    def add(self, item: Item) -> Iterator[Batch]:
        """Takes a record; answers a batch where one is full."""
        lane, key = self.lane(item), (item.type, item.id)
        if key in self._piles[lane].keys:  # one transaction writes a resource once
            yield self._close(lane)
        pile = self._piles[lane]
        pile.items.append(item)
        pile.keys.add(key)
        pile.size += len(item.content)
        if len(pile.items) >= self._most or pile.size >= _LARGEST:
            yield self._close(lane)

    def rest(self) -> Iterator[Batch]:
        """What is left, in batches that are not full."""
        for lane, pile in enumerate(self._piles):
            if pile.items:
                yield self._close(lane)

    def _close(self, lane: int) -> Batch:
        pile, self._piles[lane] = self._piles[lane], _Pile()
        return Batch(lane, tuple(pile.items))
