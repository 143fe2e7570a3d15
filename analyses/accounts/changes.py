"""How a booked behaviour itself changed: what the accounts add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..statistics import Array

if TYPE_CHECKING:
    from ...sim.runfile import Run


@dataclass(frozen=True, eq=False)
class Changes:
    """A behaviour's change since the first update, averaged over networks that have not diverged.

    Args:
        time: (T,), updates done, at which the condition was recorded.
        mean: (T,), of the change up to each time, in the behaviour's unit.
        error: (T,), its standard error over networks; NaN of fewer than two.
        first: the behaviour's mean before the first update, of the networks that are there at the end.
        networks: how many are there at the end; diverged: how many are not.
    """

    time: NDArray[np.int64]
    mean: Array
    error: Array
    first: float
    networks: int
    diverged: int

    @property
    def last(self) -> float:
        """The behaviour's mean at the end, of the same networks as `first`."""
        return self.first + float(self.mean[-1])


def booked_as(run: Run, condition: str) -> str:
    """What of its behaviours a condition booked: `rate` or `margin`."""
    return run.tables[condition]["training"]["ledger"].get("of", "rate")


def changes_of(run: Run, behaviour: str, condition: str) -> Changes:
    """The change of a behaviour's rate, or of its margin where that was booked.

    Read a block of networks at a time: a million networks at 60 times are 240 MB.
    """
    time = run.own_times(condition)
    own, index = np.isin(run.time, time), run.behaviours.index(behaviour)
    count, total, square, first = np.zeros(len(time)), np.zeros(len(time)), np.zeros(len(time)), 0.0
    for slab in run.slabs(booked_as(run, condition), condition):
        values = slab[:, own, index].astype(np.float64)
        there = ~np.isnan(values)
        change = np.where(there, values - values[:, :1], 0.0)
        count += there.sum(axis=0)
        total += change.sum(axis=0)
        square += (change**2).sum(axis=0)
        first += float(values[there[:, -1], 0].sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / count
        error = np.sqrt(np.maximum(square / count - mean**2, 0.0) / (count - 1))
    error[count < 2] = np.nan
    left = int(count[-1])
    return Changes(time, mean, error, first / left if left else np.nan, left, len(run.networks) - left)
