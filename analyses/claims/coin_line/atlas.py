"""Outcome training less cloning at the atlas's number of updates, over its grid."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ...statistics import Interval, at_most, paired_mean, paired_share_difference, sidak_level
from ..analysis import Estimator
from .experiments import LOSSES, cell
from .networks import Array, Walks, probe, walks, worst
from .settings import Block, Settings

PUBLIC = {"higher": 615, "lower": 245, "tied": 112}
"""Pairs of cells of the public atlas at 1,024 updates in which outcome training is more proxy-like than
cloning, less, and tied, as reported of a public atlas of the coin line of lionellevine/MAIS, agenda A8."""

PUBLIC_NETWORKS = 256
"""A cell of it has."""

FEWEST = 20
"""Networks below which a mean over networks has no interval worth having."""


class Pair(NamedTuple):
    """Cloning and outcome training under the same conditions.

    Args:
        width, std, rate, diversity: m, σ, η, ε.
        cloning, outcome: where networks walk.
        difference: of their shares, with the interval that all pairs of a block hold at once.
    """

    width: int
    std: float
    rate: float
    diversity: float
    cloning: Walks
    outcome: Walks
    difference: Interval


class Passed(NamedTuple):
    """Of each network: in how many conditions both losses have every trained state right, and what differs.

    Args:
        conditions: their number.
        difference: how many more of them walk away under outcome training than under cloning.
        all: conditions that there are.
    """

    conditions: Array
    difference: Array
    all: int

    @property
    def share(self) -> float:
        """Of all pairs of trained networks."""
        return float(self.conditions.sum() / (self.all * len(self.conditions)))


class Atlas(NamedTuple):
    """A block: its pairs, for each ε the mean of a network's differences over all else, and who passed."""

    block: Block
    pairs: list[Pair]
    means: dict[float, Array]
    passed: dict[float, Passed]

    def counts(self) -> dict[str, int]:
        """Pairs in which outcome training is more proxy-like by the counts, less so, and tied."""
        signs = [np.sign(each.difference.estimate) for each in self.pairs]
        return {name: signs.count(sign) for name, sign in (("higher", 1), ("lower", -1), ("tied", 0))}

    def decided(self) -> dict[str, int]:
        """The same by intervals that hold at once; those over 0 are undecided."""
        higher = sum(each.difference.low > 0 for each in self.pairs)
        lower = sum(each.difference.high < 0 for each in self.pairs)
        return {"higher": higher, "lower": lower, "undecided": len(self.pairs) - higher - lower}


def measure(runs: Mapping[str, Run], settings: Settings) -> list[Atlas]:
    """Of every block."""
    return [_block(runs[f"atlas_{block.length}"], block) for block in settings.atlas.blocks]


def estimates(atlases: list[Atlas]) -> dict[str, Estimator]:
    """q of outcome training less q of cloning where both have every trained state right."""
    return {
        f"L = {each.block.length}, ε = {diversity:g}": partial(passed_difference, each.passed[diversity])
        for each in atlases
        for diversity in each.block.diversities
    }


def mean_difference(means: Array, confidence: float) -> Interval:
    """Student's interval of the mean over networks, each of which gives its mean over conditions."""
    return paired_mean(means, np.zeros_like(means), confidence)


def passed_difference(passed: Passed, confidence: float) -> Interval:
    """The mean difference over pairs that have passed; the network, with all its pairs, is the unit.

    It is a ratio of two means over networks, whose interval is that of the mean of its linearised values
    R + (difference − R·conditions)/mean of conditions. From −1 to 1 where fewer than `FEWEST` networks pass.
    """
    n, difference = passed.conditions, passed.difference
    if (n > 0).sum() < FEWEST:
        return Interval(float("nan"), -1.0, 1.0, confidence, "too few networks")
    ratio = difference.sum() / n.sum()
    values = ratio + (difference - ratio * n) / n.mean()
    if not values.std() > 0:  # nobody differs: the bound of a share that was never met
        most = at_most(0, int((n > 0).sum()), confidence).high
        return Interval(ratio, max(ratio - most, -1.0), min(ratio + most, 1.0), confidence, "none differs")
    found = mean_difference(values, confidence)
    return Interval(
        ratio, max(found.low, -1.0), min(found.high, 1.0), confidence, "ratio of means over networks"
    )


def _block(run: Run, block: Block) -> Atlas:
    # bounds of a run's own 95 %, all pairs at once; the claim's own points take other confidences
    confidence = 1 - sidak_level(block.pairs)
    pairs, sums, right, apart = [], {}, {}, {}
    for m, std, rate, e in product(block.widths, block.stds, block.rates, block.diversities):
        names = [cell(loss=loss, width=m, std=std, rate=rate, diversity=e) for loss in LOSSES]
        one, two = (probe(run, name)[:, -1] for name in names)
        both = np.logical_and(*(worst(run, name)[:, -1] > 0 for name in names))
        known = ~(np.isnan(one) | np.isnan(two))
        away = one > 0, two > 0
        difference = paired_share_difference(away[1][known], away[0][known], confidence)
        pairs.append(Pair(m, std, rate, e, walks(one), walks(two), difference))
        # one that diverged under either loss differs by 0 there: it walks nowhere
        sums.setdefault(e, []).append(np.where(known, away[1].astype(float) - away[0], 0.0))
        right.setdefault(e, []).append(both.astype(float))
        apart.setdefault(e, []).append(np.where(both, away[1].astype(float) - away[0], 0.0))
    passed = {e: Passed(np.sum(right[e], axis=0), np.sum(apart[e], axis=0), len(right[e])) for e in right}
    return Atlas(block, pairs, {e: np.mean(each, axis=0) for e, each in sums.items()}, passed)
