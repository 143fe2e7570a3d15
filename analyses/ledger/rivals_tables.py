"""The tables of the comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ...sim.world import World
from ..claims.analysis import Listing
from ..claims.words import between, number
from ..statistics import Array, Interval, paired_mean
from .rivals_experiments import QUANTITIES, UNITS
from .rivals_found import Found
from .rivals_measured import METHODS, PLACES

TOP = 4
"""Accounts of each loss that a table shows."""


def listings(found: Sequence[Found], world: World) -> Iterator[Listing]:
    """All tables."""
    yield _methods(found)
    yield _units(found)
    yield Listing(
        "TracIn by its checkpoints: ρ in a network, median, pairs, margin",
        ("loss", "checkpoints", "ρ"),
        tuple(
            (each.loss, what, between(ranks, 3))
            for each in found
            for what, ranks in (
                *((str(count), ranks) for count, ranks in each.checkpoints.items()),
                ("before every update (first order)", each.pairs("first order").within),
            )
        ),
    )
    yield Listing(
        "The ledger against leave-one-out, both up to an update: pairs, margin",
        ("loss", "updates", "ρ", "slope"),
        tuple(
            (each.loss, f"{t:,}", between(ranks, 3), between(scale, 3))
            for each in found
            for t, (ranks, scale) in each.early.items()
        ),
    )
    yield Listing(
        "Beside an account of 1: how accounts of others change (slopes), and what is left of it",
        ("loss", *PLACES, "1 + the three", "slope of leave-one-out"),
        tuple(
            (
                each.loss,
                *(between(each.moved[place], 3) for place in PLACES),
                number(1 + sum(each.moved[place].estimate for place in PLACES), 3),
                number(each.pairs().scale.estimate, 3),
            )
            for each in found
        ),
    )
    yield _groups(found)
    yield _largest(found, world)


def certain(values: Array) -> NDArray[np.int64]:
    """(accounts,): the sign of each mean over networks, 0 where its 95 % interval holds 0.

    Args:
        values: (networks, accounts).
    """
    means = [_mean(column) for column in values.T]
    return np.array([int(mean.low > 0) - int(mean.high < 0) for mean in means])


def _methods(found: Sequence[Found]) -> Listing:
    rows = []
    for loss, method, each in ((one.loss, name, one.pairs(name)) for one in found for name in METHODS):
        pooled = (between(each.ranks, 3), between(each.scale, 3), between(each.within, 2))
        ranges = (_ranged(each.accounts), _ranged(each.slopes), between(each.signs, 2))
        rows.append((loss, method, *pooled, *ranges, each.reading))
    columns = (
        "loss", "method", "ρ pooled", "slope pooled", "ρ in a network, median", "ρ of a pair, median (range)",
        "slope of a pair, median (range)", "same sign", "has",
    )  # fmt: skip
    return Listing(
        "Each method against leave-one-out: pairs of state and action, margin", columns, tuple(rows)
    )


def _units(found: Sequence[Found]) -> Listing:
    rows = []
    for each in found:
        for quantity in QUANTITIES:
            for unit in UNITS:
                kept = [each.agreements[method, quantity, unit] for method in ("ledger", "TracIn")]
                numbers = [text for one in kept for text in (between(one.ranks, 2), between(one.scale, 2))]
                if unit != "state" or len(each.measured.columns("state")) < len(
                    each.measured.columns("pair")
                ):
                    rows.append((each.loss, quantity, unit, *numbers))
    columns = ("loss", "of", "left out", "ledger: ρ", "slope", "TracIn: ρ", "slope")
    return Listing("Pooled, by what is booked and by what is left out at once", columns, tuple(rows))


def _groups(found: Sequence[Found]) -> Listing:
    rows = []
    for each in found:
        credit, effect = each.measured.both("margin", "ledger", "group")
        for i, column in enumerate(each.measured.columns("group")):
            what = each.measured.entries[column].text
            rows.append((each.loss, what, between(_mean(credit[:, i]), 3), between(_mean(effect[:, i]), 3)))
    columns = ("loss", "states", "ledger", "leaving them out")
    return Listing("All pushes of a group of states at once: mean change of the margin", columns, tuple(rows))


def _largest(found: Sequence[Found], world: World) -> Listing:
    rows = []
    for each in found:
        credit, effect = each.measured.both("margin", "ledger", "pair")
        columns = each.measured.columns("pair")
        for i in np.argsort(-np.abs(credit.mean(axis=0)))[:TOP]:
            state, action = np.argwhere(each.measured.entries[columns[i]].mask)[0]
            what = f"{(world.state_names or ())[state]}: {('left', 'right')[action]}"
            rows.append((each.loss, what, between(_mean(credit[:, i]), 3), between(_mean(effect[:, i]), 3)))
    columns = ("loss", "state: action", "ledger", "leaving it out")
    return Listing("The largest accounts: mean change of the margin", columns, tuple(rows))


def _mean(values: Array) -> Interval:
    return paired_mean(values, np.zeros_like(values))


def _ranged(values: Array) -> str:
    least, middle, most = (number(each, 2) for each in values)
    return f"{middle} ({least} to {most})"
