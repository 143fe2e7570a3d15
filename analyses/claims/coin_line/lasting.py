"""Cloning beside outcome training for long, and where each first is competent in training."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run
from ..analysis import Estimator
from .experiments import LOSSES, cell
from .networks import Array, Walks, probe, walks, worst
from .settings import Settings
from .stopping import at_first, change


class Pair(NamedTuple):
    """Both losses at one diversity; arrays are (networks, times), of cloning and of outcome training.

    Args:
        width, diversity: m, ε.
        time: (times,) updates.
        probe: f at the probe.
        collects: the probability of collecting the coin in training.
        worst: the least f·label over trained states.
        returns: with it, and every trained state right, both count as competent.
    """

    width: int
    diversity: float
    time: NDArray[np.int64]
    probe: tuple[Array, Array]
    collects: tuple[Array, Array]
    worst: tuple[Array, Array]
    returns: float

    @property
    def name(self) -> str:
        """Of the cell."""
        return f"m = {self.width}, ε = {self.diversity:g}"

    @property
    def competent(self) -> tuple[Array, Array]:
        """f at the probe where each first is competent, of the networks that are under both losses."""
        reached = [
            (values >= self.returns) & (least > 0)
            for values, least in zip(self.collects, self.worst, strict=True)
        ]
        both = reached[0].any(axis=1) & reached[1].any(axis=1)
        one, two = (at_first(f[both], has[both]) for f, has in zip(self.probe, reached, strict=True))
        return one, two

    @property
    def late(self) -> tuple[Array, Array]:
        """f at the probe in the end, of the networks with every trained state right under both losses."""
        both = (self.worst[0][:, -1] > 0) & (self.worst[1][:, -1] > 0)
        return self.probe[0][both, -1], self.probe[1][both, -1]

    def at(self, updates: int) -> tuple[Walks, Walks]:
        """Where networks walk at the record nearest to that update."""
        index = int(np.abs(self.time - updates).argmin())
        return walks(self.probe[0][:, index]), walks(self.probe[1][:, index])


def measure(run: Run, settings: Settings) -> list[Pair]:
    """Of every diversity."""
    part = settings.lasting
    found = []
    for width, diversity in product(part.widths, part.diversities):
        names = [cell(loss=loss, width=width, diversity=diversity) for loss in LOSSES]
        away = [probe(run, name) for name in names]
        collects = [run.rate("collects_coin", name) for name in names]
        least = [worst(run, name) for name in names]
        pair = Pair(
            width, diversity, run.time, (away[0], away[1]), (collects[0], collects[1]),
            (least[0], least[1]), part.returns,
        )  # fmt: skip
        found.append(pair)
    return found


def estimates(pairs: list[Pair]) -> tuple[dict[str, Estimator], dict[str, Estimator]]:
    """q of outcome training less q of cloning: at the end, and where each first is competent."""
    late, competent = {}, {}
    for pair in pairs:
        late[pair.name] = partial(change, *pair.late)
        competent[pair.name] = partial(change, *pair.competent)
    return late, competent
