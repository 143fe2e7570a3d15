"""What correcting a behaviour does to others that share its weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...statistics import Interval, at_most, clustered_mean
from .experiments import WRONG
from .shared import Alone, Begin, Trained
from .worlds.states import Array


def share(values: Array, confidence: float = 0.95) -> Interval:
    """A share over worlds, networks and states, by worlds.

    Args:
        values: (worlds, …), of 0 and 1, NaN where there is no value.
        confidence: the coverage aimed at.
    """
    worlds = np.broadcast_to(np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1)), values.shape)
    kept = ~np.isnan(values)
    chosen, of = values[kept], worlds[kept]
    count = len(np.unique(of))
    if count < 2:
        return Interval(np.nan, 0.0, 1.0, confidence, "fewer than two worlds")
    if chosen.min() < chosen.max():
        found = clustered_mean(chosen, of, confidence)
        return Interval(found.estimate, max(0.0, found.low), min(1.0, found.high), confidence, found.method)
    # Worlds that all agree have a mean without width; what they bound is the share of worlds that differ.
    bound = float(at_most(0, count, confidence).high)
    low, high = (0.0, bound) if chosen[0] == 0 else (1 - bound, 1.0)
    return Interval(float(chosen[0]), low, high, confidence, f"none of {count} worlds differs")


def spoilt(start: Begin, what: Trained, ever: bool = True) -> Array:
    """(worlds, networks, RIGHT): whether a behaviour that was right was wrong at some time, or at the end."""
    wrong = np.isfinite(what.spoilt_at) if ever else what.last[..., WRONG:] < 0
    return _of(wrong, start.usable & ~what.diverged)


@dataclass(frozen=True, eq=False)
class Spread:
    """What happened to behaviours that nothing trained while one was corrected.

    Args:
        aligned: (worlds, networks, S − 1), whether their gradients point the same way as the trained one's.
        spoilt: the same shape, whether a right one was made wrong; NaN for those that were wrong.
        mended: the same shape, whether a wrong one was made right; NaN for those that were right.
    """

    aligned: NDArray[np.bool_]
    spoilt: Array
    mended: Array

    def where(self, values: Array, aligned: bool, confidence: float = 0.95) -> Interval:
        """The share among those with, or against, the gradient of the trained one."""
        return share(np.where(self.aligned == aligned, values, np.nan), confidence)


def spread(start: Begin, what: Alone) -> Spread:
    """Of a rule that corrected the first state alone."""
    usable = (start.usable & ~what.diverged & np.isfinite(what.corrected_at))[..., None]
    right = np.arange(1, what.last.shape[-1]) >= WRONG
    last = what.last[..., 1:]
    return Spread(
        start.kernel[..., 0, 1:] > 0,
        np.where(usable & right, last < 0, np.nan),
        np.where(usable & ~right, last > 0, np.nan),
    )


def company(start: Begin, together: Trained, alone: Alone) -> tuple[Array, Array]:
    """(worlds, networks) each: whether the first state was right sooner, or later, beside others."""
    usable = start.usable & ~together.diverged & ~alone.diverged
    first = together.corrected_at[..., 0]
    return _of(first < alone.corrected_at, usable), _of(first > alone.corrected_at, usable)


def _of(happened: NDArray[np.bool_], usable: NDArray[np.bool_]) -> Array:
    usable = usable.reshape(*usable.shape, *[1] * (happened.ndim - usable.ndim))
    return np.where(usable, happened.astype(np.float64), np.nan)
