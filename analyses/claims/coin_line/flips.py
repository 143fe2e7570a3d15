"""First updates at which the probe turns to the coin, against diversity."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run
from ...statistics import Interval, Survival, kaplan_meier
from ..analysis import Estimator
from .experiments import LENGTH, WATCH, cell
from .linear import flip, slopes
from .networks import probe, stuck
from .settings import Settings

SMALL = 1e-8
"""A diversity so small that the slope of the flow is near its limit."""


MUCH = 0.5
"""Diversity from which on the flow of the linear policy hardly walks away, at ε = 1 not at all."""


class Turns(NamedTuple):
    """A width: networks that walk away before training, and when they first do not.

    Args:
        width: m.
        diversities: ε.
        times: diversity -> (networks,) updates, those that never turned at the end of training.
        turned: diversity -> (networks,) whether they did.
        stuck: diversity -> (networks,) whether in the end no trained state activates what the probe reads.
        left_out: networks that did not walk away before training.
    """

    width: int
    diversities: tuple[float, ...]
    times: dict[float, NDArray]
    turned: dict[float, NDArray[np.bool_]]
    stuck: dict[float, NDArray[np.bool_]]
    left_out: int

    def survival(self, diversity: float, confidence: float = 0.95) -> Survival:
        """The share that still walks away, over updates."""
        return kaplan_meier(self.times[diversity], self.turned[diversity], confidence)

    def median(self, diversity: float, confidence: float = 0.95) -> Interval:
        """Of the updates to the first turn; inf where half of the networks never do."""
        return self.survival(diversity, confidence).quantile()


class Linear(NamedTuple):
    """The linear policy: updates to its turn as simulated and by theory, −1 for never."""

    diversities: tuple[float, ...]
    found: tuple[int, ...]
    expected: tuple[int, ...]
    slopes: tuple[float, ...]
    last_slope: float


def measure(run: Run, settings: Settings) -> list[Turns]:
    """Of every width."""
    part = settings.flips
    found = []
    for width in part.widths:
        times, turned, still, left_out = {}, {}, {}, 0
        for diversity in part.diversities:
            name = cell(width=width, diversity=diversity)
            away = probe(run, name)[:, 0] > 0
            crossed = run.crossed_at(_watch(run), name)[away]
            ended = np.where(run.diverged_at(name)[away] < 0, part.updates, run.diverged_at(name)[away])
            times[diversity] = np.where(crossed < 0, np.maximum(ended, 1), crossed)
            turned[diversity] = crossed >= 0
            still[diversity] = stuck(run.weights(name)[away], width, LENGTH, diversity)
            left_out = int((~away).sum())
        found.append(Turns(width, part.diversities, times, turned, still, left_out))
    return found


def linear(run: Run, settings: Settings) -> Linear:
    """Against the updates and the flow of theory."""
    part = settings.flips
    diversities = tuple(part.linear_diversities)
    names = [cell(diversity=each) for each in diversities]
    crossed = tuple(int(run.crossed_at(_watch(run), name)[0]) for name in names)
    expected = tuple(flip(LENGTH, each, settings.rate, part.linear_updates) for each in diversities)
    inner = [each for each in diversities if each < MUCH]
    local = tuple(slopes(LENGTH, inner, settings.rate).tolist())
    return Linear(diversities, crossed, expected, local, float(slopes(LENGTH, [SMALL], settings.rate)[0]))


def estimates(turns: list[Turns]) -> dict[str, Estimator]:
    """The exponent of the median flip time in ε."""
    return {f"m = {each.width}": partial(exponent, each) for each in turns}


def exponent(turns: Turns, confidence: float) -> Interval:
    """The slope of ln median against ln ε between the ends of the grid.

    The medians of both ends have intervals of confidence (1 + confidence)/2; by Bonferroni the slopes between
    any two values in them hold the true one with the confidence stated. Where a median was not reached
    the slope is not bounded.
    """
    high, low = max(turns.diversities), min(turns.diversities)
    of_high, of_low = (turns.median(each, (1 + confidence) / 2) for each in (high, low))
    width = np.log(high) - np.log(low)

    def slope(at_high: float, at_low: float) -> float:
        known = np.isfinite([at_high, at_low]).all()
        return (
            float((np.log(max(at_high, 1.0)) - np.log(max(at_low, 1.0))) / width) if known else float("nan")
        )

    method = "ends of Kaplan-Meier medians, Bonferroni"
    if not np.isfinite([of_high.high, of_low.high]).all():
        return Interval(slope(of_high.estimate, of_low.estimate), -np.inf, np.inf, confidence, method)
    return Interval(
        slope(of_high.estimate, of_low.estimate),
        slope(of_high.low, of_low.high),
        slope(of_high.high, of_low.low),
        confidence,
        method,
    )


def _watch(run: Run) -> str:
    return next(each for each in run.watches if each.startswith(WATCH["behaviour"]))
