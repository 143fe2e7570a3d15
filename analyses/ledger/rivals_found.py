"""The numbers of the comparison, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..statistics import Array, Interval, quantile_interval
from .agreement import each_account, each_network, over_networks, rank_correlation, same_sign, slope
from .rivals_experiments import QUANTITIES, UNITS
from .rivals_measured import METHODS, PLACES, Measured

ORDER, SCALE = 0.8, (0.8, 1.25)
"""From which ρ on a method has the order of leave-one-out, and with which slopes its size."""


class Agreement(NamedTuple):
    """How a method's credits go with the effects of leaving out.

    Args:
        ranks, scale: pooled over networks and entries: ρ and the slope β of effect on credit.
        within: the median over networks of ρ over entries.
        signs: the share of the same sign.
        accounts, slopes: (3,) least, median and largest over entries of ρ and β over networks.
    """

    ranks: Interval
    scale: Interval
    within: Interval
    signs: Interval
    accounts: Array
    slopes: Array

    @property
    def reading(self) -> str:
        """What the two pooled intervals allow to say."""
        order = (
            "order"
            if self.ranks.low >= ORDER
            else "not the order"
            if self.ranks.high < ORDER
            else "order undecided"
        )
        within = self.scale.low >= SCALE[0] and self.scale.high <= SCALE[1]
        beyond = self.scale.high < SCALE[0] or self.scale.low > SCALE[1]
        return f"{order}, {'size' if within else 'not the size' if beyond else 'size undecided'}"


class Silent(NamedTuple):
    """Early in training, over pairs and networks: how many accounts are exactly 0, and how many effects."""

    updates: int
    accounts: int
    of: int
    without_effect: int


@dataclass(frozen=True, eq=False)
class Found:
    """A loss, compared.

    Args:
        measured: what its run gave.
        agreements: (method, quantity, unit) -> how credits go with effects; first order of the margin alone.
        checkpoints: how many TracIn has -> the median over networks of ρ, pairs, margin.
        early: updates -> ρ and slope of pairs, ledger and leaving out up to there; all of training included.
        moved: place -> slope: what accounts there gain beside a pair's account of 1. 1 + their sum is the
            slope of leave-one-out on the ledger, but for what the ledgers leave unexplained.
        silent: pairs that were not pushed by a time, at every horizon.
    """

    measured: Measured
    agreements: Mapping[tuple[str, str, str], Agreement]
    checkpoints: Mapping[int, Interval]
    early: Mapping[int, tuple[Interval, Interval]]
    moved: Mapping[str, Interval]
    silent: Sequence[Silent]

    @property
    def loss(self) -> str:
        """Its name."""
        return self.measured.loss

    def pairs(self, method: str = METHODS[0]) -> Agreement:
        """How a method's credits of pairs go with effects on the margin."""
        return self.agreements[method, "margin", "pair"]


def compare(found: Measured, resamples: int) -> Found:
    """Everything that the report says of a loss.

    Args:
        found: what its run gave.
        resamples: populations drawn for an interval.
    """
    wanted = [(method, quantity, unit) for quantity in QUANTITIES for unit in UNITS for method in METHODS]
    return Found(
        found,
        {
            (method, quantity, unit): agreement(*found.both(quantity, method, unit), resamples)
            for method, quantity, unit in wanted
            if method != "first order" or (quantity, unit) == ("margin", "pair")
        },
        _checkpoints(found),
        _early(found, resamples),
        _compensated(found, resamples),
        _silent(found),
    )


def agreement(credit: Array, effect: Array, resamples: int) -> Agreement:
    """Of (N, E) credits with (N, E) effects."""
    return Agreement(
        over_networks(rank_correlation, credit, effect, resamples=resamples),
        over_networks(slope, credit, effect, resamples=resamples),
        _median(each_network(rank_correlation, credit, effect)),
        over_networks(same_sign, credit, effect, resamples=resamples),
        _range(each_account(rank_correlation, credit, effect)),
        _range(each_account(slope, credit, effect)),
    )


def better(found: Measured, one: str, other: str, quantity: str, unit: str) -> Interval:
    """The median over networks of the first method's ρ less the second's."""
    first, second = (
        each_network(rank_correlation, *found.both(quantity, method, unit)) for method in (one, other)
    )
    return _median(first - second)


def _compensated(found: Measured, resamples: int) -> Mapping[str, Interval]:
    own = found.both("margin", "ledger", "pair")[0]
    return {place: over_networks(slope, own, found.elsewhere[place], resamples=resamples) for place in PLACES}


def _checkpoints(found: Measured) -> Mapping[int, Interval]:
    columns = found.columns("pair")
    effect = found.effects["margin"][:, columns]
    return {
        count: _median(each_network(rank_correlation, credit[:, columns], effect))
        for count, credit in found.checkpoints.items()
    }


def _early(found: Measured, resamples: int) -> Mapping[int, tuple[Interval, Interval]]:
    columns = found.columns("pair")
    pairs = {t: (credit[:, columns], effect[:, columns]) for t, (credit, effect) in found.early.items()}
    pairs[found.updates] = found.both("margin", "ledger", "pair")
    return {
        t: (
            over_networks(rank_correlation, *both, resamples=resamples),
            over_networks(slope, *both, resamples=resamples),
        )
        for t, both in pairs.items()
    }


def _silent(found: Measured) -> list[Silent]:
    columns = found.columns("pair")
    counted = []
    for t, (credit, effect) in found.early.items():
        never = credit[:, columns] == 0
        unmoved = never & (effect[:, columns] == 0)
        counted.append(Silent(t, int(never.sum()), never.size, int(unmoved.sum())))
    return counted


def _median(values: Array) -> Interval:
    return quantile_interval(values[np.isfinite(values)])


def _range(values: Array) -> Array:
    return np.nanquantile(values, [0.0, 0.5, 1.0])
