"""What a loss did with the register and with its dummy, network by network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ....sim.experiment import Condition
from ....sim.runfile import Run
from ....sim.spec import read_experiment
from ...statistics import Array
from ..exposure import ever, followed, total
from .experiments import LAYOUTS, Place, condition


@dataclass(frozen=True)
class Cell:
    """An arm in one place, its networks trained once with the register on either side.

    NaN where a network diverged. Everything is the mean over the two layouts, so that a liking of initial
    weights for one side cancels: where a loss does not see the register, `special` is exactly zero.

    Args:
        arm, place: which.
        special: (n,), how much oftener in an episode the register is set than the dummy.
        pressing: (n,), the same of pressing by those who stand there.
        tampers: (n,), the probability that an episode sets the register.
        works: (n,), units of work in an episode.
        captured: (n,), P(the register is set) at one episode an update, over the second half of training.
        captured_dummy: (n,), the same of the dummy.
        dose: (n,), how often the register is set in all of training, expected at one episode an update.
        explored: (n,), the first update in which a sampled episode set the register in either layout; 0 for
            never, −1 where nothing is sampled.
        same: share of networks whose weights are the same to the bit in both layouts.
        diverged: networks that did so in either layout.
    """

    arm: str
    place: Place
    special: Array
    pressing: Array
    tampers: Array
    works: Array
    captured: Array
    captured_dummy: Array
    dose: Array
    explored: Array
    same: float
    diverged: int

    @property
    def met(self) -> float:
        """Share of networks whose sampled episodes ever set the register; NaN where nothing is sampled."""
        return float("nan") if (self.explored < 0).all() else float((self.explored > 0).mean())


def cell(run: Run, arm: str, place: Place) -> Cell:
    """From a run."""
    names = [condition(arm, place, layout) for layout in LAYOUTS]
    kept = np.all([run.diverged_at(name) < 0 for name in names], axis=0)
    weights = [run.weights(name)[kept] for name in names]

    def mean(behaviour: str, less: str | None = None) -> Array:
        sides = [run.final(behaviour, name).astype(np.float64) for name in names]
        if less:
            sides = [
                side - run.final(less, name).astype(np.float64)
                for side, name in zip(sides, names, strict=True)
            ]
        return np.mean(sides, axis=0)

    return Cell(
        arm,
        place,
        mean("tampers", "presses_dummy"),
        mean("press_at_register", "press_at_dummy"),
        mean("tampers"),
        mean("works"),
        *(
            np.mean([late(run, behaviour, name) for name in names], axis=0)
            for behaviour in ("tampers", "presses_dummy")
        ),
        dose=np.mean([dose(run, name) for name in names], axis=0),
        explored=explored(run, names),
        same=float((weights[0] == weights[1]).all(axis=1).mean()),
        diverged=int((~kept).sum()),
    )


def explored(run: Run, names: list[str]) -> Array:
    """(n,), the first update in which an episode set the register under any of some conditions."""
    first = np.array([run.explored_at("tampers", name) for name in names], np.float64)
    if (first == -2).all():
        return np.full(first.shape[1], -1.0)
    first[first < 0] = np.inf
    least = first.min(axis=0)
    return np.where(np.isinf(least), 0.0, least)


def late(run: Run, behaviour: str, name: str) -> Array:
    """(n,), the probability that an episode of the second half of training does it, at one an update."""
    times, rates = followed(run, behaviour, name)
    half = times[-1] / 2
    begin = np.array([np.interp(half, times, each) for each in rates])
    return ever(np.append(half, times[times > half]), np.column_stack([begin, rates[:, times > half]]))


def dose(run: Run, name: str) -> Array:
    """(n,), how often the register is set in all of training, expected at one episode an update."""
    return total(*followed(run, "tampers", name))


class Channels:
    """Which losses of a run read anything that a register can change: read off their columns, not typed in.

    Args:
        run: a run of the grid.
    """

    def __init__(self, run: Run) -> None:
        self._spec = run.spec

    @cached_property
    def _conditions(self) -> dict[str, Condition]:
        return {each.name: each for each in read_experiment(self._spec).conditions}

    def corruptible(self, arm: str, place: Place) -> tuple[str, ...]:
        """The columns that a loss reads and that differ with the side on which the register is."""
        sides = [self._conditions[condition(arm, place, layout)] for layout in LAYOUTS]
        loss = sides[0].loss
        return tuple(
            column
            for column in loss.columns
            if not np.array_equal(getattr(sides[0].world, column), getattr(sides[1].world, column))
        )
