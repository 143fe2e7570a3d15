"""Which of several things happens first, and when: cumulative incidence under competing risks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import Array, Interval, check_confidence
from .shares import wilson
from .survival import check_times


@dataclass(frozen=True, eq=False)
class Incidence:
    """The share of networks to which each of K causes has happened first. T is the number of event times.

    Args:
        time: (T,), ascending.
        share: (K, T), of networks with cause k, from 1 on, by that time.
        low: (K, T), lower limit of the pointwise interval of `share`.
        high: (K, T), upper limit.
        none: (T,), the share to which nothing has happened; with `share` it sums to 1.
        last: until when the longest followed network was followed.
        confidence: of the intervals.
    """

    time: Array
    share: Array
    low: Array
    high: Array
    none: Array
    last: float
    confidence: float

    def at(self, time: float, cause: int = 1) -> Interval:
        """The share with that cause by `time`; ValueError for a time not watched, or no such cause."""
        if not 0 <= time <= self.last:
            raise ValueError(f"Incidence.at: {time} is outside what was watched, 0 to {self.last:g}")
        if not 1 <= cause <= len(self.share):
            raise ValueError(f"Incidence.at: got cause {cause}, expected 1 to {len(self.share)}")
        row = int(np.searchsorted(self.time, time, side="right")) - 1
        if row < 0:
            raise ValueError(f"Incidence.at: nothing had happened by {time}; `at_most` bounds the share")
        share, low, high = (float(limit[cause - 1, row]) for limit in (self.share, self.low, self.high))
        return Interval(share, low, high, self.confidence, "Aalen-Johansen, log-log")


def cumulative_incidence(
    time: ArrayLike, event: ArrayLike, causes: int | None = None, confidence: float = 0.95
) -> Incidence:
    """The share of networks with each first event, by Aalen and Johansen's estimator.

    With d_kj events of cause k among n_j networks at risk at t_j, and Ŝ the share without any event,

        Î_k(t) = Σ_{t_j ≤ t} Ŝ(t_{j−1}) d_kj / n_j

    1 − Kaplan-Meier of one cause, with the others censored, answers another question: how often it would
    happen if the others could not. Intervals are 1 − (1 − Î)^exp(±w) with the variance of Marubini and
    Valsecchi. Where Î is 0 or 1 they are Wilson's, of the networks not yet censored.

    Args:
        time: (n,), until when each network was followed, from 0.
        event: (n,), 0 where censored, otherwise the number of what happened, from 1.
        causes: K; the largest number in `event` when None.
        confidence: of the pointwise intervals.

    Returns:
        Shares at every time of an event.

    Raises:
        ValueError: times below 0, NaN, no networks, events that are no such numbers, no events at all where
            `causes` is None, a confidence outside (0, 1).

    Example:
        >>> found = cumulative_incidence([1, 1, 2, 3, 4], [1, 2, 1, 0, 2])
        >>> found.share.round(3).tolist(), found.none.round(3).tolist()
        ([[0.2, 0.4, 0.4], [0.2, 0.2, 0.6]], [0.6, 0.4, 0.0])

    Reference:
        Aalen and Johansen (1978), Scand. J. Stat. 5:141-150; Marubini and Valsecchi (1995), Analysing
        Survival Data from Clinical Trials and Observational Studies, section 10.3.
    """
    check_confidence("cumulative_incidence", confidence)
    followed, happened = check_times("cumulative_incidence", time, event)
    number = int(happened.max()) if causes is None else causes
    if number < 1 or happened.max() > number:
        raise ValueError(f"cumulative_incidence: got events up to {happened.max()} and {causes} causes")
    at = np.unique(followed[happened > 0])
    n = followed.size - np.searchsorted(np.sort(followed), at, side="left")
    d = np.stack([_count(followed[happened == k], at) for k in range(1, number + 1)])
    none = np.cumprod(1 - d.sum(axis=0) / n)
    before = np.concatenate([[1.0], none[:-1]])[: at.size]
    share = np.cumsum(before * d / n, axis=1)
    variance = np.stack([_variance(share[k], d[k], d.sum(axis=0), n, before) for k in range(number)])
    kept = followed.size - np.searchsorted(np.sort(followed[happened == 0]), at, side="left")
    low, high = _limits(share, variance, kept, confidence)
    return Incidence(at, share, low, high, none, float(followed.max()), confidence)


def _count(times: Array, at: Array) -> NDArray[np.int64]:
    """How many of `times` fall on each of `at`."""
    return np.bincount(np.searchsorted(at, times), minlength=at.size)


def _variance(share: Array, d: NDArray, every: NDArray, n: NDArray, before: Array) -> Array:
    """Of the incidence of one cause: Σ over j of (I − I_j)² h_j + S² (n − d) d / n³ − 2 (I − I_j) S d / n².

    statsmodels' CumIncidenceRight has the same, as differences of sums that are infinite once every network
    has had its event. There h_j = every / (n (n − every)) is left out: I − I_j is 0.
    """
    hazard = np.divide(every, n * (n - every), out=np.zeros(share.size), where=n > every)
    cross = before * d / n**2
    squared = before**2 * (n - d) * d / n**3
    h0, h1, h2 = (np.cumsum(share**power * hazard) for power in range(3))
    c0, c1 = (np.cumsum(share**power * cross) for power in range(2))
    total = share**2 * h0 - 2 * share * h1 + h2 + np.cumsum(squared) - 2 * (share * c0 - c1)
    return np.maximum(total, 0)


def _limits(share: Array, variance: Array, kept: NDArray, confidence: float) -> tuple[Array, Array]:
    from scipy.stats import norm

    z = norm.ppf((1 + confidence) / 2)
    rest = 1 - share
    inside = (share > 1e-12) & (rest > 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.exp(np.where(inside, z * np.sqrt(variance) / (rest * np.abs(np.log(rest))), 0))
    low, high = 1 - rest ** (1 / width), 1 - rest**width
    nothing, everything = wilson(0, kept, confidence), wilson(kept, kept, confidence)
    low = np.where(inside, low, np.where(rest > 0.5, 0.0, everything[0]))
    high = np.where(inside, high, np.where(rest > 0.5, nothing[1], 1.0))
    return low, high
