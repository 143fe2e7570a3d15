"""How much diversity is enough, by length, width and training time."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ...statistics import Interval, share
from ..claim import Estimator
from .experiments import cell
from .networks import Walks, probe, walks
from .settings import Settings

WALKS = 0.05
"""Diversity is enough where the share that walks away is below this."""

TWO = 0.02
"""The diversity that largely restored the goal in Langosco et al. 2022, arXiv 2105.14111."""


class Line(NamedTuple):
    """A length and a width: diversity and time -> where networks walk."""

    length: int
    width: int
    times: tuple[int, ...]
    walks: dict[tuple[float, int], Walks]

    @property
    def name(self) -> str:
        """Its name."""
        return f"L = {self.length}, m = {self.width}"

    def smallest(self, time: int) -> float:
        """The least ε of the grid from which on q's 95 % interval is below `WALKS`; inf where none is."""
        found = float("inf")
        for diversity in sorted({e for e, _ in self.walks}, reverse=True):
            each = self.walks[diversity, time]
            if not each.networks or _share(each, 0.95).high >= WALKS:
                break
            found = diversity
        return found


def measure(run: Run, settings: Settings) -> list[Line]:
    """Of every length and width."""
    part = settings.enough
    found = []
    for length, m in product(part.lengths, part.widths):
        counted = {}
        for e in part.diversities:
            f = probe(run, cell(length=length, width=m, diversity=e))
            for time in part.times:
                counted[e, time] = walks(f[:, int(np.searchsorted(run.time, time))])
        found.append(Line(length, m, tuple(sorted(part.times)), counted))
    return found


def estimates(lines: list[Line]) -> dict[str, Estimator]:
    """q at the diversity of the grid that is nearest to 2 %, at the first and the last time."""
    found: dict[str, Estimator] = {}
    for line in lines:
        nearest = min((e for e, _ in line.walks), key=lambda e: abs(e - TWO))
        for time in (line.times[0], line.times[-1]):
            found[f"{line.name}, update {time:,}"] = partial(_share, line.walks[nearest, time])
    return found


def _share(found: Walks, confidence: float) -> Interval:
    return share(found.away, found.networks, confidence, method="clopper_pearson")
