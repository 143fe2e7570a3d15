"""Medians and other quantiles of values that are all known, or known to be larger: order statistics."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import Interval, check_confidence, numbers, whole


class Ranks(NamedTuple):
    """Which of n sorted values, counted from 1, are the limits. 0 and n + 1 stand for none.

    `coverage` is exact for values without ties, and a lower bound with them.
    """

    low: int
    high: int
    coverage: float


def quantile_ranks(networks: int, level: float = 0.5, confidence: float = 0.95) -> Ranks:
    """The ranks whose values hold a quantile between them, whatever the distribution.

    The number B of values at or below the q-quantile is binomial (n, q), and the quantile lies from the rank
    l up to the rank u exactly when l ≤ B < u. With α = 1 − confidence, l is the largest rank with
    P(B < l) ≤ α/2, and u the smallest with P(B ≥ u) ≤ α/2.

    Args:
        networks: n.
        level: q, 0.5 for the median.
        confidence: the coverage met at least.

    Returns:
        l, u and the exact coverage P(l ≤ B < u). With few networks there is no such l (then 0) or u (n + 1).

    Raises:
        ValueError: no networks, a level or a confidence outside (0, 1).

    Example:
        >>> ranks = quantile_ranks(400)
        >>> print(ranks.low, ranks.high, round(ranks.coverage, 4))
        180 221 0.9598

    Reference:
        Hahn and Meeker (1991), Statistical Intervals, section 5.2.
    """
    from scipy.stats import binom

    check_confidence("quantile_ranks", confidence)
    check_confidence("quantile_ranks", level, "level")
    networks = whole("quantile_ranks", "networks", networks)
    tail = (1 - confidence) / 2
    # P(B < l) = cdf(l − 1) and P(B ≥ u) = sf(u − 1), next to where the quantile functions put them.
    low = max(int(binom.ppf(tail, networks, level)) - 1, 0)
    while low < networks and binom.cdf(low, networks, level) <= tail:
        low += 1
    high = min(int(binom.isf(tail, networks, level)) + 2, networks + 1)
    while high > 1 and binom.sf(high - 2, networks, level) <= tail:
        high -= 1
    inside = binom.cdf(high - 1, networks, level) - (binom.cdf(low - 1, networks, level) if low else 0.0)
    return Ranks(low, high, float(inside))


def quantile_interval(values: ArrayLike, level: float = 0.5, confidence: float = 0.95) -> Interval:
    """A quantile between two order statistics: exact for every distribution, and without a bootstrap.

    Values only known to be larger than every value that was seen, such as the correction times of networks
    that were all watched until the same update and not corrected, are given as inf. Where networks were
    watched for different times, use `kaplan_meier`.

    Args:
        values: (n,), inf where censored, no NaN.
        level: q, 0.5 for the median.
        confidence: the coverage met at least.

    Returns:
        The ⌈nq⌉-th value, the smallest with at least a share q at or below it (the median of an even number
        is the mean of the two in the middle where both are finite), between the values of `quantile_ranks`;
        −inf or inf where there is no such rank.

    Raises:
        ValueError: NaN, no values, a level or a confidence outside (0, 1).

    Example:
        >>> print(quantile_interval([3, 5, 8, 13, 21, 34, float("inf"), float("inf")]))
        17 (95 % interval 3 to inf, order statistics)

    Reference:
        Hahn and Meeker (1991), Statistical Intervals, section 5.2.
    """
    array = np.sort(numbers("quantile_interval", values, infinite=True))
    ranks = quantile_ranks(array.size, level, confidence)
    low = array[ranks.low - 1] if ranks.low else -np.inf
    high = array[ranks.high - 1] if ranks.high <= array.size else np.inf
    # The quantile from below; 1e-9 lets 0.29 · 100 be the 29th and not, by rounding, the 30th.
    estimate = array[max(int(np.ceil(array.size * level - 1e-9)), 1) - 1]
    if level == 0.5 and array.size % 2 == 0 and np.isfinite(array[array.size // 2]):
        estimate = (estimate + array[array.size // 2]) / 2
    return Interval(float(estimate), float(low), float(high), confidence, "order statistics")
