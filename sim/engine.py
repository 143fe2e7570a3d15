"""The kernels that a plan is for, with the working memory of one thread."""

from __future__ import annotations

import numpy as np

from ..kernels.lanes.advance import advance, advance_booked
from ..kernels.lanes.advance_visits import advance_visits, measure_visits
from ..kernels.lanes.measure import measure
from ..kernels.lanes.scratch import columns_seen, is_by_visit, scratch_for
from ..kernels.lanes.survey import survey
from ..kernels.lanes.vector import LANES
from ..kernels.lanes.visited import rows_of_survey, visits_of
from ..kernels.state import State
from ..kernels.tables import Floats, is_booked
from .lower import Plan


class Engine:
    """Takes the networks of a plan through their updates, and measures them.

    Where updates gather rows of their own, or are booked, there are other kernels, compiled where they are
    wanted.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        self.scratch = scratch_for(plan.training, plan.measurement, plan.surveys)
        self.visits = visits_of(plan.training, self.scratch) if is_by_visit(plan.training) else None

    def advance(
        self, state: State, factors: Floats, tiles: tuple[int, int], updates: tuple[int, int]
    ) -> None:
        """Take tiles from … to from the first to the second number of updates done."""
        training = self.plan.training
        if self.visits is None:
            kernel = advance_booked if is_booked(training) else advance
            kernel(training, state, self.scratch, factors, *tiles, *updates)
        else:
            advance_visits(training, self.visits, state, self.scratch, factors, *tiles, *updates)

    def measure(self, state: State, tiles: tuple[int, int], update: int, out: Floats) -> None:
        """Measure tiles after some updates into `out`, flat."""
        plan, scratch = self.plan, self.scratch
        plans = (plan.training, plan.measurement)
        if self.visits is None:
            measure(*plans, state, scratch, *tiles, update, out)
            return
        functionals = len(plan.functionals)
        measure_visits(
            plan.training, self.visits, plan.measurement, state, scratch, *tiles, update, functionals, out
        )
        columns = columns_seen(plan.training)
        for each in plan.surveys:
            rows = rows_of_survey(plan.training, each, scratch)
            survey(plan.training, each, rows, columns, state, scratch, *tiles, update, functionals, out)

    def room(self, tiles: int) -> Floats:
        """Where measurements of some tiles go, (tiles, 2 · functionals + 2, lane)."""
        return np.full((tiles, len(self.plan.functionals) * 2 + 2, LANES), np.nan, np.float32)
