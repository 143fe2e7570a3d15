"""Statistics over the networks of a run: intervals for shares, quantiles, what figures draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from ..sim.runfile import Run

Array = NDArray[np.float64]

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def wilson(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[Array, Array]:
    """Wilson's score interval for a share.

    The shares p that a score test at size 1 − confidence does not reject: with x successes in n trials,
    q = x / n and z the standard normal quantile at (1 + confidence) / 2,

        (q + z²/2n ± z √(q(1 − q)/n + z²/4n²)) / (1 + z²/n)

    With no trials nothing is known and the interval is (0, 1). Trials are taken to be independent.

    Args:
        successes: whole numbers, any shape.
        trials: whole numbers, any shape that broadcasts with `successes`.
        confidence: the coverage aimed at, between 0 and 1; met on average over p, not at each p.

    Returns:
        The lower and the upper limit, float64, in the shape that the two counts broadcast to.

    Raises:
        ValueError: counts that are not whole, are negative or exceed their trials; a confidence
            outside (0, 1).

    Example:
        >>> low, high = wilson(0, [20, 0])
        >>> low.round(4).tolist(), high.round(4).tolist()
        ([0.0, 0.0], [0.1611, 1.0])

    Reference:
        Wilson (1927), J. Am. Stat. Assoc. 22:209-212; Brown, Cai and DasGupta (2001), Stat. Sci. 16:101-133.
    """
    from statsmodels.stats.proportion import proportion_confint  # a second to import, so only on use

    x, n = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(trials, np.float64))
    if not ((x >= 0) & (x <= n) & (x == np.floor(x)) & (n == np.floor(n)) & np.isfinite(n)).all():
        raise ValueError("wilson: successes and trials must be whole numbers with 0 <= successes <= trials")
    if not 0 < confidence < 1:
        raise ValueError(f"wilson: confidence is {confidence}, expected a number between 0 and 1")
    counts = x.ravel(), np.maximum(n.ravel(), 1)
    low, high = (
        np.reshape(limit, x.shape)
        for limit in proportion_confint(*counts, alpha=1 - confidence, method="wilson")
    )
    # Exact at the ends, where rounding would leave a residue of about 1e-17.
    return np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)


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
