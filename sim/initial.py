"""The networks of a block before its first update, and between two phases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels.lanes.advance import initialise
from ..kernels.lanes.memory import empty_lanes
from ..kernels.lanes.vector import LANES
from ..kernels.tables import Hyperparameter, Method, State
from .experiment import Condition
from .lower import Plan

Ids = range | NDArray[np.uint32]
"""Consecutive network ids."""

COMPLEMENTS = (Hyperparameter.BETA1, Hyperparameter.BETA2)
"""Decays near one: the kernels take what they leave, 1 − β, which float32 holds precisely."""


def fresh_state(plan: Plan, condition: Condition, ids: Ids) -> State:
    """A block's networks before the first update; the last tile is filled with the ids that follow."""
    tiles = -(-len(ids) // LANES)
    lanes = (int(ids[0]) + np.arange(tiles * LANES)).astype(np.uint32)
    training = plan.training
    parameters = len(plan.centre)
    optimiser = training.optimiser
    moving = parameters * (optimiser.momentum or optimiser.method == Method.ADAM)
    squared = parameters * (optimiser.method in (Method.ADAM, Method.RMSPROP))
    outputs = training.actions - training.network.pinned
    behaviours = len(training.shown.at) - 1

    def zeros(vectors: int) -> NDArray[np.float32]:
        array = empty_lanes(tiles * vectors)
        array[:] = 0
        return array

    def never(vectors: int) -> NDArray[np.int32]:
        return np.full(vectors * LANES, -1, np.int32)

    state = State(
        network=lanes,
        weights=empty_lanes(tiles * parameters),
        residual=empty_lanes(tiles * parameters),
        velocity=zeros(moving),
        square=zeros(squared),
        correction=zeros(2),
        hyper=hyperparameters(condition, lanes),
        kept=zeros(training.rows.trained * outputs * training.rule.kept),
        stopped_at=never(tiles),
        diverged_at=never(tiles),
        crossed_at=never(tiles * len(training.watches.level)),
        explored_at=never(tiles * behaviours),
        visits=np.zeros(tiles * behaviours * LANES, np.int64),
        rare_at=never(tiles),
    )
    centre = plan.centre.astype(np.float32)
    rest = (centre - plan.centre).astype(np.float32)
    initialise(
        state, training.seeds, centre, rest, plan.scale.astype(np.float32), training.network.parameters
    )
    return state


def hyperparameters(condition: Condition, lanes: NDArray[np.uint32]) -> NDArray[np.float32]:
    """(tiles, hyperparameters, lane), flat: every network's, as the kernels take them."""
    table = np.stack([condition.hyperparameter(which, lanes) for which in Hyperparameter])
    for which in COMPLEMENTS:
        table[which] = 1 - table[which]
    by_tile = table.reshape(len(Hyperparameter), -1, LANES).swapaxes(0, 1)
    flat = empty_lanes(by_tile.size // LANES)
    flat[:] = by_tile.ravel()
    return flat


def next_phase(plan: Plan, condition: Condition, ids: Ids, before: State) -> State:
    """The networks at the beginning of another phase: their policies and records as they were.

    Moments, the logits that a rule compares with and a critic begin anew.
    """
    state = fresh_state(plan, condition, ids)
    policy = plan.training.network.parameters
    for name in ("weights", "residual"):
        old = getattr(before, name).reshape(len(before.network) // LANES, -1, LANES)
        getattr(state, name).reshape(len(old), -1, LANES)[:, :policy] = old[:, :policy]
    kept = ("stopped_at", "diverged_at", "crossed_at", "explored_at", "visits", "rare_at")
    return state._replace(**{name: getattr(before, name) for name in kept})
