"""Updates on the rows that each network's own episodes visit.

A visit is treated as a state is elsewhere: one row of logits, of the push table and of the gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Shape
from .critic import critic_gradient, criticise
from .decision import logit_gradient
from .jit import inlined, jit
from .kept import epoch_of, note_ratios
from .memory import load, store
from .network import backward, scaled_gradient, scaled_weights
from .objective import is_supervised, note_supervised
from .occupancy import clear
from .rules import push_sampled
from .sampled import visits_sampled
from .shape import add_entropy, regression_gradient, shape_rows
from .state import base_of
from .vector import LANES, any_lane, negated, select, splat
from .walk import alive_in, blank_layers, decide, walk

f = np.float32
REGRESSION = int(Shape.REGRESSION)
SQUARED, TSALLIS, UNLIKELIHOOD = int(Shape.SQUARED), int(Shape.TSALLIS), int(Shape.UNLIKELIHOOD)


@jit
def keep_weights(plan: Any, state: Any, tile: int, due: Any):
    """Keep a policy's weights where an epoch begins; returns the element where the tile's are kept."""
    size = plan.network.parameters * LANES
    at, base = tile * size, base_of(state, tile)
    for k in range(0, size, LANES):
        store(state.kept, at + k, select(due, load(state.weights, base + k), load(state.kept, at + k)))
    return at


@inlined
def logits_begin(network: Any, evaluated: int) -> int:
    """The element where `forward` leaves the logits of all rows."""
    hidden = 0
    for layer in range(1, len(network.widths) - 1):
        hidden += network.widths[layer]
    return hidden * evaluated * LANES


@jit
def walk_by(
    plan: Any,
    visits: Any,
    weights: Any,
    base: int,
    state: Any,
    scratch: Any,
    tile: int,
    update: Any,
    probability: Any,
) -> int:
    """The episodes of an update by the policy of some parameters; returns how many rows they came to."""
    if len(plan.network.scale) > 0:
        scaled_weights(plan.network, weights, base, scratch.scaled)
        weights, base = scratch.scaled, 0
    return walk(plan, visits, weights, base, state, scratch, tile, update, probability)


@jit
def evaluate_visits(
    plan: Any, visited: Any, rows: int, weights: Any, base: int, state: Any, scratch: Any, tile: int
):
    """Logits and probabilities of the policy of some parameters where episodes have been."""
    if len(plan.network.scale) > 0:
        scaled_weights(plan.network, weights, base, scratch.scaled)
        weights, base = scratch.scaled, 0
    decide(plan, visited, 0, rows, weights, base, state, scratch, tile, scratch.probability)


@jit
def visit(plan: Any, visits: Any, state: Any, scratch: Any, tile: int, update: Any, learning: Any) -> Any:
    """Walk an update's episodes, and evaluate on their rows the policy and what it is compared with.

    Returns the update that the episodes are of, and the number of rows.
    """
    visited, rule = visits.plan, plan.rule
    own, base = state.weights, base_of(state, tile)
    if not rule.kept:
        rows = walk_by(plan, visits, own, base, state, scratch, tile, update, scratch.probability)
        return update, rows
    began = epoch_of(plan, scratch.words, update)
    at = keep_weights(plan, state, tile, learning & (began == update))
    if rule.replayed:
        update = began
        rows = walk_by(plan, visits, state.kept, at, state, scratch, tile, update, scratch.behaviour)
    else:
        rows = walk_by(plan, visits, own, base, state, scratch, tile, update, scratch.probability)
        evaluate_visits(plan, visited, rows, state.kept, at, state, scratch, tile)
    z_at = logits_begin(plan.network, len(visited.rows.observation))
    for k in range(0, rows * (plan.actions - plan.network.pinned) * LANES, LANES):
        store(scratch.former, k, load(scratch.values, z_at + k))
    evaluate_visits(plan, visited, rows, own, base, state, scratch, tile)
    note_ratios(visited, scratch, z_at, scratch.former, 0, rows)
    clear(scratch.ratio, rows * plan.actions * LANES, (visited.rows.trained - rows) * plan.actions)
    return update, rows


@jit
def criticise_visits(plan: Any, visited: Any, rows: int, state: Any, scratch: Any, tile: int) -> int:
    """V̂ of the visits; 0 in lanes that do not come to a row."""
    v_at = criticise(visited, rows, state, scratch, tile)
    width = visited.rows.trained // plan.episodes.horizon
    for row in range(rows):
        alive = alive_in(scratch.states, row, width, plan.sampling.episodes)
        if any_lane(negated(alive)):
            evaluated = len(visited.rows.observation)
            blank_layers(plan.critic, evaluated, row, alive, scratch.critic_layers)
    return v_at


@jit
def push_visits(visited: Any, state: Any, scratch: Any, tile: int, behaviour: Any, update: Any):
    """Fill U, a row for each visit."""
    clear(scratch.push, 0, visited.rows.trained * visited.actions)
    store(scratch.objective, 0, splat(f(0.0)))
    if visited.rule.visits:
        visits_sampled(visited, scratch)
    push_sampled(visited, state, scratch, tile, behaviour, update)


@jit
def sampled_gradient(
    plan: Any, visits: Any, state: Any, scratch: Any, tile: int, update: Any, learning: Any, noted: bool
):
    """The gradient of the update numbered by lane in `update`, as `policy_gradient` leaves it.

    The loss of labels is left in `objective` if it is to be noted.
    """
    visited, network, rule, pinned = visits.plan, plan.network, plan.rule, plan.network.pinned
    behaviour = scratch.behaviour if rule.replayed else scratch.probability
    z_at = logits_begin(network, len(visited.rows.observation))
    update, rows = visit(plan, visits, state, scratch, tile, update, learning)
    weights, base = state.weights, base_of(state, tile)
    if len(network.scale) > 0:
        weights, base = scratch.scaled, 0
    critic = plan.critic.parameters > 0
    v_at = criticise_visits(plan, visited, rows, state, scratch, tile) if critic else 0
    push_visits(visited, state, scratch, tile, behaviour, update)
    if noted and is_supervised(plan):
        note_supervised(visited, rows, state, scratch, tile, z_at)
    if rule.shape in (SQUARED, TSALLIS, UNLIKELIHOOD):
        shape_rows(visited, state, scratch, tile, scratch.push)
    if rule.entropy:
        add_entropy(visited, state, scratch, tile)
    if rule.shape == REGRESSION:
        regression_gradient(visited, scratch, z_at)
    else:
        logit_gradient(scratch.probability, scratch.push, scratch.values, z_at, rows, plan.actions, pinned)
    if critic:
        critic_gradient(visited, rows, state, scratch, tile, v_at)
    backward(network, visited.rows, rows, weights, base, scratch.values, z_at, scratch.gradient, 0)
    scaled_gradient(network, scratch.gradient, 0)
