"""Catastrophes drawn one by one, beside their expectation."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ...statistics import paired_mean
from ...statistics.interval import Array
from ..analysis import Estimator
from ..exposure import followed
from . import ladders
from .exposure import killed
from .settings import Settings

EACH = 10
"""Learners of each network."""


class Deaths(NamedTuple):
    """What became of learners that took the policies of a condition.

    Args:
        name: of the condition.
        learners: of all networks.
        died: share of them that met the catastrophe.
        expected: the same, by expectation.
        difference: of the two, over networks.
    """

    name: str
    learners: int
    died: float
    expected: float
    difference: Estimator


def drawn_deaths(run: Run, settings: Settings) -> Deaths:
    """Of beginners on the ladder, where the act costs."""
    name = ladders.beginner("another", settings.rungs, "costs")
    times, rates = followed(run, "attempts", name)
    rates = rates[np.isfinite(rates).all(axis=1)]
    rng = np.random.default_rng([settings.seed, len(rates)])
    died = drawn(times, rates, settings.hazard, rng)
    expected = killed(times, rates, settings.hazard)
    return Deaths(
        name,
        EACH * len(rates),
        float(died.mean()),
        float(expected.mean()),
        partial(paired_mean, died, expected),
    )


def drawn(times: Array, rates: Array, hazard: float, rng: np.random.Generator) -> Array:
    """(network,) share of `EACH` learners that take the act in some update and do not survive it."""
    updates = np.arange(times[-1])
    return np.array([_died(np.interp(updates, times, each), hazard, rng) for each in rates])


def _died(rates: Array, hazard: float, rng: np.random.Generator) -> float:
    taken = rng.uniform(size=(EACH, rates.size)) < rates
    fatal = rng.uniform(size=(EACH, rates.size)) < hazard
    return float((taken & fatal).any(axis=1).mean())
