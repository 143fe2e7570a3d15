"""From a filled push table to the gradient on the logits, for the rules that are more than G = π ΣU − U."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Hyperparameter, Shape
from .decision import log_norm, logit
from .elementary import exp, log
from .jit import jit
from .memory import load, store
from .occupancy import clear
from .state import hyper
from .vector import LANES, fma, select, splat

f = np.float32
SQUARED, TSALLIS = int(Shape.SQUARED), int(Shape.TSALLIS)
UNLIKELIHOOD = int(Shape.UNLIKELIHOOD)
TINY = f(1e-30)
"""Products of what is below it may be too small for float32."""
Q, ENTROPY = int(Hyperparameter.Q), int(Hyperparameter.ENTROPY)


@jit
def row_sum(table: Any, at: int, actions: int) -> Any:
    """The sum of a row that begins at element `at`."""
    total = splat(f(0.0))
    for k in range(at, at + actions * LANES, LANES):
        total = total + load(table, k)
    return total


@jit
def shape_rows(plan: Any, state: Any, scratch: Any, tile: int, table: Any):
    """U ← U's form under the rule, row by row; U is in `table`, and what is made of it linear in it."""
    actions, shape = plan.actions, plan.rule.shape
    one = splat(f(1.0))
    power = one - hyper(state, tile, Q)
    share = splat(f(1.0) / f(actions))
    for at in range(0, plan.rows.trained * actions * LANES, actions * LANES):
        total = row_sum(table, at, actions)
        for a in range(actions):
            k = at + a * LANES
            p, c = load(scratch.probability, k), load(table, k)
            if shape == SQUARED:
                c = p * (c - total * p) * share
            elif shape == TSALLIS:
                c = c * exp(power * log(p))
            elif shape == UNLIKELIHOOD:
                others = splat(f(0.0))
                for b in range(actions):
                    if b != a:
                        others = others + load(scratch.probability, at + b * LANES)
                c = c * p / others
            store(table, k, c)


@jit
def leave_out(plan: Any, table: Any, at: int):
    """Set the entries that the plan does without to 0, of a table (R, A) from element `at`."""
    for k in range(len(plan.without)):
        store(table, at + plan.without[k] * LANES, splat(f(0.0)))


@jit
def note_cross_entropy(plan: Any, scratch: Any, z_at: int):
    """objective = −Σ U ln π."""
    actions, pinned = plan.actions, plan.network.pinned
    total = splat(f(0.0))
    for r in range(plan.rows.trained):
        top, rest = log_norm(scratch.values, z_at, r, actions, pinned, plan.push, 0, f(-1.0))
        for a in range(actions):
            off = rest - (logit(scratch.values, z_at, r, a, actions, pinned) - top)
            total = fma(load(scratch.push, (r * actions + a) * LANES), off, total)
    store(scratch.objective, 0, total)


@jit
def add_entropy(plan: Any, state: Any, scratch: Any, tile: int):
    """U[s, a] −= τ d(s) π(a|s) ln π(a|s), whose gradient is that of τ Σ d H(π)."""
    down = splat(f(0.0)) - hyper(state, tile, ENTROPY)
    clear(scratch.books.entropy, 0, len(scratch.books.entropy) // LANES)
    for n in range(len(plan.episodes.row)):
        weight = load(scratch.visits, n * LANES) * down
        for a in range(plan.actions):
            k = (n * plan.actions + a) * LANES
            p = load(scratch.probability, k)
            store(scratch.push, k, fma(weight, p * log(p), load(scratch.push, k)))
            if plan.ledger.entropy:
                store(scratch.books.entropy, k, weight * (p * log(p)))


@jit
def observed_visits(plan: Any, scratch: Any):
    """How often each row of a table was visited: d added up over the states that show it."""
    clear(scratch.observed, 0, len(scratch.observed) // LANES)
    for n in range(len(plan.episodes.row)):
        at = plan.rows.observation[plan.episodes.row[n]] * LANES
        store(scratch.observed, at, load(scratch.observed, at) + load(scratch.visits, n * LANES))


@jit
def natural_gradient(plan: Any, scratch: Any):
    """g ← F⁺ g of a table in `gradient`, F the Fisher matrix: for a row, Σ d (diag π − π πᵀ).

    With softmax that is g/(π Σd) less its mean over actions; with one logit g/(π₀ π₁ Σd). A row that was not
    visited stays, and so does an action that float32 can hardly hold: there is no telling what it is worth.
    """
    actions, pinned = plan.actions, plan.network.pinned
    outputs = actions - pinned
    zero, one = splat(f(0.0)), splat(f(1.0))
    observed_visits(plan, scratch)
    for n in range(len(plan.episodes.row)):
        row = plan.episodes.row[n]
        at = plan.rows.observation[row]
        visits = load(scratch.observed, at * LANES)
        store(scratch.observed, at * LANES, zero)  # once for each row
        seen = visits > splat(TINY)
        scale = one / select(seen, visits, one)
        total = zero
        for a in range(pinned, actions):
            p = load(scratch.probability, (row * actions + a) * LANES)
            if pinned:
                p = p * load(scratch.probability, row * actions * LANES)
            k = (at * outputs + a - pinned) * LANES
            g = load(scratch.gradient, k)
            told = seen & (p > splat(TINY))
            g = select(told, g / select(told, p, one) * scale, select(visits > zero, zero, g))
            total = total + select(visits > zero, g, zero)
            store(scratch.gradient, k, g)
        if not pinned:
            mean = total * splat(f(1.0) / f(actions))
            for k in range(at * outputs * LANES, (at + 1) * outputs * LANES, LANES):
                store(scratch.gradient, k, load(scratch.gradient, k) - mean)


@jit
def regression_gradient(plan: Any, scratch: Any, z_at: int):
    """G = N z − U: the squared error of the outputs against the returns that their visits saw."""
    pairs = len(plan.episodes.row) * plan.actions
    for k in range(0, plan.rows.trained * plan.actions * LANES, LANES):
        store(scratch.values, z_at + k, splat(f(0.0)))
    for k in range(0, pairs * LANES, LANES):
        g = fma(load(scratch.visited, k), load(scratch.outputs, k), splat(f(0.0)) - load(scratch.push, k))
        store(scratch.values, z_at + k, g)
