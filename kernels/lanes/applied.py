"""What an optimiser made of one gradient: the factor it came to the step with, and what came besides.

A step is θ' = θ − D ∘ g − E ∘ θ − rest: g the gradient of the update's own pushes, D and E diagonal; the rest
is what earlier gradients left behind. Under Adam and RMSprop √v̂ is taken as it is, under `sign` |g|: so
every part of a gradient is divided by the same, which makes the parts add up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Decay, Hyperparameter, Method
from .jit import inlined, jit
from .memory import load, store
from .state import hyper
from .vector import LANES, fma, select, splat, sqrt

f = np.float32
LEARNING_RATE, MOMENTUM = int(Hyperparameter.LEARNING_RATE), int(Hyperparameter.MOMENTUM)
WEIGHT_DECAY, EPS = int(Hyperparameter.WEIGHT_DECAY), int(Hyperparameter.EPS)
BETA1, BETA2 = int(Hyperparameter.BETA1), int(Hyperparameter.BETA2)
ADAM, RMSPROP, SIGN = int(Method.ADAM), int(Method.RMSPROP), int(Method.SIGN)
NO_DECAY, COUPLED = int(Decay.NONE), int(Decay.COUPLED)


@inlined
def over(x: Any, y: Any) -> Any:
    """x / y, and 0 where y, which is not negative, is 0."""
    none = splat(f(0.0))
    return select(y == none, none, x / select(y == none, splat(f(1.0)), y))


@jit
def fill_multiplier(plan: Any, state: Any, books: Any, tile: int, base: int, rate: Any):
    """D of the step that was just taken, but for the factor of clipping, which is in `shrink`."""
    optimiser = plan.optimiser
    one = splat(f(1.0))
    plain = rate
    if optimiser.nesterov:
        plain = rate * (one + hyper(state, tile, MOMENTUM))
    shrink, eps = load(books.shrink, 0), hyper(state, tile, EPS)
    scale2 = one
    if optimiser.method == ADAM:
        plain = rate * hyper(state, tile, BETA1) / load(state.correction, 2 * tile * LANES)
        scale2 = load(state.correction, (2 * tile + 1) * LANES)
    for k in range(0, plan.network.parameters * LANES, LANES):
        d = plain
        if optimiser.method in (ADAM, RMSPROP):
            d = over(plain, sqrt(load(state.square, base + k) / scale2) + eps)
        elif optimiser.method == SIGN:
            g = load(books.gradient, k) * shrink
            d = over(plain, select(g < splat(f(0.0)), splat(f(0.0)) - g, g))
        store(books.multiplier, k, d)


@inlined
def has_lines(optimiser: Any) -> bool:
    """Whether a step has parts besides those of the update's own gradient."""
    return optimiser.decay != NO_DECAY or optimiser.momentum != 0 or optimiser.method == ADAM


@jit
def decayed_and_carried(plan: Any, state: Any, scratch: Any, tile: int, rate: Any, k: int) -> Any:
    """−∇b · (E ∘ θ) and −∇b · rest of behaviour k, ∇b averaged along the step."""
    books, optimiser, size = scratch.books, plan.optimiser, plan.network.parameters * LANES
    shrink = load(books.shrink, 0)
    strength = hyper(state, tile, WEIGHT_DECAY)
    decayed = splat(f(0.0))
    carried = decayed
    for i in range(0, size, LANES):
        slope = load(books.mean, k * size + i)
        d = load(books.multiplier, i)
        rest = rate * load(scratch.gradient, i) - d * (shrink * load(books.gradient, i))
        if optimiser.decay != NO_DECAY:
            e = d if optimiser.decay == COUPLED else rate
            lost = e * (strength * load(books.weights, i))
            decayed = fma(splat(f(0.0)) - slope, lost, decayed)
            rest = rest - lost
        carried = fma(splat(f(0.0)) - slope, rest, carried)
    return decayed, carried
