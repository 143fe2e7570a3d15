"""How a policy acts on its outputs: what stands between the network and its probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Acting, Hyperparameter
from .elementary import log
from .jit import jit
from .memory import load, store
from .state import hyper
from .vector import LANES, count, float_of, greatest, select, splat

f = np.float32
u = np.uint32
TEMPERED = int(Acting.TEMPERED)
TEMPERATURE, EPSILON = int(Hyperparameter.TEMPERATURE), int(Hyperparameter.EPSILON)


@jit
def greedy(values: Any, at: int, actions: int, epsilon: Any):
    """z ← ln(ε/A + (1 − ε)[a is among the m largest]/m) for one row, from element `at`."""
    top = load(values, at)
    for a in range(1, actions):
        top = greatest(load(values, at + a * LANES), top)
    health = splat(f(0.0))
    number = splat(u(0))
    for a in range(actions):
        z = load(values, at + a * LANES)
        number = number + count(z == top)
        health = health + z * splat(f(0.0))
    rest = epsilon * splat(f(1.0) / f(actions))
    best = rest + (splat(f(1.0)) - epsilon) / float_of(number)
    for a in range(actions):
        z = load(values, at + a * LANES)
        store(values, at + a * LANES, log(select(z == top, best, rest)) + health)


@jit
def act(
    acting: int,
    state: Any,
    tile: int,
    values: Any,
    z_at: int,
    first: int,
    last: int,
    actions: int,
    outputs: Any,
):
    """Put the logits that are acted on in the place of outputs (rows, A), which `outputs` keeps.

    Of rows first … last − 1.
    """
    begin, end = z_at + first * actions * LANES, z_at + last * actions * LANES
    for k in range(begin, end, LANES):
        store(outputs, k - z_at, load(values, k))
    if acting == TEMPERED:
        cool = splat(f(1.0)) / hyper(state, tile, TEMPERATURE)
        for k in range(begin, end, LANES):
            store(values, k, load(values, k) * cool)
    else:
        for r in range(first, last):
            greedy(values, z_at + r * actions * LANES, actions, hyper(state, tile, EPSILON))
