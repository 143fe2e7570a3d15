"""Predictions of one number of a sample: its mean, its variance, a share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ....sim.runfile import Run
from .finding import Finding, Measure


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


def _student(what: str, value: float, found: float, error: float, slack: float, freedom: float) -> Finding:
    from scipy.special import ndtr, stdtr

    near = float(np.clip(found, value - slack, value + slack))
    if error == 0:
        return Finding(what, near, found, error, float(found == near))
    size = -abs(found - near) / error
    return Finding(
        what, near, found, error, float(2 * (stdtr(freedom, size) if freedom < np.inf else ndtr(size)))
    )
