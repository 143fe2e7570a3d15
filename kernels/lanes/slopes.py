"""The gradient of behaviours on the parameters: exact dynamic programming, then one backward pass each."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Acting, Hyperparameter
from .acting import act
from .decision import log_sum, logit, logit_gradient, softmax
from .elementary import exp
from .jit import inlined, jit
from .memory import load, store
from .network import backward, forward, scaled_gradient, scaled_weights
from .occupancy import clear, step_forward
from .state import hyper
from .vector import LANES, fma, splat

f = np.float32
LOGITS = int(Acting.LOGITS)
TEMPERATURE = int(Hyperparameter.TEMPERATURE)


@jit
def fill_worth(table: Any, k: int, actions: int, books: Any, values: Any) -> Any:
    """Q_t(n, a) = weight_k[n, a] + discount · Σ_j P_j V_{t+1}(n'_j) for every step, (H, N, A) in `worth`.

    V_t(n) = Σ_a π(a|n) Q_t(n, a) and V_H = 0; values has room for twice the states.
    Returns Σ_n start(n) V_0(n).
    """
    setting = table.setting[k]
    first, weight_at = table.states[setting], table.weight_at[k]
    states = table.states[setting + 1] - first
    discount = splat(table.discount[setting])
    after, now = 0, states * LANES
    clear(values, after, states)
    for t in range(table.horizon[setting] - 1, -1, -1):
        for n in range(states):
            value = splat(f(0.0))
            for a in range(actions):
                ahead = splat(f(0.0))
                for j in range(table.successor.shape[2]):
                    follows = table.successor[first + n, a, j]
                    if follows < states:
                        chance = splat(table.probability[first + n, a, j])
                        ahead = fma(chance, load(values, after + follows * LANES), ahead)
                q = fma(discount, ahead, splat(table.weight[weight_at + n, a]))
                store(books.worth, ((t * states + n) * actions + a) * LANES, q)
                value = fma(load(books.probability, (table.row[first + n] * actions + a) * LANES), q, value)
            store(values, now + n * LANES, value)
        after, now = now, after
    whole = splat(f(0.0))
    for n in range(states):
        whole = fma(splat(table.start[first + n]), load(values, after + n * LANES), whole)
    return whole


@jit
def fill_pull(table: Any, k: int, actions: int, books: Any, d: Any) -> Any:
    """pull[row, a] = −Σ_t γᵗ d_t(n) π(a|n) Q_t(n, a) of functional k, which the gradient G of a push table
    makes into its gradient on the logits. d has room for twice the states.
    Returns the functional, but for its constant."""
    setting = table.setting[k]
    first = table.states[setting]
    states = table.states[setting + 1] - first
    size = states * LANES
    clear(books.pull, 0, len(books.pull) // LANES)
    whole = fill_worth(table, k, actions, books, d)
    for n in range(states):
        store(d, n * LANES, splat(table.start[first + n]))
    at, to = 0, size
    for t in range(table.horizon[setting]):
        for n in range(states):
            down = splat(f(0.0)) - load(d, at + n * LANES)
            for a in range(actions):
                q = load(books.worth, ((t * states + n) * actions + a) * LANES)
                entry = (table.row[first + n] * actions + a) * LANES
                flow = down * load(books.probability, entry)
                store(books.pull, entry, fma(flow, q, load(books.pull, entry)))
        if t + 1 < table.horizon[setting]:
            discount = table.discount[setting]
            step_forward(table, first, states, books.probability, actions, discount, d, at, to)
            at, to = to, at
    return whole


@jit
def odds_gradient(table: Any, k: int, books: Any, z_at: int, actions: int, pinned: int) -> Any:
    """∂ margin_k/∂z[a] = ±π(a) / π(those of a's weight), + where that is 1; from element z_at of `back`.

    Returns the margin.
    """
    clear(books.back, z_at, (len(books.back) - z_at) // LANES)
    row, at = table.row[table.states[table.setting[k]]], table.weight_at[k]
    inside = log_sum(books.layers, z_at, row, actions, pinned, table.weight, at, f(1.0))
    outside = log_sum(books.layers, z_at, row, actions, pinned, table.weight, at, f(0.0))
    for a in range(pinned, actions):
        z = logit(books.layers, z_at, row, a, actions, pinned)
        slope = exp(z - inside)
        if table.weight[at, a] == f(0.0):
            slope = splat(f(0.0)) - exp(z - outside)
        store(books.back, z_at + (row * (actions - pinned) + a - pinned) * LANES, slope)
    return inside - outside


@inlined
def evaluate_behaviours(plan: Any, state: Any, scratch: Any, tile: int, weights: Any, base: int) -> int:
    """The layers and probabilities of the ledger's rows; returns the element where the logits begin."""
    books, rows = scratch.books, plan.ledger.rows
    count, actions, pinned = len(rows.observation), plan.actions, plan.network.pinned
    z_at = forward(plan.network, rows, 0, count, weights, base, books.layers)
    if plan.rule.acting != LOGITS:
        act(plan.rule.acting, state, tile, books.layers, z_at, 0, count, actions, scratch.outputs)
    softmax(books.layers, z_at, books.probability, 0, count, actions, pinned)
    return z_at


@jit
def fill_slopes(
    plan: Any, state: Any, scratch: Any, tile: int, weights: Any, base: int, side: int, first: int, last: int
):
    """b and ∇b of behaviours first … last − 1 at a tile's weights, on one side of `value` and `slopes`."""
    network, ledger, books = plan.network, plan.ledger, scratch.books
    table, actions, pinned = ledger.evaluations, plan.actions, plan.network.pinned
    behaviours, count = len(table.setting), len(ledger.rows.observation)
    if len(network.scale) > 0:
        scaled_weights(network, weights, base, scratch.scaled)
        weights, base = scratch.scaled, 0
    z_at = evaluate_behaviours(plan, state, scratch, tile, weights, base)
    for k in range(first, last):
        for i in range(0, z_at, LANES):
            store(books.back, i, load(books.layers, i))
        if ledger.odds:
            value = odds_gradient(table, k, books, z_at, actions, pinned)
        else:
            value = fill_pull(table, k, actions, books, scratch.occupancy)
            logit_gradient(books.probability, books.pull, books.back, z_at, count, actions, pinned)
        if plan.rule.acting != LOGITS:
            cool = splat(f(1.0)) / hyper(state, tile, TEMPERATURE)
            for i in range(z_at, len(books.back), LANES):
                store(books.back, i, load(books.back, i) * cool)
        store(books.value, (side * behaviours + k) * LANES, value)
        at = (side * behaviours + k) * network.parameters * LANES
        backward(network, ledger.rows, count, weights, base, books.back, z_at, books.slopes, at)
        scaled_gradient(network, books.slopes, at)
