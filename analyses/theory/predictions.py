"""What theory says of a run before it is made, and how far from it the run came out.

A prediction is exact, with a tolerance that is stated, or holds of a sample, with a p-value: the probability
of a sample at least as far off if theory and simulation agree. A suite says how small a p it alarms at.
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
    """The mean of independent values; z = (mean − value)/(sd/√n) is normal, p = 2Φ(−|z|).

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
        return _normal(self.what, self.value, float(sample.mean()), spread / np.sqrt(sample.size), self.slack)


@dataclass(frozen=True, eq=False)
class Variance:
    """The variance σ² of independent values; its standard error is √(κ₄/n + 2σ⁴/(n − 1)).

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
        sample = np.asarray(self.measure(run), np.float64)
        n, squares = sample.size, (sample - sample.mean()) ** 2
        found = float(squares.sum() / (n - 1))
        if self.fourth is None:
            error = float(squares.std() / np.sqrt(n))
        else:
            error = float(np.sqrt(self.fourth / n + 2 * self.value**2 / (n - 1)))
        return _normal(self.what, self.value, found, error, 0.0)


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

    Classes of which theory expects fewer than `LEAST` networks are taken together.

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
        """Found is χ², expected its degrees of freedom; classes that cannot occur must be empty."""
        from scipy.stats import chi2

        p = np.asarray(self.value, np.float64)
        counts = np.asarray(self.measure(run), np.float64)
        expected = counts.sum() * p / p.sum()
        together = _pooled(expected)
        expected, found = (np.bincount(together, values) for values in (expected, counts))
        free = max(len(expected) - 1, 1)
        statistic = float(((found - expected) ** 2 / expected).sum())
        if counts[p == 0].any():
            statistic = np.inf
        return Finding(self.what, free, statistic, float(np.sqrt(2 * free)), float(chi2.sf(statistic, free)))


LEAST = 5.0
"""Networks that are expected in a class for χ² to be nearly its law (Cochran 1954, Biometrics 10:417-451)."""


def _pooled(expected: Array) -> NDArray[np.intp]:
    """(k,): which pool each class belongs to, all small ones in one that is itself not small."""
    order = np.argsort(-expected, kind="stable")
    large = int((expected >= LEAST).sum())
    if large < len(order) and expected[order[large:]].sum() < LEAST:
        large -= 1
    pool = np.empty(len(order), np.intp)
    pool[order] = np.minimum(np.arange(len(order)), max(large, 0))
    return pool


def _normal(what: str, value: float, found: float, error: float, slack: float) -> Finding:
    from scipy.special import ndtr

    near = float(np.clip(found, value - slack, value + slack))
    if error == 0:
        return Finding(what, near, found, error, float(found == near))
    return Finding(what, near, found, error, float(2 * ndtr(-abs(found - near) / error)))
