"""Descent and guess-and-check in the same bands of loss and normalised margin."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ...statistics import Interval, share_difference
from ..claim import Estimator
from .experiments import LENGTH, matched_run
from .networks import Scores, Walks, scores, walks
from .settings import Band, Settings


class Arm(NamedTuple):
    """Networks of one arm in the bands.

    Args:
        walks: at the probe.
        loss, margin: their means.
        tried: networks, or initial weights, that were looked at.
    """

    walks: Walks
    loss: float
    margin: float
    tried: float


class Cell(NamedTuple):
    """A band: both arms in loss and margin, and both in loss alone.

    Args:
        reweighted: q of guess-and-check, weighted so that it has descent's distribution of losses and margins
            within the band, by quarters of each.
    """

    band: Band
    descent: Arm
    selected: Arm
    descent_by_loss: Arm
    selected_by_loss: Arm
    reweighted: float


def measure(runs: Mapping[str, Run], settings: Settings) -> list[Cell]:
    """Of every band."""
    return [_cell(runs[matched_run(band)], band, settings) for band in settings.matched.bands]


def estimates(cells: list[Cell]) -> tuple[dict[str, Estimator], dict[str, Estimator]]:
    """Differences of q at matched loss and margin, and at matched loss, of independent networks."""
    both = {each.band.cell: partial(difference, each.descent, each.selected) for each in cells}
    loss = {
        each.band.cell: partial(difference, each.descent_by_loss, each.selected_by_loss) for each in cells
    }
    return both, loss


def difference(descent: Arm, selected: Arm, confidence: float) -> Interval:
    """q of descent less q of selection, by Newcombe; from −1 to 1 where an arm is empty."""
    one, two = descent.walks, selected.walks
    if not (one.networks and two.networks):
        return Interval(float("nan"), -1.0, 1.0, confidence, "an arm without networks")
    return share_difference(one.away, one.networks, two.away, two.networks, confidence)


def first_within(each: list[Scores], band: Band, by_margin: bool) -> tuple[Scores, int]:
    """Networks at the first of some times at which they lie within the band, and how many never do."""
    taken = np.zeros(len(each[0].loss), bool)
    parts = []
    for found in each:
        inside = (found.loss >= band.loss[0]) & (found.loss <= band.loss[1]) & ~taken
        if by_margin:
            inside &= (found.margin >= band.margin[0]) & (found.margin <= band.margin[1])
        taken |= inside
        parts.append([values[inside] for values in found])
    return Scores(*(np.concatenate(values) for values in zip(*parts, strict=True))), int((~taken).sum())


def _cell(run: Run, band: Band, settings: Settings) -> Cell:
    def of(condition: str) -> Scores:
        weights = run.weights(condition)
        has = np.isfinite(weights).all(axis=1)
        return scores(weights[has], settings.width, LENGTH, band.diversity)

    if settings.matched.arm == "descent":
        path = [_of_all(run, f"descent {t}", band, settings) for t in settings.matched.updates]
        first = [first_within(path, band, by_margin)[0] for by_margin in (True, False)]
    else:
        first = [of(name) for name in ("splitting", "splitting by loss")]
    names = ("guess", "guess by loss")
    second = [of(name) for name in names]
    arms = [_arm(each, band.networks) for each in first]
    guesses = [_arm(each, _tried(run, name, settings)) for each, name in zip(second, names, strict=True)]
    return Cell(band, arms[0], guesses[0], arms[1], guesses[1], reweighted(first[0], second[0]))


def reweighted(descent: Scores, selected: Scores) -> float:
    """q of the second with the first's distribution over quarters of its loss and margin.

    Quarters in which the second has nobody are left out.
    """
    if not (descent.probe.size and selected.probe.size):
        return float("nan")
    bins = []
    for name in ("loss", "margin"):
        edges = np.quantile(getattr(descent, name), [0.25, 0.5, 0.75])
        bins.append([np.searchsorted(edges, getattr(each, name)) for each in (descent, selected)])
    one, two = (4 * bins[0][side] + bins[1][side] for side in (0, 1))
    share, weight = np.bincount(one, minlength=16) / len(one), np.bincount(two, minlength=16)
    away = np.bincount(two, selected.probe > 0, minlength=16)
    has = weight > 0
    return float((share[has] * away[has] / weight[has]).sum() / share[has].sum())


def _of_all(run: Run, condition: str, band: Band, settings: Settings) -> Scores:
    """Scores in which networks keep their numbers; those that diverged are in no band."""
    with np.errstate(invalid="ignore"):
        return scores(run.weights(condition), settings.width, LENGTH, band.diversity)


def _tried(run: Run, condition: str, settings: Settings) -> float:
    attempts = run.values("attempts")[run.conditions.index(condition)]
    return float(np.where(attempts < 0, settings.matched.attempts, attempts).sum())


def _arm(found: Scores, tried: float) -> Arm:
    mean = [float(values.mean()) if values.size else float("nan") for values in found[:2]]
    return Arm(walks(found.probe), mean[0], mean[1], tried)
