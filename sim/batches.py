"""Blocks on a device of JAX's: as many at a time as its memory takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import numpy as np

from ..kernels.choices import Hyperparameter
from ..kernels.lanes.vector import LANES
from ..kernels.state import State
from ..kernels.tables import last_state
from ..kernels.xla.advance import FACTORS, advance, populated
from ..kernels.xla.learner import Learner, Training
from ..kernels.xla.measure import measure
from ..kernels.xla.structure import on_device, split
from ..kernels.xla.survey import survey
from .behaviour import Array
from .bookings import Bookings
from .experiment import Condition
from .initial import Ids
from .lower import Plan
from .pace import Control, Pace, Stopped
from .population import COMPLEMENTS
from .records import Records, arrays_of

WORDS_BELOW = 2**31
"""Counts of one call stay below it."""


def shows_of(plan: Plan) -> np.ndarray:
    """(pairs, B) uint8: which pairs (state · A + action) show each behaviour."""
    training = plan.training
    number = np.repeat(np.arange(len(training.shown.at) - 1), np.diff(training.shown.at))
    table = np.zeros(((last_state(training) + 1) * training.actions, len(training.shown.at) - 1), np.uint8)
    table[training.shown.pairs, number] = 1
    return table


@dataclass
class Stage:
    """A phase of a condition on the device: its plan in two parts, and networks at its beginning.

    Args:
        plan, condition: of the phase.
    """

    plan: Plan
    condition: Condition
    training: Any = field(init=False)
    measuring: Any = field(init=False)
    surveys: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        training = on_device(Training(self.plan.training, shows_of(self.plan), self.plan.own))
        self.training = split(training)
        self.measuring = split((training, on_device(self.plan.measurement)))
        self.surveys = [split((training, on_device(table))) for table in self.plan.surveys]

    def fresh(self, ids: np.ndarray) -> Learner:
        """Networks before the first update of the phase, with the weights that their own numbers draw."""
        dtype = self.condition.compute.dtype
        centre = self.plan.centre.astype(dtype)
        begin = centre, (centre - self.plan.centre).astype(dtype), self.plan.scale.astype(dtype)
        return populated(*self.training, ids, hyperparameters(self.condition, ids), begin)

    def factors(self, start: int, stop: int) -> np.ndarray:
        """(FACTORS,): what the schedule multiplies the learning rates by at some updates, and zeros."""
        begins, schedule = self.condition.begins, self.condition.optimiser.schedule
        found = schedule.factors(self.condition.training.steps, start - begins, stop - begins)
        return np.pad(found, (0, FACTORS - len(found))).astype(self.condition.compute.dtype)


def hyperparameters(condition: Condition, ids: np.ndarray) -> np.ndarray:
    """(n, hyperparameters): every network's, as the kernels take them."""
    table = np.stack([condition.hyperparameter(which, ids) for which in Hyperparameter], axis=1)
    for which in COMPLEMENTS:
        table[:, which] = 1 - table[:, which]
    return table.astype(condition.compute.dtype)


def simulate_batch(
    plan: Plan,
    condition: Condition,
    ids: Ids,
    size: int,
    control: Control,
    books: Sequence[Bookings] = (),
) -> dict[str, np.ndarray]:
    """Train networks and measure them at the condition's times.

    Args:
        ids: (n,) consecutive network ids.
        size: networks on the device, a multiple of 16 and n or more: ids that follow fill it up.
        books: of blocks of these networks, which note what their ledgers say.

    Returns:
        Their arrays by name, as `simulate_block` has them.

    Raises:
        Stopped: when `control.stop` was set.
    """
    run = Batch(np.arange(ids[0], ids[0] + size).astype(np.uint32), control, books)
    with as_written(condition.compute.precision == "float64"):
        return run.through(plan, condition, len(ids))


@contextmanager
def as_written(doubles: bool) -> Iterator[None]:
    """JAX as the kernels are written for it, whatever the program that calls has set it to."""
    with (
        jax.enable_x64(doubles),
        jax.numpy_dtype_promotion("standard"),
        jax.numpy_rank_promotion("allow"),
        jax.debug_nans(False),  # a margin that there is none of is not a number
    ):
        yield


