"""Whether a difference is small enough not to matter: a region of practical equivalence and two tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .differences import discordant, spread
from .interval import Interval, pairs

Verdict = Literal["above", "below", "equivalent", "undecided"]


@dataclass(frozen=True, eq=False)
class Equivalence:
    """What an interval says of a region of practical equivalence.

    Args:
        verdict: "equivalent": the interval lies within the region. "above", "below": it lies wholly beyond.
            "undecided": anything else; more networks would decide, unless the effect lies on the edge.
        interval: of the difference.
        low: lower end of the region.
        high: upper end.
    """

    verdict: Verdict
    interval: Interval
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.verdict}: {self.interval} against {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Tost:
    """Two one-sided tests.

    Args:
        p_low: of "the difference is at or below the region".
        p_high: of "the difference is at or above the region".
    """

    p_low: float
    p_high: float

    @property
    def p(self) -> float:
        """Of "the difference is not within the region": the larger of the two."""
        return max(self.p_low, self.p_high)


def equivalence(interval: Interval, low: float, high: float) -> Equivalence:
    """The verdict of an interval on a region of practical equivalence, chosen before the run.

    With an interval of confidence 1 − 2α, "equivalent" is what two one-sided tests at level α find (TOST): a
    95 % interval errs in 2.5 % of cases at most, one of 90 % in 5 %. So does each of "above" and "below".
    That a test finds no difference is no evidence that there is none; this is.

    Args:
        interval: of one difference.
        low: the lower end of the region, in the unit of the difference.
        high: the upper end.

    Returns:
        The verdict. An interval that touches an end of the region is not within it.

    Raises:
        ValueError: a region whose ends are not in order, an interval of several estimates.

    Example:
        >>> from popgrad.analyses.statistics import share_difference
        >>> equivalence(share_difference(500, 1000, 498, 1000), -0.05, 0.05).verdict
        'equivalent'

    Reference:
        Schuirmann (1987), J. Pharmacokin. Biopharm. 15:657-680; Kruschke (2018), Adv. Meth. Pract. Psych.
        Sci. 1:270-280.
    """
    _check_region("equivalence", low, high)
    if np.ndim(interval.estimate):
        raise ValueError("equivalence: got an interval of several estimates, expected one")
    verdict: Verdict = "undecided"
    if interval.low > high:
        verdict = "above"
    elif interval.high < low:
        verdict = "below"
    elif low < interval.low and interval.high < high:
        verdict = "equivalent"
    return Equivalence(verdict, interval, low, high)


def tost_mean(first: ArrayLike, second: ArrayLike, low: float, high: float) -> Tost:
    """Two one-sided paired t tests: is the mean difference within networks inside the region?

    Args:
        first: (n,), one per network.
        second: (n,), of the same networks in the same order.
        low, high: the region, of first minus second.

    Returns:
        Both p values. At level α it is equivalent where both are below α.

    Raises:
        ValueError: lengths that differ, fewer than 2 networks, NaN, a region not in order.

    Example:
        >>> found = tost_mean([0.51, 0.49, 0.52, 0.50], [0.50, 0.50, 0.51, 0.50], -0.05, 0.05)
        >>> found.p < 0.01
        True

    Reference:
        Schuirmann (1987), J. Pharmacokin. Biopharm. 15:657-680.
    """
    from scipy.stats import t

    _check_region("tost_mean", low, high)
    one, two = pairs("tost_mean", first, second, least=2)
    difference = one - two
    mean, se = difference.mean(), difference.std(ddof=1) / np.sqrt(difference.size)
    if se == 0:  # every network differs by the same
        return Tost(float(mean <= low), float(mean >= high))
    df = difference.size - 1
    return Tost(float(t.sf((mean - low) / se, df)), float(t.cdf((mean - high) / se, df)))


def tost_paired_shares(first: ArrayLike, second: ArrayLike, low: float, high: float) -> Tost:
    """Two one-sided score tests: is the difference of two shares over the same networks inside the region?

    They agree with `paired_share_difference`: both p values are below α where its interval of confidence
    1 − 2α lies within the region.

    Args:
        first: (n,) booleans or 0 and 1, one per network.
        second: (n,), of the same networks in the same order.
        low, high: the region, of first minus second, within −1 to 1.

    Returns:
        Both p values.

    Raises:
        ValueError: other values, lengths that differ, no networks, a region not in order.

    Example:
        >>> first, second = [1, 0] * 100, [1, 0] * 99 + [0, 1]
        >>> tost_paired_shares(first, second, -0.05, 0.05).p < 0.025
        True

    Reference:
        Nam (1997), Biometrics 53:1422-1430; Tango (1998), Stat. Med. 17:891-908.
    """
    from scipy.stats import norm

    _check_region("tost_paired_shares", low, high)
    if not -1 < low < high < 1:
        raise ValueError(f"tost_paired_shares: got {low:g} to {high:g}, expected a region within -1 to 1")
    b, c, n = discordant("tost_paired_shares", first, second)
    below, above = (_score(b, c, n, end) for end in (low, high))
    return Tost(float(norm.sf(below)), float(norm.cdf(above)))


def _score(b: int, c: int, n: int, delta: float) -> float:
    """Tango's Z at one difference; 0 over 0, at a difference of 0 without discordant pairs, is 0."""
    beyond, scale = b - c - n * delta, spread(b, c, n, delta)
    return beyond / scale if scale else float(np.sign(beyond)) * float("inf") if beyond else 0.0


def _check_region(name: str, low: float, high: float) -> None:
    if not low < high:
        raise ValueError(f"{name}: the region goes from {low:g} to {high:g}, expected the lower end first")
