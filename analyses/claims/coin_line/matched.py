"""Descent and guess-and-check in the same bands of loss and normalised margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ....sim.runfile import Run
from ...statistics import Interval
from ..analysis import Estimator
from .experiments import LENGTH, matched_run
from .networks import Array, Scores, Walks, scores, walks
from .settings import Band, Settings

STRATA = {1: 64, 2: 12}
"""Number of scores to match -> into how many parts each is cut."""


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


class Match(NamedTuple):
    """Both arms in strata of like loss and margin, weighted alike.

    Args:
        shares: q of the first arm and of the second, over the strata that have both.
        sizes: how many networks taken at random would give shares as precise.
        kept: the share of each arm that lies in those strata.
        residual: name -> the weighted difference of means within strata, in standard deviations in the band.
        unweighted: q of both arms before.
    """

    shares: tuple[float, float]
    sizes: tuple[float, float]
    kept: tuple[float, float]
    residual: dict[str, float]
    unweighted: tuple[float, float]


class Cell(NamedTuple):
    """A band: both arms in loss and margin, and both in loss alone; and how they compare."""

    band: Band
    descent: Arm
    selected: Arm
    descent_by_loss: Arm
    selected_by_loss: Arm
    both: Match | None
    loss: Match | None


def measure(runs: Mapping[str, Run], settings: Settings) -> list[Cell]:
    """Of every band."""
    return [_cell(runs[matched_run(band)], band, settings) for band in settings.matched.bands]


def estimates(cells: list[Cell]) -> tuple[dict[str, Estimator], dict[str, Estimator]]:
    """Differences of q at like loss and margin, and at like loss, of independent networks."""
    both = {each.band.cell: partial(difference, each.both) for each in cells}
    loss = {each.band.cell: partial(difference, each.loss) for each in cells}
    return both, loss


def difference(match: Match | None, confidence: float) -> Interval:
    """q of descent less q of selection over the same strata; from −1 to 1 where there is nothing to compare.

    Newcombe's interval with Wilson's limits at the effective sizes. Given the strata both shares are weighted
    means of independent shares, of variance Σ w² q_s(1 − q_s)/n_s, which is at most about q(1 − q) Σ w²/n_s
    where w and n_s go together.
    """
    if match is None:
        return Interval(float("nan"), -1.0, 1.0, confidence, "nothing to compare")
    one, two = match.shares
    (low, high), (other_low, other_high) = (
        wilson(q, n, confidence) for q, n in zip(match.shares, match.sizes, strict=True)
    )
    down = float(np.hypot(one - low, other_high - two))
    up = float(np.hypot(high - one, two - other_low))
    return Interval(one - two, one - two - down, one - two + up, confidence, "Newcombe, by strata")


def wilson(q: float, n: float, confidence: float) -> tuple[float, float]:
    """Wilson's limits of a share with an effective size, which need not be whole."""
    z = float(norm.ppf((1 + confidence) / 2))
    centre, half = q + z**2 / (2 * n), z * np.sqrt(q * (1 - q) / n + z**2 / (4 * n**2))
    return float((centre - half) / (1 + z**2 / n)), float((centre + half) / (1 + z**2 / n))


def match(first: Scores, second: Scores, names: Sequence[str]) -> Match | None:
    """Two arms in strata of the named scores, each cut at quantiles of both arms together.

    Strata have the weights n₁n₂/(n₁ + n₂) of Mantel and Haenszel, in both arms; one without networks of both
    arms is left out. None where all are.
    """
    cuts = STRATA[len(names)]
    one, two = np.zeros(first.probe.size, int), np.zeros(second.probe.size, int)
    for name in names:
        here, there = getattr(first, name), getattr(second, name)
        pooled = np.concatenate([here, there])
        edges = np.quantile(pooled, np.arange(1, cuts) / cuts) if pooled.size else np.zeros(0)
        one, two = (cuts * at + np.searchsorted(edges, x) for at, x in ((one, here), (two, there)))
    every = cuts ** len(names)
    n1, n2 = (np.bincount(at, minlength=every) for at in (one, two))
    has = (n1 > 0) & (n2 > 0)
    if not has.any():
        return None
    n1, n2 = n1[has], n2[has]
    w = n1 * n2 / (n1 + n2)
    w = w / w.sum()

    def means(at: NDArray[np.int64], values: Array, n: NDArray[np.int64]) -> Array:
        return np.bincount(at, values, minlength=every)[has] / n

    away = [(each.probe > 0).astype(float) for each in (first, second)]
    residual = {}
    for name in ("loss", "margin"):
        here, there = getattr(first, name), getattr(second, name)
        spread = float(np.concatenate([here, there]).std()) or 1.0
        residual[name] = float(w @ (means(one, here, n1) - means(two, there, n2))) / spread
    return Match(
        (float(w @ means(one, away[0], n1)), float(w @ means(two, away[1], n2))),
        (float(1 / (w**2 / n1).sum()), float(1 / (w**2 / n2).sum())),
        (float(n1.sum() / one.size), float(n2.sum() / two.size)),
        residual,
        (float(away[0].mean()), float(away[1].mean())),
    )


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
        return scores(weights[has], band.width or settings.width, LENGTH, band.diversity)

    if settings.matched.arm == "descent":
        path = [_of_all(run, f"descent {t}", band, settings) for t in settings.matched.updates]
        first = [first_within(path, band, by_margin)[0] for by_margin in (True, False)]
    else:
        first = [of(name) for name in ("splitting", "splitting by loss")]
    names = ("guess", "guess by loss")
    second = [of(name) for name in names]
    arms = [_arm(each, band.networks) for each in first]
    guesses = [_arm(each, _tried(run, name, settings)) for each, name in zip(second, names, strict=True)]
    matches = [
        match(one, two, keys)
        for one, two, keys in zip(first, second, (("loss", "margin"), ("loss",)), strict=True)
    ]
    return Cell(band, arms[0], guesses[0], arms[1], guesses[1], matches[0], matches[1])


def _of_all(run: Run, condition: str, band: Band, settings: Settings) -> Scores:
    """Scores in which networks keep their numbers; those that diverged are in no band."""
    with np.errstate(invalid="ignore"):
        return scores(run.weights(condition), band.width or settings.width, LENGTH, band.diversity)


def _tried(run: Run, condition: str, settings: Settings) -> float:
    attempts = run.values("attempts")[run.conditions.index(condition)]
    return float(np.where(attempts < 0, settings.matched.attempts, attempts).sum())


def _arm(found: Scores, tried: float) -> Arm:
    mean = [float(values.mean()) if values.size else float("nan") for values in found[:2]]
    return Arm(walks(found.probe), mean[0], mean[1], tried)
