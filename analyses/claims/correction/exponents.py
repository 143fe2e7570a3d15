"""How the time to correction grows as the good action gets rarer: exponents, with what bounds them.

Between two initial probabilities ε₁ > ε₂ the exponent is ln(T₂/T₁) / (x₂ − x₁), with x = ln 1/p of the
probability p that networks began with. A criterion that is met after K updates was crossed at some
K − 1 < T ≤ K. Where chance has no part, the interval is what that leaves open. Elsewhere T is the median over
networks, with the order statistics that hold it at half the error each, so that nothing is assumed of how the
two are related; the median of more than half censored is known to exceed the cap.

A closed form has the exponent of its own T between the same probabilities. Its T is off by `REMAINDER`
updates at most, by iteration in float64, and by a millionth of it for the rounding of single steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import inf, log, nan

import numpy as np

from ....sim.runfile import Run
from ...statistics import Interval, quantile_interval
from ...theory.forms import logit, sigmoid
from .rows import APPROVED, H, Row, condition
from .worlds.states import Array

LAG = 2
"""An exponent is taken between two probabilities so many places apart, where both were reached."""

REMAINDER = 0.06
"""Updates by which a closed form for whole steps is off at h = 0.5, as iteration in float64 says."""

MEDIANS, EXACT = "medians, order statistics", "known to an update"


@dataclass(frozen=True, eq=False)
class Times:
    """How long a row took from each initial probability.

    Args:
        row: what was trained.
        epsilons: (E,), falling; the probability that networks began with (their geometric mean).
        times: (E, n), updates until the good action had probability 1/2; inf where never.
        cap: updates that were waited.
        speed: (E, 2), of networks: the median squared gradient of the log-odds as correction begins and ends.
        diverged: networks whose weights were not finite, which count as never corrected.
    """

    row: Row
    epsilons: Array
    times: Array
    cap: int
    speed: Array | None = None
    diverged: int = 0

    @cached_property
    def medians(self) -> Array:
        """(E,), inf where half or more were not corrected."""
        return np.array([quantile_interval(each).estimate for each in self.times])

    @property
    def corrected(self) -> Array:
        """(E,), the share of networks."""
        return np.isfinite(self.times).mean(axis=1)

    @property
    def places(self) -> tuple[int, int]:
        """Of the smallest initial probability from which most were corrected, and of one `LAG` before it."""
        reached = np.flatnonzero(np.isfinite(self.medians))
        last = max(1, int(reached[-1]) if reached.size else 1)
        return max(0, last - LAG), last

    def exponent(self, confidence: float) -> Interval:
        """Of T in 1/ε."""
        first, second = (self._within(place, (1 + confidence) / 2) for place in self.places)
        rarer = self.rarer
        low = log(max(second.low, 1e-9)) - _log(first.high)
        high = _log(second.high) - log(max(first.low, 1e-9))
        estimate = _log(second.estimate) - log(first.estimate) if first.estimate < inf else nan
        return Interval(estimate / rarer, low / rarer, high / rarer, confidence, second.method)

    @property
    def rarer(self) -> float:
        """ln of how many times rarer the good action is at the second place."""
        first, second = self.places
        return log(self.epsilons[first] / self.epsilons[second])

    def _within(self, place: int, confidence: float) -> Interval:
        """T from one initial probability."""
        times = self.times[place]
        if times.size == 1:
            found = Interval(times[0], times[0], times[0], confidence, EXACT)
        else:
            found = quantile_interval(times, 0.5, confidence)
        low = self.cap + 1 if found.low == inf else max(found.low, 1.0)
        method = EXACT if times.size == 1 else MEDIANS
        return Interval(found.estimate - 0.5, low - 1, found.high, confidence, method)


def _log(value: float) -> float:
    return inf if value == inf else log(value)


def times(
    run: Run,
    rows: Sequence[Row],
    epsilons: Sequence[float],
    cap: int,
    speed: Callable[[Row], Array] | None = None,
) -> list[Times]:
    """What a run says of some rows; `speed` is that of networks."""
    found = []
    for row in rows:
        names = [condition(row, epsilon) for epsilon in epsilons]
        margins = [np.asarray(run.margin("best", name), np.float64)[:, 0] for name in names]
        began = np.array([np.exp(-np.logaddexp(0, -each).mean()) for each in margins])
        crossed = np.array([run.crossed_at("best > 0.5", name) for name in names])
        diverged = sum(int((run.diverged_at(name) >= 0).sum()) for name in names)
        found.append(
            Times(row, began, np.where(crossed < 0, inf, crossed), cap, speed and speed(row), diverged)
        )
    return found


def of_law(of: Times) -> float:
    """The exponent that the law has between the same two probabilities: a table's, or a network's."""
    law = of.row.law if of.speed is None else partial(_through, of)
    first, second = (law(float(of.epsilons[place])) for place in of.places)
    return log(second / first) / of.rarer


def _through(of: Times, epsilon: float) -> float:
    """In proportion to the updates of a network: ∫ dz / (κ g), with ln κ linear in z from first to last.

    κ, the squared gradient of the log-odds z, is 1 in a table of one logit.
    """
    assert of.row.form is not None
    assert of.speed is not None
    z0 = logit(epsilon)
    z = np.linspace(z0, 0.0, 2001)
    begins, ends = np.log(of.speed[int(np.argmin(np.abs(of.epsilons - epsilon)))])
    push = np.array([of.row.form.g(value, z0) for value in z])
    return float(np.trapezoid(1 / (push * np.exp(begins + (ends - begins) * (z - z0) / -z0)), z))


def fits(of: Times) -> str:
    """Whether medians lie nearer to a power of 1/ε or to a straight line in ln 1/ε, with how far off each is.

    Both lines have two parameters and are by least squares of ln T, so that errors are shares of T; three
    places at least are needed to tell them apart.
    """
    reached = np.isfinite(of.medians)
    x, t = -np.log(of.epsilons[reached]), of.medians[reached]
    if x.size < 3:
        return "–"
    power = float(np.std(np.log(t) - np.polyval(np.polyfit(x, np.log(t), 1), x)))
    line = np.polyval(np.polyfit(x, t, 1, w=1 / t), x)
    logarithm = float(np.std(np.log(np.maximum(line, 1e-9) / t)))
    return f"{'power' if power < logarithm else 'logarithm'} ({power:.3f}, {logarithm:.3f})"


def agrees(of: Times, confidence: float) -> bool:
    """Whether the closed form's exponent lies within the interval, but for its own remainder."""
    laws = [of.row.law(float(of.epsilons[place])) for place in of.places]
    off = sum((REMAINDER + 1e-6 * law) / law for law in laws) / of.rarer
    found, law = of.exponent(confidence), of_law(of)
    return found.low - off <= law <= found.high + off


def off_by(of: Times) -> Array:
    """By how much counts of updates differ from the law's, rounded up, where the end was reached."""
    medians = of.medians
    laws = np.array([np.ceil(of.row.law(float(each))) for each in of.epsilons])
    reached = np.isfinite(medians)
    return np.abs(medians - laws)[reached]


def mean_wait(row: Row, epsilon: float) -> float:
    """The mean number of updates to 1/2 where one action at a time is approved, or disapproved.

    z moves by h(1 − p) when the good action is drawn, or by h p when the bad one is, and not otherwise, so
    the rungs are known and the wait on each is geometric.
    """
    z, goal, total = logit(epsilon), 0.0, 0.0
    approved = row.name == APPROVED
    while z <= goal:
        p = sigmoid(z)
        total += 1 / p if approved else 1 / (1 - p)
        z += H * (1 - p) if approved else H * p
    return total


def of_waits(of: Times) -> float:
    """The exponent of that mean between the same two probabilities."""
    first, second = (mean_wait(of.row, float(of.epsilons[place])) for place in of.places)
    return log(second / first) / of.rarer
