"""What the optimiser carried over, split over the pushes of earlier updates, for some networks.

With g(s, a) the part of an update's gradient that the push of a pair made, the optimiser's moment is a sum

    u ← keep · u + shrink · g = Σ_{s,a} u(s, a) + what no pair pushed

and what u before the update did to b in this one, −c ∇̄b · (D ∘ u), is the sum of the same of every u(s, a).
keep is the momentum μ or β₁, and c is keep, or μ²/(1 + μ) by Nesterov, where D holds 1 + μ.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Hyperparameter, Method, Shape
from .jit import jit
from .memory import load, store
from .network import backward, scaled_gradient
from .occupancy import clear
from .state import hyper
from .sums import add_up
from .vector import LANES, any_lane, fma, negated, select, splat

f = np.float32
ADAM = int(Method.ADAM)
REGRESSION = int(Shape.REGRESSION)
BETA1, MOMENTUM = int(Hyperparameter.BETA1), int(Hyperparameter.MOMENTUM)


@jit
def push_alone(plan: Any, scratch: Any, z_at: int, row: int, action: int, weights: Any) -> bool:
    """g(s, a) of one push, in `alone`; whether any lane pushed the pair."""
    books, network, actions, pinned = scratch.books, plan.network, plan.actions, plan.network.pinned
    outputs, zero = actions - pinned, splat(f(0.0))
    at = z_at + row * outputs * LANES
    if plan.rule.shape == REGRESSION:
        push = load(scratch.values, at + action * LANES)
    else:
        push = load(scratch.push, (row * actions + action) * LANES)
    if not any_lane(negated(push == zero)):
        return False
    for k in range(0, z_at, LANES):
        store(books.layers_alone, k, load(books.hidden, k))
    clear(books.layers_alone, z_at, plan.rows.trained * outputs)
    for a in range(pinned, actions):
        own = splat(f(1.0)) if a == action else zero
        if plan.rule.shape == REGRESSION:
            part = push * own
        else:
            part = push * (load(scratch.probability, (row * actions + a) * LANES) - own)
        store(books.layers_alone, at + (a - pinned) * LANES, part)
    backward(network, plan.rows, plan.rows.trained, weights, 0, books.layers_alone, z_at, books.alone, 0)
    scaled_gradient(network, books.alone, 0)
    return True


@jit
def split_carried(plan: Any, state: Any, scratch: Any, tile: int, z_at: int, weights: Any, live: Any):
    """Book what earlier pushes did in this step, then add the pushes of this update to their moments.

    weights (P) are those of the step's start, as they are used; `mean`, `multiplier` and `shrink` are the
    step's.
    """
    books, size = scratch.books, plan.network.parameters * LANES
    behaviours, pairs = len(plan.ledger.evaluations.setting), plan.rows.trained * plan.actions
    zero = splat(f(0.0))
    keep = hyper(state, tile, MOMENTUM)
    share = keep
    if plan.optimiser.method == ADAM:
        keep = splat(f(1.0)) - hyper(state, tile, BETA1)
        share = keep
    elif plan.optimiser.nesterov:
        share = keep * keep / (splat(f(1.0)) + keep)
    shrink = load(books.shrink, 0)
    for pair in range(pairs):
        at = (tile * pairs + pair) * size
        for k in range(behaviours):
            made = zero
            for i in range(0, size, LANES):
                moved = load(books.multiplier, i) * load(state.moments, at + i)
                made = fma(load(books.mean, k * size + i), moved, made)
            to = ((tile * behaviours + k) * pairs + pair) * LANES
            add_up(state.split, state.split_residual, to, select(live, zero - share * made, zero))
        pushed = push_alone(plan, scratch, z_at, pair // plan.actions, pair % plan.actions, weights)
        for i in range(0, size, LANES):
            before = load(state.moments, at + i)
            now = keep * before
            if pushed:
                now = fma(shrink, load(books.alone, i), now)
            store(state.moments, at + i, select(live, now, before))
