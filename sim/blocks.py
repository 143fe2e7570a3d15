"""The unit of work: a block of networks under one condition, a pure function of spec, condition and ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..kernels.choices import Source
from ..kernels.lanes.scratch import is_by_visit
from ..kernels.lanes.vector import LANES
from ..kernels.state import State
from .bookings import Bookings
from .costs import update_seconds
from .engine import Engine
from .experiment import Condition
from .initial import Ids, fresh_state, next_phase
from .lower import Plan
from .pace import SLICE_SECONDS, Control, Pace, Stopped
from .records import Records, arrays_of, arrays_of_guesses
from .select import compile_selection, select


@dataclass
class Slicer:
    """Cuts a block's work into short kernel calls, with a look at the control between them.

    How it is cut does not matter to the result. Few calls are better: handing a plan's arrays to a kernel
    takes a tenth of a millisecond.
    """

    control: Control
    tiles: int
    stage: Condition
    training: Pace = field(default_factory=Pace)
    """In tile-updates."""
    measuring: Pace = field(default_factory=Pace)
    """In tiles."""

    def advance(self, engine: Engine, state: State, start: int, stop: int) -> None:
        """Take all tiles from `start` to `stop` updates done."""
        while start < stop:
            span = min(stop - start, max(1, int(self.training.units / self.tiles)))
            factors = self.factors(start, start + span)
            for first, last in self._groups(self.training.units / span):
                work = partial(engine.advance, state, factors, (first, last), (start, start + span))
                self.training.of(work, (last - first) * span)
                self.control.progress((last - first) * span * LANES)
            start += span

    def factors(self, start: int, stop: int) -> NDArray[np.float32]:
        """What the schedule multiplies the learning rates by at some updates."""
        begins = self.stage.begins
        schedule = self.stage.optimiser.schedule
        factors = schedule.factors(self.stage.training.steps, start - begins, stop - begins)
        return factors.astype(np.float32)

    def measure(self, engine: Engine, state: State, update: int, out: np.ndarray) -> None:
        """Measure all tiles into `out`, flat."""
        for first, last in self._groups(self.measuring.units):
            work = partial(engine.measure, state, (first, last), update, out)
            self.measuring.of(work, last - first)

    def _groups(self, size: float) -> Iterator[tuple[int, int]]:
        """Ranges of at most `size` tiles, until somebody wants the block to stop."""
        step = max(1, int(size))
        for first in range(0, self.tiles, step):
            if self.control.stop.is_set():
                raise Stopped
            yield first, min(self.tiles, first + step)


def compile_kernels(plans: Sequence[Plan], conditions: Sequence[Condition]) -> None:
    """Compile the kernels, or load them, before threads want them: they would wait for one another."""
    stages = [
        stage
        for plan, condition in zip(plans, conditions, strict=True)
        for stage in zip((*plan.phases, plan), (*condition.phases, condition), strict=True)
    ]
    kinds = {_kernels_of(plan): (plan, condition) for plan, condition in stages}
    for plan, condition in kinds.values():
        engine, state = Engine(plan), fresh_state(plan, condition, range(1))
        engine.advance(state, np.empty(0, np.float32), (0, 0), (0, 0))
        engine.measure(state, (0, 0), 0, np.empty(0, np.float32))
    selected = {c.training.method: (p, c) for p, c in zip(plans, conditions, strict=True) if p.criterion}
    for pair in selected.values():
        compile_selection(*pair)


def _kernels_of(plan: Plan) -> tuple[bool, ...]:
    """What decides which kernels a plan is for, and what they are compiled for."""
    if not is_by_visit(plan.training):
        return (False,)
    return (True, plan.training.source == Source.DRAWN, bool(plan.surveys))


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
    if plan.criterion is not None:
        return selected_block(plan, condition, ids, control)
    stages = list(zip((*plan.phases, plan), (*condition.phases, condition), strict=True))
    state = fresh_state(*stages[0], ids)
    tiles = len(state.network) // LANES
    times = condition.times
    measured: list[Records] = []
    books = Bookings(condition, len(ids), int(ids[0])) if condition.training.ledger else None
    for number, (own, stage) in enumerate(stages):
        if number > 0:
            if books:
                books.close(stages[number - 1][0], state)
            state = next_phase(own, stage, ids, state)
        last = number == len(stages) - 1
        within = times[(times >= stage.begins) & ((times < stage.ends) | last)]
        engine = Engine(own)
        slicer = Slicer(control, tiles, stage, Pace(SLICE_SECONDS / update_seconds(own.training) / 8))
        if number == 0:  # what the watches see before the first update
            engine.advance(state, np.empty(0, np.float32), (0, tiles), (0, 0))
        at = stage.begins
        for now in map(int, within):
            slicer.advance(engine, state, at, now)
            at = now
            out = engine.room(tiles)
            slicer.measure(engine, state, now, out.ravel())
            measured.append(Records(own, out))
            if books:
                books.note(own, state, measured[-1])
        slicer.advance(engine, state, at, stage.ends)
    arrays = arrays_of(condition, stages[-1][0], state, measured, len(ids))
    return arrays | (books.arrays() if books else {})


def selected_block(plan: Plan, condition: Condition, ids: Ids, control: Control) -> dict[str, np.ndarray]:
    """Select a block's weights and measure what they do; a network that found none has no records."""
    state, guesses = select(plan, condition, ids, control)
    tiles = len(state.network) // LANES
    engine = Engine(plan)
    engine.advance(state, np.empty(0, np.float32), (0, tiles), (0, 0))
    control.progress(tiles * LANES)
    out = engine.room(tiles)
    Slicer(control, tiles, condition).measure(engine, state, 0, out.ravel())
    measured = [Records(plan, out)] * len(condition.times)
    return arrays_of(condition, plan, state, measured, len(ids)) | arrays_of_guesses(guesses)
