"""One-sided bounds for a share, and how often an interval for a share covers, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import Array, Interval, check_confidence, counts, whole
from .shares import method_called


def at_most(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """An upper bound for a share, for "none of n did it".

    The largest share under which as few successes as x have probability 1 − confidence. For x = 0 that is

        1 − (1 − confidence)^(1/n),    about 3 / n at 95 %

    Args:
        successes: how many networks.
        trials: of how many.
        confidence: the coverage met at least.

    Returns:
        The share, from 0 to the bound. All of the error is on one side: the bound is below the upper limit of
        a two-sided interval.

    Raises:
        ValueError: what are not counts, no trials, a confidence outside (0, 1).

    Example:
        >>> print(at_most(0, 100_000))
        0 (95 % interval 0 to 2.996e-05, Clopper-Pearson, one-sided)

    Reference:
        Clopper and Pearson (1934), Biometrika 26:404-413; Hanley and Lippman-Hand (1983), JAMA 249:1743-1745.
    """
    return _one_sided("at_most", successes, trials, confidence)


def at_least(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """A lower bound for a share, for "all of n did it": 1 minus `at_most` of the failures.

    Args:
        successes: how many networks.
        trials: of how many.
        confidence: the coverage met at least.

    Returns:
        The share, from the bound to 1.

    Raises:
        ValueError: as `at_most`.

    Example:
        >>> print(at_least(50, 50))
        1 (95 % interval 0.9418 to 1, Clopper-Pearson, one-sided)
    """
    return _one_sided("at_least", successes, trials, confidence)


def _one_sided(name: str, successes: int, trials: int, confidence: float) -> Interval:
    from scipy.stats import binomtest  # most of a second to import, so only on use

    check_confidence(name, confidence)
    x, n = whole(name, "successes", successes, 0), whole(name, "trials", trials)
    counts(name, x, n)
    test = binomtest(x, n, alternative="less" if name == "at_most" else "greater")
    low, high = test.proportion_ci(confidence, method="exact")
    return Interval(x / n, float(low), float(high), confidence, "Clopper-Pearson, one-sided")


def coverage(method: str, trials: int, p: ArrayLike, confidence: float = 0.95) -> Array:
    """How often an interval for a share holds the true share, exactly, by summing over every outcome.

        Σ_x (n choose x) pˣ (1 − p)ⁿ⁻ˣ 1[low(x) ≤ p ≤ high(x)]

    Args:
        method: a name from `METHODS`: wilson, clopper_pearson, jeffreys, wald.
        trials: n.
        p: true shares, any shape.
        confidence: the coverage that the interval aims at.

    Returns:
        The coverage, float64, in the shape of `p`. Outcomes that together have less than 1e-13 are left out.

    Raises:
        ValueError: an unknown method, shares outside [0, 1], what is no number of trials.

    Example:
        >>> print(coverage("wald", 100, 0.01).round(4), coverage("wilson", 100, 0.01).round(4))
        0.6334 0.9206

    Reference:
        Brown, Cai and DasGupta (2001), Stat. Sci. 16:101-133.
    """
    from scipy.stats import binom

    _, limits = method_called("coverage", method)
    trials = whole("coverage", "trials", trials, 0)
    p = np.asarray(p, np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("coverage: shares must lie between 0 and 1")
    found = np.empty(p.shape)
    for index, true in np.ndenumerate(p):
        first, last = (int(end(5e-14, trials, true)) for end in (binom.ppf, binom.isf))
        x = np.arange(max(0, first), last + 1)
        low, high = limits(x, trials, confidence)
        found[index] = binom.pmf(x, trials, true)[(low <= true) & (true <= high)].sum()
    return found
