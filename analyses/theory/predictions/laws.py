"""Predictions of a whole distribution: continuous, or by classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....sim.runfile import Run
from .finding import Array, Finding, Measure

LEAST = 50.0
"""Networks expected in a class. Five do for tests at 5 %; at 10⁻⁵ the tail of χ² wants more (measured)."""


@dataclass(frozen=True, eq=False)
class Law:
    """A whole continuous distribution, by Kolmogorov and Smirnov's largest distance from its function.

    Args:
        what: what is predicted.
        cdf: the distribution function.
        measure: independent values, (n,).
    """

    what: str
    cdf: Callable[[Array], Array]
    measure: Measure
    stochastic: bool = field(default=True, init=False)

    def judge(self, run: Run) -> Finding:
        """Found is the largest distance, expected its mean √(π/2n) ln 2."""
        from scipy.stats import kstest

        sample = np.asarray(self.measure(run), np.float64)
        result = kstest(sample, self.cdf)
        root = np.sqrt(sample.size)
        expected, sd = 0.868731 / root, 0.260330 / root
        return Finding(self.what, expected, float(result.statistic), sd, float(result.pvalue))


@dataclass(frozen=True, eq=False)
class Counts:
    """How many networks fall in each of some classes, by Pearson's χ².

    Classes of which theory expects few networks are taken together, to `LEAST` of them or more.

    Args:
        what: what is predicted.
        value: the probabilities of the classes, (k,).
        measure: the counts, (k,).
    """

    what: str
    value: ArrayLike
    measure: Measure
    stochastic: bool = field(default=True, init=False)

    def judge(self, run: Run) -> Finding:
        """Found is χ², expected its degrees of freedom; classes that cannot occur must be empty.

        Raises:
            ValueError: too few networks to tell two classes apart.
        """
        from scipy.stats import chi2

        p = np.asarray(self.value, np.float64)
        counts = np.asarray(self.measure(run), np.float64)
        expected = counts.sum() * p / p.sum()
        together = _pooled(expected)
        if together.max() == 0:
            raise ValueError(
                f"{self.what}: {counts.sum():.0f} networks are too few, 2 × {LEAST:.0f} are needed"
            )
        expected, found = (np.bincount(together, values) for values in (expected, counts))
        free = len(expected) - 1
        statistic = float(((found - expected) ** 2 / expected).sum())
        if counts[p == 0].any():
            statistic = np.inf
        return Finding(self.what, free, statistic, float(np.sqrt(2 * free)), float(chi2.sf(statistic, free)))


def _pooled(expected: Array) -> NDArray[np.intp]:
    """(k,): which pool each class belongs to, from the largest on; each pool has `LEAST` or more."""
    pool, number, held = np.empty(len(expected), np.intp), 0, 0.0
    order = np.argsort(-expected, kind="stable")
    for place, which in enumerate(order):
        pool[which] = number
        held += expected[which]
        if held >= LEAST and expected[order[place + 1 :]].sum() >= LEAST:
            number, held = number + 1, 0.0
    return pool
