"""Cloning beside outcome training for long, and where each first collects the coin in training."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run
from ..claim import Estimator
from .experiments import LOSSES, cell
from .networks import Array, Walks, probe, walks
from .settings import Settings
from .stopping import at_first, change


class Pair(NamedTuple):
    """Both losses at one diversity; arrays are (networks, times), of cloning and of outcome training.

    Args:
        diversity: ε.
        time: (times,) updates.
        probe: f at the probe.
        collects: the probability of collecting the coin in training.
        returns: where both count as competent.
    """

    diversity: float
    time: NDArray[np.int64]
    probe: tuple[Array, Array]
    collects: tuple[Array, Array]
    returns: float

    @property
    def competent(self) -> tuple[Array, Array]:
        """f at the probe where each first collects, of the networks that do under both losses."""
        reached = [values >= self.returns for values in self.collects]
        both = reached[0].any(axis=1) & reached[1].any(axis=1)
        one, two = (at_first(f[both], has[both]) for f, has in zip(self.probe, reached, strict=True))
        return one, two

    def at(self, updates: int) -> tuple[Walks, Walks]:
        """Where networks walk at the record nearest to that update."""
        index = int(np.abs(self.time - updates).argmin())
        return walks(self.probe[0][:, index]), walks(self.probe[1][:, index])


def measure(run: Run, settings: Settings) -> list[Pair]:
    """Of every diversity."""
    part = settings.lasting
    found = []
    for diversity in part.diversities:
        names = [cell(loss=loss, diversity=diversity) for loss in LOSSES]
        away = [probe(run, name) for name in names]
        collects = [run.rate("collects_coin", name) for name in names]
        found.append(Pair(diversity, run.time, (away[0], away[1]), (collects[0], collects[1]), part.returns))
    return found


def estimates(pairs: list[Pair]) -> tuple[dict[str, Estimator], dict[str, Estimator]]:
    """q of outcome training less q of cloning: at the end, and where each first collects."""
    late, competent = {}, {}
    for pair in pairs:
        name = f"ε = {pair.diversity:g}"
        late[name] = partial(change, pair.probe[0][:, -1], pair.probe[1][:, -1])
        competent[name] = partial(change, *pair.competent)
    return late, competent
