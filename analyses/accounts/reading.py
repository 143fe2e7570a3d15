"""The accounts of a behaviour, largest first: what a pushed action, a state, a group or a phase taught."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...sim.errors import Fault, InvalidInput, nearest
from .asked import booked
from .changes import Changes, booked_as, changes_of
from .spans import spans_of
from .sums import WAYS, errors_of, groups_of, summed

if TYPE_CHECKING:
    from ...sim.accounts import Accounts
    from ...sim.runfile import Run

BY = (*WAYS, "phase")
"""By what a ledger is read."""

CANCELLING = 2.0
"""Where accounts add up to more than so many times the change, a share of the change would mislead."""


@dataclass(frozen=True)
class Entry:
    """One account, in the behaviour's unit.

    Args:
        name: what was pushed, such as `right at 1, coin at 4`.
        amount: of the behaviour's mean change, what these pushes made.
        error: its standard error over networks; NaN where the file does not tell.
        kinds: (3,), what of it the signal, the baseline and the entropy bonus made.
        most: the state that moved the behaviour most in a phase's direction; empty otherwise.
    """

    name: str
    amount: float
    error: float
    kinds: tuple[float, ...] = ()
    most: str = ""


@dataclass(frozen=True, eq=False)
class Reading:
    """What taught a behaviour in one condition; entries and rest sum to the change.

    Args:
        behaviour, condition: names.
        meaning: the behaviour's sentence.
        unit: `probability`, `expected count per episode` or `log-odds`.
        by: one of `BY`.
        changes: the behaviour's own change.
        entries: accounts other than 0, largest first; phases in the order of time.
        rest: what has no pair: decay, carried, unexplained.
        untouched: how many accounts are 0 exactly, for nothing was ever pushed there.
        sampled: how many networks the standard errors of sums are from; 0 where nothing was added up.
    """

    behaviour: str
    condition: str
    meaning: str
    unit: str
    by: str
    changes: Changes
    entries: tuple[Entry, ...]
    rest: tuple[Entry, ...]
    untouched: int
    sampled: int

    @property
    def change(self) -> float:
        """Of the behaviour's mean, from the first update to the end."""
        return float(self.changes.mean[-1])

    @property
    def movement(self) -> float:
        """Σ |amount| over entries and rest: how far the behaviour was moved to and fro."""
        return sum(abs(entry.amount) for entry in (*self.entries, *self.rest))

    @property
    def cancels(self) -> bool:
        """Whether accounts of opposite sign cancel so far that shares are of all movement."""
        return self.movement > CANCELLING * abs(self.change)

    def share(self, amount: float) -> float:
        """An amount's share of the change or, where accounts cancel, of all movement."""
        whole = self.movement if self.cancels else self.change
        return amount / whole if whole else np.nan


def readings(
    run: Run, behaviour: str | None = None, conditions: tuple[str, ...] = (), by: str = "pair"
) -> list[Reading]:
    """A behaviour's accounts in some conditions, or in all that kept them.

    Args:
        run: what `open_run` gives.
        behaviour: a name from `run.ledger_behaviours`; the first when None.
        conditions: names; all with a ledger of the behaviour when empty.
        by: one of `BY`: summed over what.

    Raises:
        PopgradError: the run has no ledger.
        InvalidInput: names that the run does not have, or a condition that did not book the behaviour.
    """
    behaviour, conditions = booked(run, behaviour, conditions)
    return [read(run, behaviour, condition, by) for condition in conditions]


def read(run: Run, behaviour: str, condition: str, by: str = "pair") -> Reading:
    """A behaviour's accounts in one condition; see `readings`.

    Example:
        >>> found = read(run, "walks_away", "imitation")                        # doctest: +SKIP
        >>> found.entries[0].name, found.entries[0].amount                      # doctest: +SKIP
        ('left at 3, coin at 2', -0.41)
    """
    if by not in BY:
        raise InvalidInput("ledger", [Fault("by", repr(by), f"one of {', '.join(BY)}", nearest(by, BY))])
    ledger = run.ledger(behaviour, condition)
    rate = "probability" if run.is_probability[behaviour] else "expected count per episode"
    changes = changes_of(run, behaviour, condition)
    entries, untouched, sampled = (_phases(run, ledger), 0, 0) if by == "phase" else _accounts(ledger, by)
    rest = zip(ledger.lines, ledger.rest, ledger.rest_error, strict=True)
    return Reading(
        behaviour=behaviour,
        condition=condition,
        meaning=run.meanings.get(behaviour, ""),
        unit="log-odds" if booked_as(run, condition) == "margin" else rate,
        by=by,
        changes=changes,
        entries=tuple(entries) if changes.networks else (),
        rest=tuple(Entry(name, float(amount), float(error)) for name, amount, error in rest),
        untouched=untouched,
        sampled=sampled,
    )


def _accounts(ledger: Accounts, by: str) -> tuple[list[Entry], int, int]:
    names, index = groups_of(ledger, by)
    kinds = summed(ledger.mean, names, index)
    amount, (error, sampled) = kinds.sum(axis=0), errors_of(ledger, names, index)
    pushed = (kinds != 0).any(axis=0) | (np.nan_to_num(error) != 0)
    order = [k for k in np.argsort(-np.abs(amount), kind="stable") if pushed[k]]
    entries = [
        Entry(names[k], float(amount[k]), float(error[k]), tuple(map(float, kinds[:, k]))) for k in order
    ]
    return entries, int((~pushed).sum()), sampled


def _phases(run: Run, ledger: Accounts) -> list[Entry]:
    books = ledger.over_time[np.isin(run.time, run.own_times(ledger.condition))]
    names, index = groups_of(ledger, "state")
    entries = []
    for span in spans_of(run, ledger.condition):
        made = books[span.stop] - books[span.start]
        kinds = tuple(map(float, made.sum(axis=(1, 2))))
        states = summed(made, names, index).sum(axis=0)
        largest = int((states * np.sign(sum(kinds))).argmax())
        most = f"{names[largest]} ({states[largest]:+.3g})" if states[largest] else ""
        entries.append(Entry(span.name, sum(kinds), np.nan, kinds, most))
    return entries
