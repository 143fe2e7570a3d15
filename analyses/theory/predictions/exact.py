"""Predictions that chance has no part in: values with a tolerance, and whole numbers of updates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ....sim.runfile import Run
from .finding import Finding, Measure


@dataclass(frozen=True, eq=False)
class Exact:
    """Values without chance: |found − value| ≤ absolute + relative · |value|, each of them.

    Args:
        what: what is predicted.
        value: of any shape.
        measure: the same of a run, in a shape that broadcasts with it.
        absolute, relative: the tolerance; the first may be of `value`'s shape.
    """

    what: str
    value: ArrayLike
    measure: Measure
    absolute: ArrayLike = 0.0
    relative: float = 0.0
    stochastic: bool = field(default=False, init=False)

    def judge(self, run: Run) -> Finding:
        """The value that is farthest off, in tolerances; one that is not finite is infinitely far."""
        found, value = np.broadcast_arrays(
            np.asarray(self.measure(run), np.float64), np.asarray(self.value, np.float64)
        )
        if not found.size:
            return Finding(self.what, float("nan"), float("nan"), 0.0)
        error = np.broadcast_to(np.asarray(self.absolute) + self.relative * np.abs(value), value.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.where(found == value, 0.0, np.abs(found - value) / error)
        worst = int(np.nan_to_num(off, nan=np.inf).argmax())
        return Finding(self.what, *(float(part.flat[worst]) for part in (value, found, error)))


@dataclass(frozen=True, eq=False)
class Steps:
    """Numbers of updates, of which theory gives x before rounding up: ⌈x − slack⌉ ≤ found ≤ ⌈x + slack⌉.

    Args:
        what: what is predicted.
        value: x, of any shape.
        measure: the counts of a run, in a shape that broadcasts with it.
        slack: how far off x may itself be.
    """

    what: str
    value: ArrayLike
    measure: Measure
    slack: ArrayLike = 0.0
    stochastic: bool = field(default=False, init=False)

    def judge(self, run: Run) -> Finding:
        """The count that is farthest off; expected is the nearest that would do, without tolerance."""
        found, x, slack = np.broadcast_arrays(
            np.asarray(self.measure(run), np.float64), np.asarray(self.value), np.asarray(self.slack)
        )
        near = np.clip(found, np.ceil(x - slack), np.ceil(x + slack))
        worst = int(np.nan_to_num(np.abs(found - near), nan=np.inf).argmax())
        return Finding(self.what, float(near.flat[worst]), float(found.flat[worst]), 0.0)
