"""What figures draw of a run: quantiles over its networks and the share above one half, at every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .interval import Array
from .shares import wilson

if TYPE_CHECKING:
    from ...sim.runfile import Run

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def quantiles_over_networks(rates: ArrayLike, levels: ArrayLike = LEVELS) -> Array:
    """Quantiles of a behaviour over the networks that have a value, at every recorded time.

    Args:
        rates: (networks, times); NaN (the network had diverged, or there is no such time) is left out.
        levels: (L,), between 0 and 1.

    Returns:
        (L, times) float64, linear between order statistics; NaN where no network has a value.
    """
    rates, levels = np.asarray(rates), np.asarray(levels, np.float64)
    found = np.full((len(levels), rates.shape[1]), np.nan)
    # Column by column: nanquantile over the whole array would copy it, 240 MB for a million networks.
    for t in range(rates.shape[1]):
        column = rates[:, t].astype(np.float64)
        column = column[~np.isnan(column)]
        if column.size:
            found[:, t] = np.quantile(column, levels, overwrite_input=True)
    return found


def count_above(rates: ArrayLike, threshold: float = 0.5) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many networks lie strictly above a threshold, and of how many.

    Args:
        rates: (networks, times); NaN counts neither as a success nor as a trial.
        threshold: in the behaviour's own unit.

    Returns:
        (times,) successes and (times,) trials.
    """
    rates = np.asarray(rates)
    successes = np.count_nonzero(rates > threshold, axis=0)
    return successes, len(rates) - np.count_nonzero(np.isnan(rates), axis=0)


@dataclass(frozen=True, eq=False)
class Summary:
    """One behaviour under one condition, over its networks. T is the number of times the condition has.

    Args:
        condition: its name.
        networks: how many there are, with a value or without.
        time: (T,), updates done.
        quantiles: (5, T), at `LEVELS`.
        share: (T,), of the networks that have a value, those above one half.
        interval: (2, T), lower and upper limit of the 95 % Wilson interval of `share`.
        trials: (T,), networks that have a value.
        final: values at the condition's last time, NaN left out; none when every network diverged.
        diverged: how many networks diverged.
        unfound: how many were to be selected and found no weights.
    """

    condition: str
    networks: int
    time: NDArray[np.int64]
    quantiles: Array
    share: Array
    interval: Array
    trials: NDArray[np.int64]
    final: NDArray[np.float32]
    diverged: int
    unfound: int = 0


def summarise(run: Run, behaviour: str, condition: str) -> Summary:
    """What a figure shows of a behaviour under a condition; times that the condition lacks are dropped."""
    rates = np.asarray(run.rate(behaviour, condition))
    successes, trials = count_above(rates)
    kept = trials > 0
    successes, trials = successes[kept], trials[kept]
    diverged = int(np.count_nonzero(np.asarray(run.diverged_at(condition)) >= 0))
    selected = "attempts" in run.hyperparameters
    unfound = int((run.hyperparameter("attempts", condition) == -1).sum()) if selected else 0
    # Where all have diverged, the last column with values is not the end of the condition.
    last = rates[:, np.flatnonzero(kept)[-1]] if kept.any() and diverged < len(rates) else rates[:0, 0]
    return Summary(
        condition=condition,
        networks=len(rates),
        time=np.asarray(run.time)[kept],
        quantiles=quantiles_over_networks(rates)[:, kept],
        share=successes / trials,
        interval=np.stack(wilson(successes, trials)),
        trials=trials,
        final=last[~np.isnan(last)],
        diverged=diverged,
        unfound=unfound,
    )
