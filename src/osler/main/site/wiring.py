"""What only the top may connect: accounts' events go to the audit, pages get the record."""

from __future__ import annotations

from osler.record import Record
from osler.ui import door


def wire(record: Record) -> None:
    """Connect the parts of this process."""
    door.use(record)
