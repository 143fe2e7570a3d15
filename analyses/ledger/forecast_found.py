"""How near each prediction came, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..statistics import Array, Interval, paired_mean, quantile_interval
from .agreement import over_networks, rank_correlation
from .forecast_experiments import TEN
from .forecast_measured import WAYS, Forecast
from .pushes import probability


class Score(NamedTuple):
    """A way to predict, at the end of training.

    Args:
        error: median over networks of |predicted − came|, of the margin.
        ranks: Spearman's ρ over networks, of the margin.
        mean: mean rate predicted less mean rate that came.
        share: of networks that are predicted above one half.
        distance: largest difference between the distributions of rates, predicted and come.
        beyond: median over networks of the line's |error| less this one's, of the margin.
    """

    error: Interval
    ranks: Interval
    mean: Interval
    share: float
    distance: float
    beyond: Interval


class Few(NamedTuple):
    """What few networks, simulated to the end, say of all.

    Args:
        mean: root mean square error of their mean rate.
        distance: of their distribution from that of all, on average.
        error: median |error| of their mean margin as a prediction for every network.
    """

    mean: float
    distance: float
    error: float


@dataclass(frozen=True, eq=False)
class Scored:
    """A cell with its scores.

    Args:
        forecast: what was predicted and what came.
        scores: way -> how near it was.
        few: what ten networks would have said.
        moved: median over networks of how far the kernel moved.
        share: of networks above one half, as it came.
    """

    forecast: Forecast
    scores: Mapping[str, Score]
    few: Few
    moved: Interval
    share: float

    @property
    def name(self) -> str:
        """Of the cell."""
        return self.forecast.name

    @property
    def best(self) -> str:
        """The way with the smallest median error."""
        return min(WAYS, key=lambda way: self.scores[way].error.estimate)

    @property
    def nearer(self) -> bool:
        """Whether the kernel's mean rate is surely nearer than that of ten networks usually is."""
        mean = self.scores["kernel"].mean
        return max(abs(mean.low), abs(mean.high)) < self.few.mean


def scored(forecast: Forecast, resamples: int) -> Scored:
    """The scores of a cell; resamples: populations drawn for an interval."""
    came = forecast.came[:, -1]
    line = np.abs(forecast.predicted["straight line"][:, -1] - came)
    scores = {}
    for way in WAYS:
        predicted = forecast.predicted[way][:, -1]
        error = np.abs(predicted - came)
        scores[way] = Score(
            quantile_interval(error),
            over_networks(rank_correlation, predicted, came, resamples=resamples),
            paired_mean(forecast.rates(way), forecast.rates()),
            float((predicted > 0).mean()),
            distance(forecast.rates(way), forecast.rates()),
            quantile_interval(line - error),
        )
    share = float((came > 0).mean())
    return Scored(forecast, scores, few(came), quantile_interval(forecast.moved), share)


def distance(one: Array, other: Array) -> float:
    """Kolmogorov's: the largest difference between two empirical distribution functions."""
    points = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(each), points, side="right") / len(each) for each in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def few(margins: Array, size: int = TEN) -> Few:
    """What `size` networks would say of all.

    The mean of n networks drawn from many misses the mean of these by s/√n, root mean square.

    Args:
        margins: (N,), at the end; the others are averages over N // size groups of them.
    """
    rates = probability(margins)
    groups = [slice(i, i + size) for i in range(0, len(margins) - size + 1, size)]
    return Few(
        float(rates.std(ddof=1) / np.sqrt(size)),
        float(np.mean([distance(rates[each], rates) for each in groups])),
        float(np.mean([np.median(np.abs(margins - margins[each].mean())) for each in groups])),
    )
