"""A progress bar with the time that is left."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{(task.speed or 0) / 1e6:.2f} M updates/s")


class Bar:
    """Progress of a run on the terminal; what was done before counts as done, but not as speed."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            _Speed(),
            TimeElapsedColumn(),
            TextColumn("elapsed,"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("compiling", total=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, total: int, done: int) -> None:
        """Network updates in all, and those that were done before."""
        self._progress.start()
        self._progress.update(self._task, total=total, completed=done)

    def advance(self, updates: int) -> None:
        """Network updates done since the last call."""
        self._progress.update(self._task, advance=updates, description="training")

    def finalising(self) -> None:
        """All blocks are done and become one file."""
        self._progress.update(self._task, description="writing")
