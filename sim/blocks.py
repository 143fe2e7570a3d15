"""The unit of work: a block of networks under one condition, a pure function of spec, condition and ids."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..kernels.lanes.advance import advance, initialise
from ..kernels.lanes.measure import measure
from ..kernels.lanes.memory import empty_lanes
from ..kernels.lanes.scratch import Scratch, scratch_for
from ..kernels.lanes.vector import LANES
from ..kernels.tables import Source, State
from ..kernels.threefry import Purpose
from .costs import update_seconds
from .experiment import Condition
from .lower import INTENDED, LOSS, OBSERVED, Plan
from .population import Hyperparameter, Spread, per_network

Ids = range | NDArray[np.uint32]
"""Consecutive network ids."""

SLICE_SECONDS = 0.25
"""How long a kernel runs before it looks up: for progress, and for Ctrl-C."""


class Stopped(Exception):  # noqa: N818  (not an error: somebody asked)
    """A block was given up because the run is to stop."""


@dataclass
class Control:
    """How a running block is watched and stopped from outside.

    Args:
        stop: set to make every block give up at its next slice.
        progress: told the network updates done since it was last told.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[int], None] = lambda updates: None


def fresh_state(plan: Plan, condition: Condition, ids: Ids) -> State:
    """A block's networks before the first update; the last tile is filled with the ids that follow."""
    tiles = -(-len(ids) // LANES)
    lanes = (int(ids[0]) + np.arange(tiles * LANES)).astype(np.uint32)
    training = plan.training
    rate = condition.optimiser.learning_rate
    rates = per_network(rate, condition.seeds[Purpose.HYPERPARAMETERS], lanes, Hyperparameter.LEARNING_RATE)
    behaviours = len(training.shown.at) - 1

    def never(vectors: int) -> NDArray[np.int32]:
        return np.full(vectors * LANES, -1, np.int32)

    state = State(
        network=lanes,
        weights=empty_lanes(tiles * training.network.parameters),
        residual=empty_lanes(tiles * training.network.parameters),
        learning_rate=rates.astype(np.float32),
        stopped_at=never(tiles),
        diverged_at=never(tiles),
        crossed_at=never(tiles * len(training.watches.level)),
        explored_at=never(tiles * behaviours),
        visits=np.zeros(tiles * behaviours * LANES, np.int64),
        rare_at=never(tiles),
    )
    centre = plan.centre.astype(np.float32)
    rest = (centre - plan.centre).astype(np.float32)
    initialise(state, training.seeds, centre, rest, plan.scale.astype(np.float32))
    return state


@dataclass
class Pace:
    """How much work fits in `SLICE_SECONDS`, by the speed of the last call."""

    units: float = 1.0

    def of(self, work: Callable[[], None], units: int) -> None:
        """Do `units` of work and learn from it; a first guess grows eightfold at most."""
        began = time.perf_counter()
        work()
        seconds = max(time.perf_counter() - began, 1e-5)
        self.units = min(units * SLICE_SECONDS / seconds, 8 * max(self.units, units))


@dataclass
class Slicer:
    """Cuts a block's work into short kernel calls, with a look at the control between them.

    How it is cut does not matter to the result. Few calls are better: handing a plan's arrays to a kernel
    takes a tenth of a millisecond.
    """

    control: Control
    tiles: int
    training: Pace = field(default_factory=Pace)
    """In tile-updates."""
    measuring: Pace = field(default_factory=Pace)
    """In tiles."""

    def advance(self, plan: Plan, state: State, scratch: Scratch, start: int, stop: int) -> None:
        """Take all tiles from `start` to `stop` updates done."""
        while start < stop:
            span = min(stop - start, max(1, int(self.training.units / self.tiles)))
            for first, last in self._groups(self.training.units / span):
                work = partial(advance, plan.training, state, scratch, first, last, start, start + span)
                self.training.of(work, (last - first) * span)
                self.control.progress((last - first) * span * LANES)
            start += span

    def measure(self, plan: Plan, state: State, scratch: Scratch, update: int, out: np.ndarray) -> None:
        """Measure all tiles into `out`, flat."""
        for first, last in self._groups(self.measuring.units):
            plans = (plan.training, plan.measurement)
            work = partial(measure, *plans, state, scratch, first, last, update, out)
            self.measuring.of(work, last - first)

    def _groups(self, size: float) -> Iterator[tuple[int, int]]:
        """Ranges of at most `size` tiles, until somebody wants the block to stop."""
        step = max(1, int(size))
        for first in range(0, self.tiles, step):
            if self.control.stop.is_set():
                raise Stopped
            yield first, min(self.tiles, first + step)


def compile_kernels(plan: Plan, condition: Condition) -> None:
    """Compile the kernels, or load them, before threads want them: they would wait for one another."""
    scratch = scratch_for(plan.training, plan.measurement)
    state = fresh_state(plan, condition, range(1))
    advance(plan.training, state, scratch, 0, 0, 0, 0)
    measure(plan.training, plan.measurement, state, scratch, 0, 0, 0, np.empty(0, np.float32))


def simulate_block(plan: Plan, condition: Condition, ids: Ids, control: Control) -> dict[str, np.ndarray]:
    """Train a block of networks and measure them at the condition's times.

    Args:
        ids: (n,) consecutive network ids.

    Returns:
        The block's arrays by name: as in the run file, without the axis of conditions.

    Raises:
        Stopped: when `control.stop` was set.
    """
    if control.stop.is_set():
        raise Stopped
    scratch = scratch_for(plan.training, plan.measurement)
    state = fresh_state(plan, condition, ids)
    tiles = len(state.network) // LANES
    times = condition.times
    width = 2 * len(plan.functionals) + 1
    measured = np.empty((len(times), tiles, width, LANES), np.float32)
    slicer = Slicer(control, tiles, Pace(SLICE_SECONDS / update_seconds(plan.training) / 8))
    advance(plan.training, state, scratch, 0, tiles, 0, 0)  # what the watches see before the first update
    for number, (before, now) in enumerate(pairwise([0, *map(int, times)])):
        slicer.advance(plan, state, scratch, before, now)
        slicer.measure(plan, state, scratch, now, measured[number].ravel())
    return _arrays(plan, condition, state, measured, len(ids))


def _arrays(
    plan: Plan, condition: Condition, state: State, measured: np.ndarray, networks: int
) -> dict[str, np.ndarray]:
    """The block's records, network first, what came after a divergence not a number."""

    times, tiles, width, _ = measured.shape

    def by_network(lanes: np.ndarray, inner: int) -> np.ndarray:
        """(tiles, inner, lane) as (networks, inner)."""
        return np.swapaxes(lanes.reshape(tiles, inner, LANES), 1, 2).reshape(tiles * LANES, inner)[:networks]

    table = measured.transpose(1, 3, 0, 2).reshape(tiles * LANES, times, width)[:networks]
    diverged = state.diverged_at[:networks].astype(np.int64)
    lost = (diverged[:, None] >= 0) & (condition.times[None, :] >= diverged[:, None])
    table[lost] = np.nan
    functionals = len(plan.functionals)
    column = {name: table[:, :, k] for k, name in enumerate(plan.functionals)}
    absent = np.full((networks, times), np.nan, np.float32)
    names = [behaviour.name for behaviour in condition.world.behaviours]
    chosen = [plan.functionals.index(name) for name in names]
    sampled = plan.training.source == Source.SAMPLED
    visits = by_network(state.visits, len(names)) if sampled else np.full((networks, len(names)), -2)
    explored = by_network(state.explored_at, len(names)) if sampled else np.full((networks, len(names)), -2)
    arrays = {
        "rate": table[:, :, chosen],
        "margin": table[:, :, [functionals + k for k in chosen]],
        "loss": -column[LOSS],
        "observed_return": column.get(OBSERVED, absent),
        "intended_return": column.get(INTENDED, absent),
        "gradient_norm": np.sqrt(table[:, :, -1]),
        "crossed_at": by_network(state.crossed_at, len(condition.watches)).astype(np.int64),
        "explored_at": explored.astype(np.int64),
        "visits": visits.astype(np.int64),
        "rare_at": state.rare_at[:networks].astype(np.int64) if sampled else np.full(networks, -2),
        "diverged_at": diverged,
    }
    if isinstance(condition.optimiser.learning_rate, Spread):
        arrays["learning_rate"] = state.learning_rate[:networks].astype(np.float64)
    if condition.training.weights:
        parameters = plan.training.network.parameters
        exact = state.weights.astype(np.float64) - state.residual.astype(np.float64)
        arrays["weights"] = by_network(exact, parameters)
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}
