"""How well one attribution agrees with another: ranks, slopes, and intervals over networks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..statistics import Array, Interval

Statistic = Callable[[Array, Array], float]
"""Of two arrays of one shape: how one follows the other."""


def rank_correlation(x: Array, y: Array) -> float:
    """Spearman's ρ, the correlation of ranks, ties having their mean rank.

    Args:
        x, y: of one shape, taken as pairs.

    Returns:
        From −1 to 1; NaN where either does not vary.

    Reference:
        Spearman (1904), Am. J. Psychol. 15:72-101.
    """
    from scipy.stats import rankdata

    one, two = (rankdata(each) - (each.size + 1) / 2 for each in (np.ravel(x), np.ravel(y)))
    scale = np.sqrt((one @ one) * (two @ two))
    return float(one @ two / scale) if scale else float("nan")


def slope(x: Array, y: Array) -> float:
    """The least-squares slope β of y = α + β x: how much y goes with one unit of x; NaN where x is constant.

    Args:
        x, y: of one shape, taken as pairs.
    """
    one, two = np.ravel(x), np.ravel(y)
    one = one - one.mean()
    spread = one @ one
    return float(one @ two / spread) if spread else float("nan")


def same_sign(x: Array, y: Array) -> float:
    """The share of pairs whose signs are the same; pairs in which either is 0 are left out."""
    told = (x != 0) & (y != 0)
    return float((np.sign(x) == np.sign(y))[told].mean()) if told.any() else float("nan")


def of_means(statistic: Statistic) -> Statistic:
    """The statistic of two arrays' means over networks, their first axis."""
    return lambda x, y: statistic(x.mean(axis=0), y.mean(axis=0))


def each_network(statistic: Statistic, x: Array, y: Array) -> Array:
    """(n,): the statistic within every network, over what its row holds."""
    return np.array([statistic(one, two) for one, two in zip(x, y, strict=True)])


def each_account(statistic: Statistic, x: Array, y: Array) -> Array:
    """(accounts,): the statistic of every account over networks."""
    return each_network(statistic, x.T, y.T)


def over_networks(
    statistic: Callable[..., float],
    *arrays: Array,
    resamples: int = 400,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """A statistic with an interval from networks drawn anew: the percentile bootstrap by clusters.

    A network's accounts depend on one another, networks do not: whole networks are drawn, with replacement.

    Args:
        statistic: of the arrays.
        arrays: each (n, …), a row for every network.
        resamples: how many populations are drawn.
        confidence: the coverage aimed at.
        seed: of the draws; the same for statistics of the same networks pairs them.

    Returns:
        The statistic, and two quantiles of it over drawn populations.

    Raises:
        ValueError: fewer than 10 networks, for which the interval would be too narrow by far.

    Reference:
        Davison and Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
    """
    count = len(arrays[0])
    if count < 10:
        raise ValueError(f"over_networks: got {count} networks, expected at least 10")
    random = np.random.default_rng(seed)
    drawn = [
        statistic(*(array[chosen] for array in arrays))
        for chosen in random.integers(count, size=(resamples, count))
    ]
    low, high = np.nanquantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(statistic(*arrays), float(low), float(high), confidence, "bootstrap over networks")
