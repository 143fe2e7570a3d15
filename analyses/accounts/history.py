"""Accounts over time: which of them a figure shows by name, and what the others and the rest add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..statistics import Array
from .changes import Changes, changes_of
from .sums import groups_of, summed

if TYPE_CHECKING:
    from ...sim.accounts import Accounts
    from ...sim.runfile import Run

OTHERS, REST = "all others", "no pair: decay, carried, unexplained"
MOST = 5
"""Accounts with a name of their own: as many as can be told apart in grey."""


@dataclass(frozen=True, eq=False)
class History:
    """A behaviour's accounts over time in one condition.

    Args:
        condition: its name.
        changes: the behaviour's own change, at times (T,).
        names: of the accounts; amounts: (T, names), up to each time.
        rest: (T,), what has no pair.
        ledger: what it is from.
    """

    condition: str
    changes: Changes
    names: tuple[str, ...]
    amounts: Array
    rest: Array
    ledger: Accounts

    @property
    def states(self) -> Array:
        """(state,): what all pushes in a state made by the end."""
        return self.ledger.mean.sum(axis=(0, 2))


def history_of(run: Run, behaviour: str, condition: str, by: str) -> History:
    """A behaviour's accounts over time, added up by one of `sums.WAYS`."""
    ledger, own = run.ledger(behaviour, condition), np.isin(run.time, run.own_times(condition))
    names, index = groups_of(ledger, by)
    return History(
        condition,
        changes_of(run, behaviour, condition),
        tuple(names),
        summed(ledger.over_time[own], names, index).sum(axis=1),
        ledger.rest_over_time[own].sum(axis=1),
        ledger,
    )


def largest(histories: list[History], most: int = MOST) -> list[str]:
    """The accounts that were largest at any time in any condition, at most so many, largest first.

    Where only one would be left over, it has its name too.
    """
    peak: dict[str, float] = {}
    for history in histories:
        for name, size in zip(history.names, np.abs(history.amounts).max(axis=0), strict=True):
            peak[name] = max(peak.get(name, 0.0), float(size))
    order = sorted((name for name in peak if peak[name] > 0), key=lambda name: -peak[name])
    return order[: most + (len(order) == most + 1)]


def layers(history: History, named: list[str]) -> dict[str, Array]:
    """Name -> (T,): the named accounts, all others and the rest; together they are the change."""
    found = {name: history.amounts[:, k] for k, name in enumerate(history.names) if name in named}
    others = [k for k, name in enumerate(history.names) if name not in named]
    ordered = {name: found[name] for name in named if name in found}
    return {**ordered, OTHERS: history.amounts[:, others].sum(axis=1), REST: history.rest}
