"""The ledger: every change of a behaviour, booked to the pushes of the update that made it.

A step takes θ to θ' = θ − D ∘ (g + rest), g = −Σ_{s,a} U[s, a] J₀ᵀ(e_a − π(·|s)) and J₀ the Jacobian of the
logits at θ. With ∇̄b = ½(∇b(θ) + ∇b(θ')), or a mean over points between them, and v = J₀(D ∘ ∇̄b)

    account(s, a) = U[s, a] (v[s, a] − π(·|s)·v[s])        (regression: −G[s, a] v[s, a])

and the change of b is their sum, what decay and carried gradients did, and a remainder of third order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Hyperparameter, Shape, Source
from ..tables import LINES
from .along import fill_mean
from .applied import decayed_and_carried, fill_multiplier, has_lines
from .carry import split_carried
from .jit import inlined, jit
from .memory import load, store
from .network import scaled_weights
from .rules import push_fixed
from .slopes import fill_slopes
from .state import hyper
from .sums import add_up
from .tangent import forward_mode
from .vector import LANES, fma, select, splat

f = np.float32
FIXED = int(Source.FIXED)
PUSH, REGRESSION = int(Shape.PUSH), int(Shape.REGRESSION)
LEARNING_RATE = int(Hyperparameter.LEARNING_RATE)


@jit
def open_books(plan: Any, state: Any, scratch: Any, tile: int, base: int, side: int):
    """Differentiate the behaviours where a tile's networks are, as the start of their next step."""
    behaviours = len(plan.ledger.evaluations.setting)
    fill_slopes(plan, state, scratch, tile, state.weights, base, side, 0, behaviours)


@jit
def remember_start(plan: Any, state: Any, scratch: Any, base: int, z_at: int):
    """Keep the weights and the hidden layers of a step's start; U, where no rule fills it."""
    books = scratch.books
    for k in range(0, z_at, LANES):
        store(books.hidden, k, load(scratch.values, k))
    for k in range(0, plan.network.parameters * LANES, LANES):
        store(books.weights, k, load(state.weights, base + k))
    if plan.source == FIXED and plan.rule.shape == PUSH:
        push_fixed(plan, scratch)


@jit
def remember_gradient(plan: Any, scratch: Any):
    """Keep the gradient that the pushes gave."""
    for k in range(0, plan.network.parameters * LANES, LANES):
        store(scratch.books.gradient, k, load(scratch.gradient, k))


@jit
def fill_tangent(plan: Any, books: Any, k: int):
    """D ∘ ∇̄b of behaviour k, as the forward-mode pass wants it: of the scaled parameters."""
    network, size = plan.network, plan.network.parameters * LANES
    shrink = load(books.shrink, 0)
    for i in range(0, size, LANES):
        slope = load(books.mean, k * size + i)
        store(books.tangent, i, load(books.multiplier, i) * (shrink * slope))
    for p in range(len(network.scale)):
        at = p * LANES
        store(books.tangent, at, load(books.tangent, at) * splat(network.scale[p]))


@inlined
def lean_of(plan: Any, scratch: Any, v_at: int, row: int, action: int) -> Any:
    """v[s, a] − π(·|s)·v[s] = Σ_b π_b (v_a − v_b), which keeps its precision where π_a is near 1."""
    actions, pinned, moved = plan.actions, plan.network.pinned, scratch.books.moved
    outputs = actions - pinned
    zero = splat(f(0.0))
    own = zero
    if action >= pinned:
        own = load(moved, v_at + (row * outputs + action - pinned) * LANES)
    lean = zero
    for b in range(actions):
        other = zero
        if b >= pinned:
            other = load(moved, v_at + (row * outputs + b - pinned) * LANES)
        lean = fma(load(scratch.probability, (row * actions + b) * LANES), own - other, lean)
    return lean


@jit
def book_pushes(plan: Any, state: Any, scratch: Any, at: int, v_at: int, live: Any):
    """Book a behaviour's accounts of an update's pushes, from element `at` of the books."""
    ledger, books, actions = plan.ledger, scratch.books, plan.actions
    pairs = plan.rows.trained * actions * LANES
    none = splat(f(0.0))
    for row in range(plan.rows.trained):
        for a in range(actions):
            k = (row * actions + a) * LANES
            lean = select(live, lean_of(plan, scratch, v_at, row, a), none)
            push = load(scratch.push, k)
            to = at + k
            if ledger.baseline:
                part = load(books.baseline, k)
                add_up(state.books, state.books_residual, to + pairs, select(live, part * lean, none))
                push = push - part
            if ledger.entropy:
                part = load(books.entropy, k)
                last = to + (1 + ledger.baseline) * pairs
                add_up(state.books, state.books_residual, last, select(live, part * lean, none))
                push = push - part
            add_up(state.books, state.books_residual, to, select(live, push * lean, none))


@jit
def book_errors(plan: Any, state: Any, scratch: Any, at: int, z_at: int, v_at: int, live: Any):
    """The same where a regression wrote the gradient on the outputs itself: −G v."""
    none = splat(f(0.0))
    for k in range(0, plan.rows.trained * plan.actions * LANES, LANES):
        part = none - load(scratch.values, z_at + k) * load(scratch.books.moved, v_at + k)
        add_up(state.books, state.books_residual, at + k, select(live, part, none))


@jit
def book_step(
    plan: Any, state: Any, scratch: Any, tile: int, base: int, z_at: int, factor: f, live: Any, end: int
):
    """Book the step that was just taken, in the lanes that took it; `end` as `fill_mean` has it."""
    network, books = plan.network, scratch.books
    behaviours = len(plan.ledger.evaluations.setting)
    rate = hyper(state, tile, LEARNING_RATE) * splat(factor)
    fill_multiplier(plan, state, books, tile, base, rate)
    fill_mean(plan, state, scratch, tile, base, end, live)
    weights = books.weights
    if len(network.scale) > 0:
        scaled_weights(network, books.weights, 0, scratch.scaled)
        weights = scratch.scaled
    none = splat(f(0.0))
    size = len(state.books) // (len(state.network) * behaviours) * LANES
    for k in range(behaviours):
        at = (tile * behaviours + k) * size
        fill_tangent(plan, books, k)
        v_at = forward_mode(
            network,
            plan.rows,
            plan.rows.trained,
            weights,
            books.hidden,
            books.tangent,
            books.moved,
            books.added,
        )
        if plan.rule.shape == REGRESSION:
            book_errors(plan, state, scratch, at, z_at, v_at, live)
        else:
            book_pushes(plan, state, scratch, at, v_at, live)
        if has_lines(plan.optimiser):
            decayed, carried = decayed_and_carried(plan, state, scratch, tile, rate, k)
            lines = at + size - LINES * LANES
            add_up(state.books, state.books_residual, lines, select(live, decayed, none))
            add_up(state.books, state.books_residual, lines + LANES, select(live, carried, none))
    if tile < len(state.moments) // (plan.rows.trained * plan.actions * network.parameters * LANES):
        split_carried(plan, state, scratch, tile, z_at, weights, live)
