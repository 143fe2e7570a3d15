"""How the share of networks that are not yet corrected falls, where the bad action is paid for.

Until the good action is first drawn, p falls along a path without chance, dp/dt ≈ −h r p² with r what the bad
one pays. The share that never drew it is a power of 1 + h r p₀ t, by the exponent −1/(h r): the mean wait is
infinite if that is 1 or less in size. The exponent is taken between two times that the path without chance
fixes beforehand, from the networks that survive the first of them and the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log

import numpy as np

from ....sim.runfile import Run
from ...statistics import Interval, clopper_pearson, kaplan_meier
from ...theory.cases.t07_survival import survival
from ...theory.forms import logit
from .experiments import SURVIVAL_START, paying
from .worlds.states import Array

BEGIN, END = 0.8, 0.005
"""Shares at which the window begins and ends, on the path without chance."""


@dataclass(frozen=True, eq=False)
class Tail:
    """How long networks stayed wrong.

    Args:
        h: what the bad action pays, times the step.
        times: (n,), inf where a network was not corrected.
        updates: that were watched.
    """

    h: float
    times: Array
    updates: int

    @property
    def law(self) -> Array:
        """(updates + 1,), the probability of no draw of the good action until then."""
        return survival(self.h, logit(SURVIVAL_START), self.updates)

    @property
    def window(self) -> tuple[int, int]:
        """Two times."""
        law = self.law
        first = int(np.argmax(law <= BEGIN)) if law[-1] <= BEGIN else self.updates // 10
        return first, max(first + 1, int(np.flatnonzero(law >= END)[-1]))

    @property
    def stretch(self) -> float:
        """ln of how much 1 + h r p₀ t grows between them."""
        first, second = (1 + self.h * SURVIVAL_START * time for time in self.window)
        return log(second / first)

    def exponent(self, confidence: float) -> Interval:
        """1/(h r), as the survivors of the first time and of the second say."""
        left = [int((self.times > time).sum()) for time in self.window]
        if left[0] == 0:
            return Interval(np.nan, -inf, inf, confidence, "no survivors")
        low, high = (float(limit) for limit in clopper_pearson(left[1], left[0], confidence))
        estimate, least, most = (_power(share, self.stretch) for share in (left[1] / left[0], high, low))
        return Interval(estimate, least, most, confidence, "Clopper-Pearson of survivors")

    @property
    def of_law(self) -> float:
        """The exponent of the path without chance between the same times."""
        first, second = self.window
        return log(self.law[first] / self.law[second]) / self.stretch

    def curve(self, confidence: float = 0.95):
        """Kaplan and Meier's."""
        seen = np.isfinite(self.times)
        return kaplan_meier(np.where(seen, self.times, self.updates), seen.astype(int), confidence)


def _power(share: float, stretch: float) -> float:
    return -log(share) / stretch if share > 0 else inf


def tails(run: Run, pays: tuple[float, ...], updates: int) -> list[Tail]:
    """Of every condition."""
    found = []
    for h in pays:
        crossed = run.crossed_at("best > 0.5", paying(h))
        found.append(Tail(h, np.where(crossed < 0, inf, crossed), updates))
    return found
