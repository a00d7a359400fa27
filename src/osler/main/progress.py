"""Progress on stderr: bars where a person watches, silence where a script does."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)


class Bars:
    """Bars on stderr for the length of a `with` block."""

    def __init__(self, *columns: ProgressColumn) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            *columns,
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, key: str, done: float, total: float, text: str | None = None) -> None:
        """Set the bar `key`, made at its first mention, to `done` of `total`."""
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(text or key, total=total)
        self._progress.update(
            self._tasks[key], completed=done, total=total, description=text or key
        )


class Steps(Bars):
    """Bars that count things."""

    def __init__(self) -> None:
        super().__init__(MofNCompleteColumn())

    def tell(self, what: str, done: int, total: int) -> None:
        """`done` of about `total` of `what`."""
        self.show(what, done, max(done, total))


class Bytes(Bars):
    """A bar that counts bytes."""

    def __init__(self) -> None:
        super().__init__(DownloadColumn())
