"""The networks of a block before its first update, and between two phases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels.choices import Hyperparameter, Method
from ..kernels.lanes.advance import initialise
from ..kernels.lanes.memory import empty_lanes
from ..kernels.lanes.scratch import is_by_visit
from ..kernels.lanes.vector import LANES
from ..kernels.state import State
from ..kernels.tables import entries_of
from .behaviour import Array
from .experiment import Condition
from .inherited import Inherited
from .lower import Plan
from .population import COMPLEMENTS

Ids = range | NDArray[np.uint32]
"""Consecutive network ids."""


def fresh_state(plan: Plan, condition: Condition, ids: Ids) -> State:
    """A block's networks before the first update; the last tile is filled with the ids that follow."""
    state = drawn_state(plan, condition, ids)
    if condition.inherited:
        inherit(state, condition.inherited)
    return state


def drawn_state(plan: Plan, condition: Condition, ids: Ids) -> State:
    """A block's networks with the weights that their own numbers draw."""
    tiles = -(-len(ids) // LANES)
    lanes = (int(ids[0]) + np.arange(tiles * LANES)).astype(np.uint32)
    training = plan.training
    parameters = len(plan.centre)
    optimiser = training.optimiser
    moving = parameters * (optimiser.momentum or optimiser.method == Method.ADAM)
    squared = parameters * (optimiser.method in (Method.ADAM, Method.RMSPROP))
    outputs = training.actions - training.network.pinned
    by_visit = is_by_visit(training)
    kept = training.network.parameters if by_visit else training.rows.trained * outputs
    behaviours = len(training.shown.at) - 1
    booked = len(training.ledger.evaluations.setting)
    entries = booked * entries_of(training)
    pairs = training.rows.trained * training.actions
    split_tiles = min(tiles, -(-max(0, training.ledger.split - int(lanes[0])) // LANES))

    def zeros(vectors: int, tiles: int = tiles) -> NDArray[np.float32]:
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
        kept=zeros(kept * training.rule.kept),
        stopped_at=never(tiles),
        diverged_at=never(tiles),
        crossed_at=never(tiles * len(training.watches.level)),
        explored_at=never(tiles * behaviours),
        visits=np.zeros(tiles * behaviours * LANES, np.int64),
        rare_at=never(tiles),
        books=zeros(entries),
        books_residual=zeros(entries),
        moments=zeros(pairs * parameters, split_tiles),
        split=zeros(pairs * booked, split_tiles),
        split_residual=zeros(pairs * booked, split_tiles),
    )
    centre = plan.centre.astype(np.float32)
    rest = (centre - plan.centre).astype(np.float32)
    initialise(
        state, training.seeds, centre, rest, plan.scale.astype(np.float32), training.network.parameters
    )
    return state


def inherit(state: State, inherited: Inherited) -> None:
    """Put the weights of another run in place of those that were drawn; a critic keeps its own.

    Networks whose weights are not finite have diverged before their first update.
    """
    values = inherited.weights(int(state.network[0]), len(state.network))
    place(state, values.reshape(-1, LANES, inherited.parameters).swapaxes(1, 2))
    lost = ~np.isfinite(values.astype(np.float32)).all(axis=1)
    state.diverged_at[lost] = state.stopped_at[lost] = 0


def place(state: State, values: Array) -> None:
    """Give the policies parameters, (tiles, P, lane) float64: of each the nearest float32 and the rest."""
    with np.errstate(over="ignore", invalid="ignore"):
        weights = values.astype(np.float32)
        residual = np.where(np.isfinite(weights), weights - values, 0.0)
    for lanes, part in ((state.weights, weights), (state.residual, residual)):
        lanes.reshape(len(values), -1, LANES)[:, : values.shape[1]] = part


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

    Moments, the logits that a rule compares with and a critic begin anew. Parameters pass through float64, as
    by way of a run file: so two phases are, to the bit, two runs of which one begins where the other ended.
    """
    state = drawn_state(plan, condition, ids)
    policy = plan.training.network.parameters
    weights, residual = (
        part.reshape(len(before.network) // LANES, -1, LANES)[:, :policy].astype(np.float64)
        for part in (before.weights, before.residual)
    )
    with np.errstate(invalid="ignore"):  # of networks that have diverged
        values = weights - residual
    place(state, values)
    kept = ("stopped_at", "diverged_at", "crossed_at", "explored_at", "visits", "rare_at")
    return state._replace(**{name: getattr(before, name) for name in kept})
