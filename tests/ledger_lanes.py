"""Books of the Numba backend as tables."""

from __future__ import annotations

import numpy as np
from cases import working
from popgrad.kernels.lanes.advance import advance_booked
from popgrad.kernels.lanes.vector import LANES
from popgrad.kernels.state import State
from popgrad.kernels.tables import LINES
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import Plan, lower


def books_of(plan: Plan, state: State) -> tuple[np.ndarray, np.ndarray]:
    """(n, K, kinds, rows, A) and (n, K, LINES) float64."""
    training = plan.training
    behaviours = len(training.ledger.evaluations.setting)
    whole = state.books.astype(np.float64) - state.books_residual
    table = np.moveaxis(
        whole.reshape(-1, behaviours, len(whole) // len(state.network) // behaviours, LANES), 3, 1
    )
    table = table.reshape(len(state.network), behaviours, -1)
    rows = (training.rows.trained, training.actions)
    accounts = table[:, :, :-LINES].reshape(len(state.network), behaviours, -1, *rows)
    return accounts, table[:, :, -LINES:]


def accounts_after(condition: Condition, ids: np.ndarray, updates: int) -> np.ndarray:
    """(n, K, kinds, rows, A) of a tile after its first updates, at the rate as it is given."""
    plan = lower(condition)
    state, scratch = fresh_state(plan, condition, ids), working(plan)
    advance_booked(plan.training, state, scratch, np.ones(updates, np.float32), 0, 1, 0, updates)
    return books_of(plan, state)[0]
