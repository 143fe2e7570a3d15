"""q against training time and stopping rule, of cloned networks recorded all along."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run
from ...statistics import Interval, paired_share_difference
from ..analysis import Estimator
from .experiments import cell
from .networks import Array, Walks, probe, walks, worst
from .settings import Settings

LOSSES = (0.1, 0.01, 0.001)
"""Thresholds of the stopping rules on the loss."""


class Path(NamedTuple):
    """A population over training.

    Args:
        diversity: ε.
        time: (times,) updates.
        probe: (networks, times) f at the probe.
        loss: (networks, times).
        worst: (networks, times) the least f·label over trained states.
    """

    diversity: float
    time: NDArray[np.int64]
    probe: Array
    loss: Array
    worst: Array

    @property
    def fits(self) -> NDArray[np.bool_]:
        """(networks,) whether every trained state is ever right."""
        return np.asarray((self.worst > 0).any(axis=1))

    @property
    def at_fit(self) -> Array:
        """(networks that fit,) f at the probe at the first record with every trained state right."""
        return at_first(self.probe, self.worst > 0)

    @property
    def at_end(self) -> Array:
        """(networks that fit,) f at the probe in the end."""
        return self.probe[self.fits, -1]


def measure(run: Run, settings: Settings) -> list[Path]:
    """Of every diversity."""
    return [_path(run, diversity) for diversity in settings.stopping.diversities]


def estimates(paths: list[Path]) -> dict[str, Estimator]:
    """q at the end less q at the first fit, of the networks that fit."""
    return {f"ε = {path.diversity:g}": partial(change, path.at_fit, path.at_end) for path in paths}


def change(before: Array, after: Array, confidence: float) -> Interval:
    """The share that walks away after less that before, of the same networks."""
    known = ~(np.isnan(before) | np.isnan(after))
    if not known.any():
        return Interval(float("nan"), -1.0, 1.0, confidence, "no network")
    return paired_share_difference(after[known] > 0, before[known] > 0, confidence)


def at_first(values: NDArray, reached: NDArray[np.bool_]) -> NDArray:
    """Values at the first time at which a network has reached something, of the networks that do."""
    some = reached.any(axis=1)
    return values[some, reached[some].argmax(axis=1)]


def rules(path: Path) -> dict[str, Walks]:
    """Stopping rule -> where networks walk that stop by it."""
    found = {"first fit": walks(path.at_fit)}
    for threshold in LOSSES:
        found[f"loss ≤ {threshold:g}"] = walks(at_first(path.probe, path.loss <= threshold))
    last = int(path.time[-1])
    for updates in sorted({t for t in (100, 1000, 10_000, 100_000, last) if t <= last}):
        index = int(np.abs(path.time - updates).argmin())
        found[f"update {path.time[index]:,}"] = walks(path.probe[:, index])
    return found


def _path(run: Run, diversity: float) -> Path:
    name = cell(diversity=diversity)
    return Path(diversity, run.time, probe(run, name), run.loss(name), worst(run, name))
