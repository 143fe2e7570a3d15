"""What theory says of a run before it is made, and how far from it the run came out.

A prediction is exact, with a tolerance that is stated, or holds of a sample, with a p-value: about uniform if
theory and simulation agree, and small if they do not. A suite says how small a p it alarms at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...sim.runfile import Run

Array = NDArray[np.float64]
Measure = Callable[[Run], Any]


class Finding(NamedTuple):
    """A prediction beside what was found.

    Args:
        what: what is predicted.
        expected, found: where there are several values, those that are farthest apart.
        error: the tolerance of an exact prediction, the standard error of any other.
        p: the p-value of a sample; None where the prediction is exact.
    """

    what: str
    expected: float
    found: float
    error: float
    p: float | None = None

    @property
    def deviation(self) -> float:
        """(found − expected)/error: beyond ±1 an exact prediction has failed."""
        gap = self.found - self.expected
        return gap / self.error if gap and self.error else gap and float(np.sign(gap)) * np.inf

    def holds(self, alpha: float) -> bool:
        """Whether it is met: within its tolerance, or with a p-value of at least `alpha`."""
        return bool(abs(self.deviation) <= 1 if self.p is None else self.p >= alpha)


class Prediction(Protocol):
    """Anything that can be held against a run."""

    @property
    def what(self) -> str:
        """What is predicted, in a few words."""
        ...

    @property
    def stochastic(self) -> bool:
        """Whether a run meets it by chance, and may so miss it."""
        ...

    def judge(self, run: Run) -> Finding:
        """What was found of it in a run."""
        ...


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


@dataclass(frozen=True, eq=False)
class Mean:
    """The mean of independent values; (mean − value)/(sd/√n) is normal, or Student's t with the sample's sd.

    Args:
        what: what is predicted.
        value: the expectation.
        measure: the values, (n,).
        sd: their standard deviation where theory has it, that of the sample otherwise.
        slack: how far off the expectation may itself be, where theory is asymptotic.
    """

    what: str
    value: float
    measure: Measure
    sd: float | None = None
    slack: float = 0.0
    stochastic: bool = field(default=True, init=False)

    def judge(self, run: Run) -> Finding:
        """Found is the mean, error its standard error."""
        sample = np.asarray(self.measure(run), np.float64)
        spread = float(sample.std(ddof=1)) if self.sd is None else self.sd
        error, found = spread / float(np.sqrt(sample.size)), float(sample.mean())
        freedom = sample.size - 1 if self.sd is None else np.inf
        return _student(self.what, self.value, found, error, self.slack, freedom)


@dataclass(frozen=True, eq=False)
class Variance:
    """The variance σ² of independent values; its standard error is √(κ₄/n + 2σ⁴/(n − 1)).

    The estimate is taken to be like a χ²/ν with that error, which it is for normal values: it is skewed.

    Args:
        what: what is predicted.
        value: σ².
        measure: the values, (n,).
        fourth: their fourth cumulant κ₄, 0 for normal ones; the sample's own if None.
    """

    what: str
    value: float
    measure: Measure
    fourth: float | None = None
    stochastic: bool = field(default=True, init=False)

    def judge(self, run: Run) -> Finding:
        """Found is the variance, error its standard error."""
        from scipy.stats import chi2

        sample = np.asarray(self.measure(run), np.float64)
        n, squares = sample.size, (sample - sample.mean()) ** 2
        found = float(squares.sum() / (n - 1))
        if self.fourth is None:
            error = float(squares.std() / np.sqrt(n))
        else:
            error = float(np.sqrt(self.fourth / n + 2 * self.value**2 / (n - 1)))
        freedom = 2 * (self.value / error) ** 2
        tails = (tail(freedom * found / self.value, freedom) for tail in (chi2.cdf, chi2.sf))
        return Finding(self.what, self.value, found, error, min(1.0, 2 * float(min(tails))))


@dataclass(frozen=True, eq=False)
class Share:
    """A share of independent networks: binomial, both tails, half of the found count's own probability.

    Args:
        what: what is predicted.
        value: the probability.
        measure: which networks it holds of, (n,) booleans.
        slack: how far off the probability may itself be, where theory is asymptotic.
    """

    what: str
    value: float
    measure: Measure
    slack: float = 0.0
    stochastic: bool = field(default=True, init=False)

    def judge(self, run: Run) -> Finding:
        """Found is the share, error its standard error under theory."""
        from scipy.stats import binom

        holds = np.asarray(self.measure(run), bool)
        n, x = holds.size, int(holds.sum())
        near = float(np.clip(x / n, self.value - self.slack, self.value + self.slack))
        near = min(max(near, 0.0), 1.0)
        own = binom.pmf(x, n, near)
        tails = binom.cdf(x, n, near) - own / 2, binom.sf(x, n, near) + own / 2
        error = float(np.sqrt(near * (1 - near) / n))
        return Finding(self.what, near, x / n, error, min(1.0, 2 * float(min(tails))))


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


LEAST = 50.0
"""Networks expected in a class. Five do for tests at 5 %; at 10⁻⁵ the tail of χ² wants more (measured)."""


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


def _student(what: str, value: float, found: float, error: float, slack: float, freedom: float) -> Finding:
    from scipy.special import ndtr, stdtr

    near = float(np.clip(found, value - slack, value + slack))
    if error == 0:
        return Finding(what, near, found, error, float(found == near))
    size = -abs(found - near) / error
    return Finding(
        what, near, found, error, float(2 * (stdtr(freedom, size) if freedom < np.inf else ndtr(size)))
    )
