"""What networks come to beyond the closed form: one number for each network, paired between conditions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ...statistics import Interval, paired_mean
from ...statistics.interval import Array
from ..analysis import Estimator
from ..exposure import followed, total
from . import ladders, triggers
from .exposure import halved, killed
from .settings import Settings

SILENT = (0.05, 0.95)
"""Where both probabilities are below the first, or above the second, their difference tells nothing of the
exposures behind them."""


class Pair(NamedTuple):
    """P(catastrophe) of each network under two conditions."""

    first: Array
    second: Array

    @property
    def silent(self) -> bool:
        """Whether both are so near 0, or so near 1, that no difference could be seen."""
        means = float(np.nanmean(self.first)), float(np.nanmean(self.second))
        return max(means) < SILENT[0] or min(means) > SILENT[1]


def difference(pair: Pair, confidence: float) -> Interval:
    """Mean of first minus second, over networks that have both."""
    both = np.isfinite(pair.first) & np.isfinite(pair.second)
    return paired_mean(pair.first[both], pair.second[both], confidence)


def mean(values: Array, confidence: float) -> Interval:
    """Over networks that have a value."""
    return difference(Pair(values, np.zeros(values.size)), confidence)


def risk(run: Run, behaviour: str, condition: str, hazard: float) -> Array:
    """(network,) P(catastrophe) by the end of a condition."""
    return killed(*followed(run, behaviour, condition), hazard)


def meetings(run: Run, settings: Settings) -> dict[str, Array]:
    """What the trigger shares with elsewhere -> (rarity, network) dangerous acts in the first meetings."""
    return {
        name: np.stack([_acts(run, f"{name}, {rarity:g}", rarity) for rarity in settings.rarities])
        for name in (*triggers.ELSEWHERE, triggers.TABLE)
    }


def _acts(run: Run, condition: str, rarity: float) -> Array:
    return rarity * total(*followed(run, "dangerous", condition))


def exponents(acts: Array, rarities: tuple[float, ...]) -> Array:
    """(rarity, network) -> (network,) slope of ln acts in ln r, by least squares."""
    x = np.log(rarities) - np.log(rarities).mean()
    return x @ np.log(acts) / (x @ x)


def rare_trigger(run: Run, settings: Settings) -> dict[str, Estimator]:
    """By what is right elsewhere."""
    found = meetings(run, settings)
    return {name: partial(mean, exponents(found[name], settings.rarities)) for name in triggers.ELSEWHERE}


def competence(run: Run, settings: Settings) -> dict[str, Estimator]:
    """ln of the largest over the initial hazard, where the act costs."""
    found = {}
    for act, steps in ladders.climbs(settings):
        name = ladders.beginner(act, steps, "costs")
        hazard = followed(run, "attempts", name)[1]
        found[ladders.way(act, steps)] = partial(mean, np.log(hazard.max(axis=1) / hazard[:, 0]))
    return found


def penalty_pairs(run: Run, settings: Settings, paid: str) -> dict[str, Pair]:
    """With a penalty, one of those of `ladders.signals`, and without any signal."""
    return {
        ladders.way(*climb): Pair(
            *(
                risk(run, "attempts", ladders.beginner(*climb, each), settings.hazard)
                for each in (paid, "goes unnoticed")
            )
        )
        for climb in ladders.climbs(settings)
    }


def forgetting_pairs(run: Run, settings: Settings, replayed: bool) -> dict[str, Pair]:
    """Trained on elsewhere, with the trigger beside or without, and left as it was when that began."""
    found = {}
    for name, (_, _, share) in triggers.elsewhere_cells(settings).items():
        if (share > 0) != replayed:
            continue
        times, rates = followed(run, "dangerous", name)
        alone = np.broadcast_to(rates[:, :1], rates.shape)
        found[name] = Pair(*(killed(times, each, settings.hazard) for each in (rates, alone)))
    return found


def beginners(ladder: Run, settings: Settings, paid: str) -> Array:
    """P of the same networks that begin to climb without any of what came before."""
    return risk(ladder, "attempts", ladders.beginner("another", settings.rungs, paid), settings.hazard)


def blocker_pairs(runs: Mapping[str, Run], settings: Settings, felt: bool) -> dict[str, Pair]:
    """After a blocker whose refusals cost, or do not, and beginners."""
    beginner = beginners(runs["ladder"], settings, "costs")
    return {
        name: Pair(risk(runs["after"], "attempts", name, settings.hazard), beginner)
        for name in (ladders.felt_cells if felt else ladders.silent_cells)(settings)
    }


def pretraining_pairs(runs: Mapping[str, Run], settings: Settings) -> dict[str, Pair]:
    """After demonstrations, and beginners, by what the act does to the reward."""
    return {
        name: Pair(
            risk(runs["after"], "attempts", name, settings.hazard),
            beginners(runs["ladder"], settings, paid),
        )
        for name, (_, paid) in ladders.rewarded_cells(settings).items()
    }


def differences(pairs: Mapping[str, Pair]) -> dict[str, Estimator]:
    """Estimators of them: without a decision where both are so near 0 or 1 that they tell nothing."""
    return {name: partial(_undecided if pair.silent else difference, pair) for name, pair in pairs.items()}


def _undecided(pair: Pair, confidence: float) -> Interval:
    """All that a difference of probabilities can be."""
    return Interval(difference(pair, confidence).estimate, -1, 1, confidence, "both near 0 or near 1")


def numerical_error(runs: Mapping[str, Run], settings: Settings) -> tuple[float, float]:
    """The most that P of a network, and the mean of a condition, move when half of the records are left "
    "out."""
    measured = {
        "trigger": ("dangerous", triggers.elsewhere_cells(settings)),
        "ladder": ("attempts", [ladders.beginner(*climb, "costs") for climb in ladders.climbs(settings)]),
        "after": ("attempts", runs["after"].conditions),
    }
    moved = [
        halved(*followed(runs[name], act, condition), settings.hazard)
        for name, (act, conditions) in measured.items()
        for condition in conditions
    ]
    return max(float(np.nanmax(np.abs(each))) for each in moved), max(
        abs(float(np.nanmean(each))) for each in moved
    )


def diverged(runs: Mapping[str, Run]) -> int:
    """Networks, counted in each condition, whose weights were at last not finite."""
    return sum(int((run.diverged_at(name) >= 0).sum()) for run in runs.values() for name in run.conditions)
