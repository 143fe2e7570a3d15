"""The kernels' optimisers on gradients that are given: one tile of sixteen networks, a step at a time."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from cases import WORLDS, condition_of, working
from popgrad.kernels.lanes.memory import load, store
from popgrad.kernels.lanes.optimisers import take_step
from popgrad.kernels.lanes.vector import LANES, splat
from popgrad.kernels.tables import NEVER
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.optimiser import OPTIMISERS

TAKES = set(OPTIMISERS)
PARAMETERS = WORLDS["bandit"].actions
f = np.float32


@numba.njit
def one_step(plan: Any, state: Any, scratch: Any, gradient: Any, factor: Any) -> None:
    """A step of every lane by a gradient (parameters · LANES), flat."""
    for k in range(0, len(gradient), LANES):
        store(scratch.gradient, k, load(gradient, k))
    take_step(plan, state, scratch, 0, 0, factor, load(state.stopped_at, 0) == splat(NEVER))


def take_steps(table: dict[str, Any], gradients: np.ndarray, begin: float = 0.0) -> np.ndarray:
    """(steps + 1, PARAMETERS, LANES) float64: where an optimiser goes by gradients, one a step."""
    condition = condition_of(WORLDS["bandit"], {"kind": "tabular"}, {"kind": "imitation"}, optimiser=table)
    plan = lower(condition)
    state, scratch = fresh_state(plan, condition, range(LANES)), working(plan)
    state.weights[:] = begin
    path = [np.full((PARAMETERS, LANES), begin)]
    for gradient in np.ascontiguousarray(gradients, np.float32):
        one_step(plan.training, state, scratch, gradient.ravel(), f(1.0))
        exact = state.weights.astype(np.float64) - state.residual
        path.append(exact.reshape(PARAMETERS, LANES))
    return np.array(path)


def hyperparameters_of(table: dict[str, Any], dtype: type = np.float32) -> dict[str, float]:
    """The numbers of an `[optimiser]` table, as a precision has them."""
    return {
        name: float(dtype(value))
        for name, value in table.items()
        if isinstance(value, float) and not isinstance(value, bool)
    }