@dataclass
class Batch:
    """Networks on their way through the phases of a condition."""

    ids: np.ndarray
    control: Control
    books: Sequence[Bookings]
    visits: np.ndarray = field(init=False)
    population: Any = field(init=False, default=None)

    def through(self, plan: Plan, condition: Condition, networks: int) -> dict[str, np.ndarray]:
        """The arrays of the first `networks` of them."""
        stages = [
            Stage(*pair) for pair in zip((*plan.phases, plan), (*condition.phases, condition), strict=True)
        ]
        measured: list[Records] = []
        self.visits = np.zeros((len(self.ids), len(plan.training.shown.at) - 1), np.int64)
        for number, stage in enumerate(stages):
            if number > 0:
                self.close(stages[number - 1])
            self.begin(stage, condition)
            begins, ends = stage.condition.begins, stage.condition.ends
            within = condition.times[condition.times >= begins]
            if number < len(stages) - 1:
                within = within[within < ends]
            at = begins
            for now in map(int, within):
                self.advance(stage, at, now)
                at = now
                measured.append(self.measure(stage, now))
                self.note(stage, measured[-1])
            self.advance(stage, at, ends)
        return arrays_of(condition, plan, self.state(), measured, networks)

    def begin(self, stage: Stage, condition: Condition) -> None:
        """Put the networks at the beginning of a phase: drawn, inherited, or as an earlier one left them."""
        before, fresh = self.population, stage.fresh(self.ids)
        policy = stage.plan.training.network.parameters
        if before is None:
            self.population = fresh
            if condition.inherited:
                values = condition.inherited.weights(int(self.ids[0]), len(self.ids))
                lost = np.where(np.isfinite(values.astype(fresh.weights.dtype)).all(axis=1), -1, 0).astype(
                    np.int32
                )
                self.population = placed(fresh, values)._replace(stopped_at=lost, diverged_at=lost)
        else:
            with np.errstate(invalid="ignore"):  # of networks that have diverged
                values = parameters_of(before)[:, :policy]
            kept = ("stopped_at", "diverged_at", "crossed_at", "explored_at", "rare_at")
            self.population = placed(fresh, values)._replace(**{name: getattr(before, name) for name in kept})
        self.call(stage, stage.condition.begins, 0)  # what the watches see before the first update

    def advance(self, stage: Stage, start: int, stop: int) -> None:
        """Take the networks from `start` to `stop` updates done, with a look at the control between calls."""
        sampling, episodes = stage.plan.training.sampling, stage.plan.training.episodes
        most = min(FACTORS, max(1, WORDS_BELOW // (sampling.episodes * (episodes.horizon + 1))))
        pace = Pace()
        while start < stop:
            if self.control.stop.is_set():
                raise Stopped
            span = min(stop - start, most, max(1, int(pace.units)))
            pace.of(partial(self.call, stage, start, span), span)
            self.control.progress(span * len(self.ids))
            start += span

    def call(self, stage: Stage, start: int, count: int) -> None:
        """One call of the kernel, after which the visits that it counted are added up."""
        factors = stage.factors(start, start + count)
        self.population = advance(*stage.training, self.population, factors, np.int32(start), np.int32(count))
        self.visits += np.asarray(self.population.shown)
        self.population = self.population._replace(shown=np.zeros(self.visits.shape, np.uint32))

    def measure(self, stage: Stage, update: int) -> Records:
        """What the networks do after `update` updates."""
        out = np.asarray(measure(*stage.measuring, self.population, np.int32(update)))
        if not stage.plan.surveys:
            return Records(stage.plan, by_tile(out))
        functionals, exact = len(stage.plan.functionals), (out.shape[1] - 2) // 2
        whole = np.full((len(out), 2 * functionals + 2), np.nan, out.dtype)
        whole[:, :exact], whole[:, -2:] = out[:, :exact], out[:, -2:]
        whole[:, functionals : functionals + exact] = out[:, exact:-2]
        for table, parts in zip(stage.plan.surveys, stage.surveys, strict=True):
            whole[:, table.functional] = np.asarray(survey(*parts, self.population, np.int32(update)))
        return Records(stage.plan, by_tile(whole))

    def note(self, stage: Stage, records: Records) -> None:
        """Tell the books of every block what stands in them now."""
        for books, state, own in self.blocks():
            books.note(stage.plan, state, Records(stage.plan, records.out[own]))

    def close(self, stage: Stage) -> None:
        """Tell the books of every block that a phase has ended."""
        for books, state, _ in self.blocks():
            books.close(stage.plan, state)

    def blocks(self) -> Iterator[tuple[Bookings, State, slice]]:
        """The books of every block with its networks, and where these stand."""
        if not self.books:
            return
        state = self.state()
        for books in self.books:
            first = (books.first - int(self.ids[0])) // LANES
            own = slice(first, first + -(-books.networks // LANES))
            yield books, of_tiles(state, own), own

    def state(self) -> State:
        """The networks as the records take them."""
        population = jax.tree.map(np.asarray, self.population)
        none = np.zeros(0, np.float32)

        def flat(array: np.ndarray) -> np.ndarray:
            return by_tile(array).ravel()

        return State(
            network=self.ids,
            weights=flat(population.weights),
            residual=flat(population.residual),
            velocity=none,
            square=none,
            correction=none,
            hyper=none,
            kept=none,
            stopped_at=population.stopped_at,
            diverged_at=population.diverged_at,
            crossed_at=flat(population.crossed_at),
            explored_at=flat(population.explored_at),
            visits=flat(self.visits),
            rare_at=population.rare_at,
            books=flat(population.books.reshape(len(self.ids), -1)),
            books_residual=flat(population.books_residual.reshape(len(self.ids), -1)),
            moments=none,
            split=none,
            split_residual=none,
        )


def of_tiles(state: State, tiles: slice) -> State:
    """Some tiles of a state."""
    count = len(state.network) // LANES
    return State._make(array.reshape(count, -1)[tiles].ravel() for array in state)


def by_tile(array: np.ndarray) -> np.ndarray:
    """(n, inner) as (tiles, inner, lane)."""
    n, inner = array.shape
    return np.ascontiguousarray(np.swapaxes(array.reshape(n // LANES, LANES, inner), 1, 2))


def parameters_of(population: Learner) -> Array:
    """(n, P) float64: weights less their residuals."""
    return np.asarray(population.weights, np.float64) - np.asarray(population.residual, np.float64)


def placed(population: Learner, values: Array) -> Learner:
    """The networks with given parameters (n, P) of policies: of each the nearest number and the rest."""
    weights, residual = np.array(population.weights), np.array(population.residual)
    count = values.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        weights[:, :count] = values
        residual[:, :count] = np.where(np.isfinite(weights[:, :count]), weights[:, :count] - values, 0.0)
    return population._replace(weights=weights, residual=residual)
