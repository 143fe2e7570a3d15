"""Minibatches whose rows are gathered: drawn once for an update, and shared by the population."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Shape
from ..tables import NEVER
from ..threefry import Purpose
from .decision import drawn, logit_gradient
from .gradient import evaluate_policy
from .jit import jit
from .measure import squared_norm
from .memory import load, store
from .network import backward, scaled_gradient
from .objective import note_supervised
from .rules import push_fixed
from .shape import shape_rows
from .state import base_of
from .threefry import network_key, threefry
from .vector import LANES, lane_numbers, select, splat

f = np.float32
u = np.uint32
ROWS = int(Purpose.ROWS)
SHARED = NEVER
"""The network whose numbers are the population's."""
PUSH = int(Shape.PUSH)


@jit
def draw_rows(plan: Any, visits: Any, scratch: Any, update: u):
    """Fill the rows with the minibatch of an update, each with its label and a push of 1 / draws."""
    key = network_key(plan.seeds[ROWS], splat(u(SHARED)), ROWS)
    visited, table, actions = visits.plan, plan.table, plan.actions
    share = f(1.0) / f(plan.draws)
    for first in range(0, plan.draws, LANES):
        word, _ = threefry(key[0], key[1], splat(update), splat(u(first)) + lane_numbers())
        store(scratch.words, 0, drawn(plan.drawn.outcomes, plan.drawn.thresholds, word))
        for draw in range(first, min(first + LANES, plan.draws)):
            pair = int(scratch.words[draw - first])
            for i in range(visits.columns):
                visited.rows.features[draw, i] = table.features[pair // actions, i]
            visited.rows.observation[draw] = table.observation[pair // actions]
            for a in range(actions):
                chosen = a == pair % actions
                visited.signal.labels[draw, a] = f(1.0) if chosen else f(0.0)
                visited.push[draw, a] = share if chosen else f(0.0)
    for row in range(visited.rows.trained):
        store(scratch.visits, row * LANES, splat(share if row < plan.draws else f(0.0)))


@jit
def drawn_gradient(plan: Any, visits: Any, state: Any, scratch: Any, tile: int, update: u, noted: bool):
    """The gradient of the minibatch of one update, and its loss if that is to be noted."""
    visited, network, pinned = visits.plan, plan.network, plan.network.pinned
    count = visited.rows.trained
    draw_rows(plan, visits, scratch, update)
    z_at = evaluate_policy(visited, visited.rows, state, scratch, tile)
    if noted:
        note_supervised(visited, count, state, scratch, tile, z_at)
    values, probability = scratch.values, scratch.probability
    if plan.rule.shape == PUSH:
        logit_gradient(probability, visited.push, values, z_at, count, plan.actions, pinned)
    else:
        push_fixed(visited, scratch)
        shape_rows(visited, state, scratch, tile, scratch.push)
        logit_gradient(probability, scratch.push, values, z_at, count, plan.actions, pinned)
    weights, base = state.weights, base_of(state, tile)
    if len(network.scale) > 0:
        weights, base = scratch.scaled, 0
    backward(network, visited.rows, count, weights, base, values, z_at, scratch.gradient, 0)
    scaled_gradient(network, scratch.gradient, 0)


@jit
def drawn_gradients(plan: Any, visits: Any, state: Any, scratch: Any, tile: int, when: Any) -> Any:
    """Squared norm and loss of the update of each lane, one distinct update after the other."""
    norm = splat(f(0.0))
    objective = norm
    store(scratch.places, 0, when)
    for lane in range(LANES):
        update = scratch.places[lane]
        known = False
        for before in range(lane):
            known |= scratch.places[before] == update
        if not known:
            drawn_gradient(plan, visits, state, scratch, tile, update, True)
            due = when == splat(update)
            norm = select(due, squared_norm(plan, scratch), norm)
            objective = select(due, load(scratch.objective, 0), objective)
    return norm, objective
