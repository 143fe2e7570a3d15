"""The same networks in two conditions: differences within a network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .interval import Array, Interval, check_confidence, numbers, pairs
from .order import quantile_interval


class Signs(NamedTuple):
    """How many networks are higher in the first condition, lower, the same, and the sign test's p value."""

    higher: int
    lower: int
    same: int
    p: float


def paired_mean(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean difference within networks, with Student's t.

        d̄ ± t_{n−1} s / √n,    d = first − second

    What is common to both conditions of a network, its initial weights above all, cancels in d; the interval
    for two independent groups would count it twice. Where nearly every d is 0 and a few are large, a mean is
    not near normal until those few are some dozens: report the shares too.

    Args:
        first: (n,), one per network.
        second: (n,), of the same networks in the same order.
        confidence: the coverage aimed at.

    Returns:
        Mean of first minus second; without width where every network differs by the same.

    Raises:
        ValueError: lengths that differ, fewer than 2 networks, NaN, a confidence outside (0, 1).

    Example:
        >>> print(paired_mean([0.9, 0.8, 0.7, 0.9], [0.5, 0.5, 0.4, 0.4]))
        0.375 (95 % interval 0.2227 to 0.5273, paired t)

    Reference:
        Student (1908), Biometrika 6:1-25.
    """
    one, two = pairs("paired_mean", first, second, least=2)
    low, high = t_limits("paired_mean", one - two, confidence)
    return Interval(float((one - two).mean()), low, high, confidence, "paired t")


def t_limits(name: str, values: Array, confidence: float) -> tuple[float, float]:
    """The limits of Student's interval for the mean of independent values."""
    from scipy.stats import t

    check_confidence(name, confidence)
    half = t.ppf((1 + confidence) / 2, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size)
    return float(values.mean() - half), float(values.mean() + half)


def unpaired_mean(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Interval:
    """The difference of two means of networks that have nothing to do with each other, by Welch.

        x̄ − ȳ ± t_ν √(s_x²/n + s_y²/m)

    For runs with different seeds. Conditions of one run share their networks: there, `paired_mean`.

    Args:
        first: (n,), one per network.
        second: (m,), of other networks.
        confidence: the coverage aimed at.

    Returns:
        Mean of the first minus mean of the second.

    Raises:
        ValueError: fewer than 2 networks in a group, NaN, a confidence outside (0, 1).

    Example:
        >>> print(unpaired_mean([0.9, 0.8, 0.7, 0.9], [0.5, 0.5, 0.4]))
        0.3583 (95 % interval 0.2074 to 0.5093, Welch)

    Reference:
        Welch (1947), Biometrika 34:28-35.
    """
    from scipy.stats import t

    check_confidence("unpaired_mean", confidence)
    groups = [numbers("unpaired_mean", group, least=2) for group in (first, second)]
    difference = float(groups[0].mean() - groups[1].mean())
    # Not SciPy's ttest_ind, which warns of a group without spread, as a saturated population is.
    variances = np.array([group.var(ddof=1) / group.size for group in groups])
    if not variances.any():  # no degrees of freedom, and no width
        return Interval(difference, difference, difference, confidence, "Welch")
    df = variances.sum() ** 2 / sum(variances[k] ** 2 / (groups[k].size - 1) for k in (0, 1))
    half = float(t.ppf((1 + confidence) / 2, df) * np.sqrt(variances.sum()))
    return Interval(difference, difference - half, difference + half, confidence, "Welch")


def paired_median(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Interval:
    """The median difference within networks, between order statistics: the sign test, turned round.

    Unlike the median of Walsh averages (Hodges and Lehmann) it does not need differences to be symmetric, and
    those of bimodal populations are not.

    Args:
        first: (n,), one per network.
        second: (n,), of the same networks in the same order.
        confidence: the coverage met at least.

    Returns:
        Median of first minus second; −inf or inf where there are too few networks for a limit.

    Raises:
        ValueError: lengths that differ, no networks, NaN, a confidence outside (0, 1).

    Example:
        >>> print(paired_median([0.9, 0.8, 0.7, 0.9, 0.6, 0.7], [0.5, 0.5, 0.4, 0.4, 0.5, 0.1]))
        0.35 (95 % interval 0.1 to 0.6, order statistics)

    Reference:
        Hahn and Meeker (1991), Statistical Intervals, section 5.2.
    """
    one, two = pairs("paired_median", first, second)
    return quantile_interval(one - two, 0.5, confidence)


def signs(first: ArrayLike, second: ArrayLike) -> Signs:
    """How many networks are higher in the first condition than in the second, and how many lower.

    Args:
        first: (n,), one per network.
        second: (n,), of the same networks in the same order.

    Returns:
        The three counts and the exact two-sided p value of the sign test, 1 where no network differs.

    Raises:
        ValueError: lengths that differ, no networks, NaN.

    Example:
        >>> print(signs([3, 2, 5, 1, 4, 4, 4], [1, 1, 1, 1, 1, 1, 1]))
        Signs(higher=6, lower=0, same=1, p=0.03125)

    Reference:
        Arbuthnot (1710), Phil. Trans. 27:186-190.
    """
    from scipy.stats import binomtest

    one, two = pairs("signs", first, second)
    higher, lower = int((one > two).sum()), int((one < two).sum())
    p = float(binomtest(higher, higher + lower).pvalue) if higher + lower else 1.0
    return Signs(higher, lower, one.size - higher - lower, p)
