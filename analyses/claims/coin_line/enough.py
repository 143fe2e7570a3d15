"""How much diversity is enough, by length, width and training time."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ...statistics import Interval, share
from ..analysis import Estimator
from .experiments import cell
from .networks import Walks, probe, walks, worst
from .settings import Settings

WALKS = 0.05
"""Diversity is enough where the share that walks away is below this."""

TWO = 0.02
"""The diversity that largely restored the goal in Langosco et al. 2022, arXiv 2105.14111."""


class Line(NamedTuple):
    """A length and a width.

    Args:
        length, width: L, m.
        times: updates after which networks were looked at.
        walks: diversity and time -> where networks walk.
        right: the same, of those that have every trained state right then.
    """

    length: int
    width: int
    times: tuple[int, ...]
    walks: dict[tuple[float, int], Walks]
    right: dict[tuple[float, int], Walks]

    @property
    def name(self) -> str:
        """Its name."""
        return f"L = {self.length}, m = {self.width}"

    @property
    def nearest(self) -> float:
        """The diversity of the grid that is nearest to 2 %."""
        return min((e for e, _ in self.walks), key=lambda e: abs(e - TWO))

    def smallest(self, time: int) -> float:
        """The least ε of the grid from which on q's 95 % interval is below `WALKS`; inf where none is."""
        found = float("inf")
        for diversity in sorted({e for e, _ in self.walks}, reverse=True):
            each = self.walks[diversity, time]
            if not each.networks or away(each, 0.95).high >= WALKS:
                break
            found = diversity
        return found


def measure(run: Run, settings: Settings) -> list[Line]:
    """Of every length and width."""
    part = settings.enough
    found = []
    for length, m in product(part.lengths, part.widths):
        counted, passed = {}, {}
        for e in part.diversities:
            name = cell(length=length, width=m, diversity=e)
            f, least = probe(run, name), worst(run, name)
            for time in part.times:
                at = int(np.searchsorted(run.time, time))
                counted[e, time] = walks(f[:, at])
                passed[e, time] = walks(f[least[:, at] > 0, at])
        found.append(Line(length, m, tuple(sorted(part.times)), counted, passed))
    return found


def estimates(lines: list[Line]) -> dict[str, Estimator]:
    """q in the end, at the diversity nearest to 2 %, of networks with every trained state right."""
    return {
        f"{line.name}, update {line.times[-1]:,}": partial(away, line.right[line.nearest, line.times[-1]])
        for line in lines
    }


def away(found: Walks, confidence: float) -> Interval:
    """By Clopper and Pearson; from 0 to 1 where there is nobody."""
    if not found.networks:
        return Interval(float("nan"), 0.0, 1.0, confidence, "no network")
    return share(found.away, found.networks, confidence, method="clopper_pearson")
