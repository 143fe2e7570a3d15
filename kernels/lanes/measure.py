"""What a policy does: behaviours and returns by exact occupancy, log-odds, the size of the next gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tables import NEVER
from .decision import log_sum, logit
from .gradient import evaluate_policy, update_gradient
from .jit import jit, kernel
from .memory import load, store
from .occupancy import occupancy
from .vector import LANES, fma, select, splat

f = np.float32
u = np.uint32


@jit
def functional(table: Any, k: int, probability: Any, actions: int, d: Any) -> Any:
    """constant + Σ_n occupancy[n] Σ_a weight[n, a] π(a|n) of functional k, the occupancy being in d."""
    first = table.states[table.setting[k]]
    states = table.states[table.setting[k] + 1] - first
    value = splat(table.constant[k])
    for n in range(states):
        row = table.row[first + n]
        inner = splat(f(0.0))
        for a in range(actions):
            weight = table.weight[table.weight_at[k] + n, a]
            if weight != f(0.0):
                inner = fma(splat(weight), load(probability, (row * actions + a) * LANES), inner)
        value = fma(load(d, n * LANES), inner, value)
    return value


@jit
def log_functional(table: Any, k: int, values: Any, z_at: int, actions: int, pinned: int, d: Any) -> Any:
    """Σ_n occupancy[n] Σ_a weight[n, a] ln π(a|n) / Σ_n occupancy[n], the occupancy being in d."""
    first = table.states[table.setting[k]]
    states = table.states[table.setting[k] + 1] - first
    total = splat(f(0.0))
    value = splat(f(0.0))
    for n in range(states):
        row = table.row[first + n]
        at = table.weight_at[k] + n
        norm = log_sum(values, z_at, row, actions, pinned, table.weight, at, f(-1.0))
        inner = splat(f(0.0))
        for a in range(actions):
            weight = table.weight[at, a]
            if weight != f(0.0):
                inner = fma(splat(weight), logit(values, z_at, row, a, actions, pinned) - norm, inner)
        mass = load(d, n * LANES)
        total = total + mass
        value = fma(mass, inner, value)
    return value / total


@jit
def margin(table: Any, k: int, values: Any, z_at: int, actions: int, pinned: int) -> Any:
    """ln π(in) − ln π(out) of functional k at its one state."""
    row = table.row[table.states[table.setting[k]]]
    at = table.weight_at[k]
    inside = log_sum(values, z_at, row, actions, pinned, table.weight, at, f(1.0))
    return inside - log_sum(values, z_at, row, actions, pinned, table.weight, at, f(0.0))


@jit
def evaluate(table: Any, actions: int, pinned: int, z_at: int, scratch: Any):
    """Every functional's value and then every margin (not a number where there is none), in `outcome`."""
    functionals = len(table.setting)
    at_hand = -1
    for k in range(functionals):
        setting = table.setting[k]
        if setting != at_hand:
            first = table.states[setting]
            states = table.states[setting + 1] - first
            horizon, discount = table.horizon[setting], table.discount[setting]
            occupancy(
                table, first, states, horizon, scratch.probability, actions, discount, scratch.occupancy
            )
            at_hand = setting
        if table.logarithm[k]:
            value = log_functional(table, k, scratch.values, z_at, actions, pinned, scratch.occupancy)
        else:
            value = functional(table, k, scratch.probability, actions, scratch.occupancy)
        store(scratch.outcome, k * LANES, value)
        odds = splat(f(np.nan))
        if table.margin[k]:
            odds = margin(table, k, scratch.values, z_at, actions, pinned)
        store(scratch.outcome, (functionals + k) * LANES, odds)


@kernel
def measure(training: Any, plan: Any, state: Any, scratch: Any, first: int, last: int, update: int, out: Any):
    """Measure tiles first … last − 1 after `update` updates.

    out (tiles, 2 · functionals + 1, lane): the functionals, their margins, and the squared norm of the
    gradient of the update that starts here (for a network that has stopped, of the one it stopped before).
    """
    network, actions = training.network, training.actions
    functionals = len(plan.evaluations.setting)
    width = (2 * functionals + 1) * LANES
    for tile in range(first, last):
        z_at = evaluate_policy(network, plan.rows, actions, state, scratch, tile)
        evaluate(plan.evaluations, actions, network.pinned, z_at, scratch)
        for k in range(0, 2 * functionals * LANES, LANES):
            store(out, tile * width + k, load(scratch.outcome, k))
        stopped = load(state.stopped_at, tile * LANES)
        running = stopped == splat(NEVER)
        when = select(running, splat(u(update)), stopped)
        update_gradient(training, state, scratch, tile, when)
        squares = splat(f(0.0))
        for k in range(0, len(scratch.gradient), LANES):
            g = load(scratch.gradient, k)
            squares = fma(g, g, squares)
        store(out, tile * width + 2 * functionals * LANES, squares)
