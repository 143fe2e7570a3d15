"""What a policy does: behaviours and returns by exact occupancy, log-odds, the size of the next gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Form, Hyperparameter
from ..tables import NEVER
from .decision import log_norm, log_sum, logit
from .elementary import exp
from .gradient import evaluate_policy, update_gradient
from .jit import inlined, jit, kernel
from .memory import load, store
from .occupancy import occupancy
from .state import hyper
from .vector import LANES, fma, select, splat

f = np.float32
u = np.uint32
LINEAR, SQUARED, TSALLIS = int(Form.LINEAR), int(Form.SQUARED), int(Form.TSALLIS)
Q = int(Hyperparameter.Q)


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


@inlined
def q_logarithm(log_p: Any, q: Any) -> Any:
    """ln_q p = ln p · (eˣ − 1)/x with x = (1 − q) ln p, by its series where x is small."""
    one = splat(f(1.0))
    x = (one - q) * log_p
    series = fma(fma(fma(x, splat(f(0.2)), one) * x, splat(f(0.25)), one) * x, splat(f(1 / 3)), one)
    series = fma(series * x, splat(f(0.5)), one)
    small = (x < splat(f(0.05))) & (x > splat(f(-0.05)))
    return log_p * select(small, series, (exp(x) - one) / select(small, one, x))


@jit
def form_of_row(
    table: Any, at: int, form: int, values: Any, z_at: int, row: int, actions: int, pinned: int, q: Any
) -> Any:
    """What a form says of a state's weights, in row `at`, and its actions' probabilities."""
    top, rest = log_norm(values, z_at, row, actions, pinned, table.weight, at, f(-1.0))
    inner = splat(f(0.0))
    for a in range(actions):
        weight = table.weight[at, a]
        if form == SQUARED:
            off = splat(weight) - exp((logit(values, z_at, row, a, actions, pinned) - top) - rest)
            inner = fma(off * off, splat(f(-0.5) / f(actions)), inner)
        elif weight != f(0.0):
            log_p = (logit(values, z_at, row, a, actions, pinned) - top) - rest
            inner = fma(splat(weight), q_logarithm(log_p, q) if form == TSALLIS else log_p, inner)
    return inner


@jit
def mean_functional(
    table: Any, k: int, values: Any, z_at: int, actions: int, pinned: int, d: Any, q: Any
) -> Any:
    """Σ_n occupancy[n] form(n) / Σ_n occupancy[n], the occupancy being in d."""
    first = table.states[table.setting[k]]
    states = table.states[table.setting[k] + 1] - first
    total = splat(f(0.0))
    value = splat(f(0.0))
    for n in range(states):
        row, at = table.row[first + n], table.weight_at[k] + n
        mass = load(d, n * LANES)
        total = total + mass
        value = fma(mass, form_of_row(table, at, table.form[k], values, z_at, row, actions, pinned, q), value)
    return value / total


@jit
def margin(table: Any, k: int, values: Any, z_at: int, actions: int, pinned: int) -> Any:
    """ln π(in) − ln π(out) of functional k at its one state."""
    row = table.row[table.states[table.setting[k]]]
    at = table.weight_at[k]
    inside = log_sum(values, z_at, row, actions, pinned, table.weight, at, f(1.0))
    return inside - log_sum(values, z_at, row, actions, pinned, table.weight, at, f(0.0))


@jit
def evaluate(table: Any, plan: Any, z_at: int, state: Any, scratch: Any, tile: int):
    """Every functional's value and then every margin (not a number where there is none), in `outcome`."""
    actions, pinned = plan.actions, plan.network.pinned
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
        if table.form[k] != LINEAR:
            q = hyper(state, tile, Q)
            value = mean_functional(table, k, scratch.values, z_at, actions, pinned, scratch.occupancy, q)
        else:
            value = functional(table, k, scratch.probability, actions, scratch.occupancy)
        store(scratch.outcome, k * LANES, value)
        odds = splat(f(np.nan))
        if table.margin[k]:
            odds = margin(table, k, scratch.values, z_at, actions, pinned)
        store(scratch.outcome, (functionals + k) * LANES, odds)


@inlined
def due_update(training: Any, state: Any, tile: int, update: int) -> Any:
    """The update whose gradient is recorded: the next one, or of a network that has stopped the one that it
    stopped before. What stopped in an earlier phase stands before this one.
    """
    stopped = load(state.stopped_at, tile * LANES)
    when = select(stopped == splat(NEVER), splat(u(update)), stopped)
    begins = splat(u(training.rule.first))
    return select(when < begins, begins, when)


@inlined
def squared_norm(training: Any, scratch: Any) -> Any:
    """The squared norm of the policy's gradient."""
    squares = splat(f(0.0))
    for k in range(0, training.network.parameters * LANES, LANES):
        g = load(scratch.gradient, k)
        squares = fma(g, g, squares)
    return squares


@kernel
def measure(training: Any, plan: Any, state: Any, scratch: Any, first: int, last: int, update: int, out: Any):
    """Measure tiles first … last − 1 after `update` updates.

    out (tiles, 2 · functionals + 2, lane): the functionals, their margins, and of the update that starts here
    (for a network that has stopped, of the one it stopped before) the squared norm of the policy's gradient
    and the objective of rules that have one of their own.
    """
    functionals = len(plan.evaluations.setting)
    width = (2 * functionals + 2) * LANES
    for tile in range(first, last):
        z_at = evaluate_policy(training, plan.rows, state, scratch, tile)
        evaluate(plan.evaluations, training, z_at, state, scratch, tile)
        for k in range(0, 2 * functionals * LANES, LANES):
            store(out, tile * width + k, load(scratch.outcome, k))
        update_gradient(training, state, scratch, tile, due_update(training, state, tile, update))
        store(out, tile * width + 2 * functionals * LANES, squared_norm(training, scratch))
        store(out, tile * width + (2 * functionals + 1) * LANES, load(scratch.objective, 0))
