"""Kaplan and Meier's curve: the share of networks not yet corrected, with those never corrected kept in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import Array, Interval, check_confidence, numbers
from .shares import wilson


@dataclass(frozen=True, eq=False)
class Survival:
    """The share of networks to which it has not yet happened. T is the number of distinct times of events.

    Args:
        time: (T,), ascending.
        share: (T,), from that time on.
        low: (T,), lower limit of the pointwise interval of `share`.
        high: (T,), upper limit.
        at_risk: (T,), networks still followed, and not yet hit, just before.
        events: (T,), networks hit at that time.
        followed: (n,), ascending: until when each network was followed.
        confidence: of the intervals.
    """

    time: Array
    share: Array
    low: Array
    high: Array
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    followed: Array
    confidence: float

    def at(self, time: float) -> Interval:
        """The share not yet hit after `time`; ValueError beyond the last time at which one was followed."""
        if not 0 <= time <= self.followed[-1]:
            raise ValueError(f"Survival.at: {time} is outside what was watched, 0 to {self.followed[-1]:g}")
        row = int(np.searchsorted(self.time, time, side="right")) - 1
        if row < 0:
            return Interval(1.0, self._untouched(time), 1.0, self.confidence, "Wilson")
        limits = float(self.low[row]), float(self.high[row])
        return Interval(float(self.share[row]), *limits, self.confidence, "Kaplan-Meier, log-log")

    def quantile(self, level: float = 0.5) -> Interval:
        """The first time at which a share `level` or more has been hit, with Brookmeyer-Crowley interval.

        The limits are the first times at which the lower and the upper limit of the curve reach 1 − level.
        An estimate or an upper limit that is not reached within what was watched is inf. Where even the lower
        limit of the curve is not, the lower limit is the end of watching, or the last event where networks
        were lost on the way.
        """
        check_confidence("Survival.quantile", level, "level")
        rest = 1 - level + 1e-9  # 40 of 80 is a half, however it was rounded
        low = self._first(self.low <= rest)
        first = self.time[0] if self.time.size else self.followed[-1]
        if self._untouched(first) <= rest:  # so few networks that it may have been before any event
            low = 0.0
        elif np.isinf(low):
            left = self.followed.size - np.searchsorted(self.followed, self.time[-1:], side="right")
            lost = bool(left.size) and left[0] > (self.followed == self.followed[-1]).sum()
            low = float(self.time[-1] if lost else self.followed[-1])
        estimate, high = self._first(self.share <= rest), self._first(self.high <= rest)
        return Interval(estimate, low, high, self.confidence, "Brookmeyer-Crowley, log-log")

    def _first(self, reached: NDArray[np.bool_]) -> float:
        return float(self.time[reached.argmax()]) if reached.any() else float("inf")

    def _untouched(self, time: float) -> float:
        """The lower limit before the first event: Wilson's, of the networks followed as long as that."""
        left = self.followed.size - np.searchsorted(self.followed, time, side="left")
        return float(wilson(left, left, self.confidence)[0])


def kaplan_meier(time: ArrayLike, event: ArrayLike, confidence: float = 0.95) -> Survival:
    """How long it takes, where not every network was followed to the event.

    With d_j events among n_j networks at risk at time t_j,

        Ŝ(t) = Π_{t_j ≤ t} (1 − d_j/n_j),    limits Ŝ^exp(±w),    w = z √(Σ d_j / (n_j (n_j − d_j))) / |ln Ŝ|

    Networks that are censored at t_j are still at risk there. Where Ŝ is 0 that interval does not exist; the
    upper limit is then the one before times Wilson's for none of the n_j.

    Args:
        time: (n,), until when each network was followed, from 0, whole or not.
        event: (n,), 1 where it then happened, 0 where the network is censored: not happened until then.
        confidence: of the pointwise intervals.

    Returns:
        The curve, with its value and interval at a time (`at`) and quantiles (`quantile`).

    Raises:
        ValueError: times below 0 (−1 in `crossed_at` means never: see `crossing_times`), NaN, no networks,
            events other than 0 and 1, a confidence outside (0, 1).

    Example:
        >>> curve = kaplan_meier([6, 6, 6, 6, 7, 9, 10, 10, 11, 13], [1, 1, 1, 0, 1, 0, 1, 0, 0, 1])
        >>> print(curve.quantile())
        10 (95 % interval 6 to inf, Brookmeyer-Crowley, log-log)

    Reference:
        Kaplan and Meier (1958), J. Am. Stat. Assoc. 53:457-481; Brookmeyer and Crowley (1982), Biometrics
        38:29-41; Borgan and Liestøl (1990), Scand. J. Stat. 17:35-41.
    """
    from scipy.stats import norm
    from statsmodels.duration.survfunc import SurvfuncRight  # with pandas behind it, so only on use

    check_confidence("kaplan_meier", confidence)
    followed, happened = check_times("kaplan_meier", time, event)
    if happened.max() > 1:
        raise ValueError("kaplan_meier: expected events 0 and 1; for several causes: cumulative_incidence")
    # Only its counts, share and standard error: its quantiles skip a time at which exactly a half is left,
    # and have no interval where all networks are hit at one time.
    curve = SurvfuncRight(followed, happened)
    share, se = np.asarray(curve.surv_prob), np.asarray(curve.surv_prob_se)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.exp(norm.ppf((1 + confidence) / 2) * se / (share * np.abs(np.log(share))))
        low, high = share**width, share ** (1 / width)
    at_risk, events = (np.asarray(count).astype(np.int64) for count in (curve.n_risk, curve.n_events))
    if share.size and share[-1] == 0:
        before = high[-2] if share.size > 1 else 1.0
        low[-1], high[-1] = 0.0, before * wilson(0, at_risk[-1], confidence)[1]
    times = np.asarray(curve.surv_times, np.float64)
    return Survival(times, share, low, high, at_risk, events, np.sort(followed), confidence)


def check_times(name: str, time: ArrayLike, event: ArrayLike) -> tuple[Array, NDArray[np.int64]]:
    """Times and events, checked."""
    followed, happened = numbers(name, time), numbers(name, event)
    if followed.size != happened.size:
        raise ValueError(f"{name}: got {followed.size} times and {happened.size} events, expected as many")
    if (followed < 0).any():
        what = f"{name}: {int((followed < 0).sum())} times are below 0"
        raise ValueError(f"{what}; -1 in crossed_at means never, and `crossing_times` turns it into a time")
    if not ((happened >= 0) & (happened == np.floor(happened))).all():
        raise ValueError(f"{name}: expected events 0 (censored), 1 and, for further causes, 2 and on")
    return followed, happened.astype(np.int64)
