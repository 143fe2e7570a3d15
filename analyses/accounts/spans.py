"""Into which spans of updates a ledger is cut to be read by phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ...sim.runfile import Run

PARTS = 3


class Span(NamedTuple):
    """Updates `first` to `last`; `start` and `stop` are the places of the recorded times around them."""

    name: str
    first: int
    last: int
    start: int
    stop: int


def spans_of(run: Run, condition: str) -> list[Span]:
    """The experiment's phases where it has some, and else thirds of the recorded intervals.

    Books are read at recorded times, so a phase ends at the last one that is not beyond its end. Records are
    spaced by their logarithm by default; the thirds are then early, middle and late on that scale.
    """
    time = run.own_times(condition)
    phases = run.tables[condition].get("phase", [])
    if phases:
        ends = np.cumsum([phase["updates"] for phase in phases])
        cuts = np.searchsorted(time, [*ends, time[-1]], side="right") - 1
        names = [*(_phase(number, phase) for number, phase in enumerate(phases)), "own training"]
    else:
        cuts = np.round(np.linspace(0, len(time) - 1, PARTS + 1)[1:]).astype(int)
        names = [""] * PARTS
    return _between(time, cuts, names)


def _phase(number: int, phase: dict[str, Any]) -> str:
    return f"phase {number + 1}, {phase['loss']['kind']}"


def _between(time: NDArray[np.int64], cuts: NDArray[np.integer], names: list[str]) -> list[Span]:
    """Spans up to each cut; those without a recorded time of their own are left out."""
    found, start = [], 0
    for stop, name in zip(map(int, cuts), names, strict=True):
        if stop > start:
            first, last = int(time[start]), int(time[stop])
            updates = f"updates {first:,} to {last:,}"
            found.append(Span(f"{name}: {updates}" if name else updates, first, last, start, stop))
            start = stop
    return found
