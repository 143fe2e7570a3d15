"""Optimisers: how a gradient moves the parameters of the lanes that are still learning.

A chain in place on the gradient, as optax has it: clip, decay, moments; and then one descent for all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Decay, Hyperparameter, Method
from .jit import inlined, jit
from .memory import load, store
from .state import hyper
from .vector import LANES, fma, greatest, least, negated, select, splat, sqrt

f = np.float32
LEARNING_RATE, CRITIC_RATE = int(Hyperparameter.LEARNING_RATE), int(Hyperparameter.CRITIC_LEARNING_RATE)
MOMENTUM, WEIGHT_DECAY = int(Hyperparameter.MOMENTUM), int(Hyperparameter.WEIGHT_DECAY)
BETA1, BETA2, EPS = int(Hyperparameter.BETA1), int(Hyperparameter.BETA2), int(Hyperparameter.EPS)
CLIP_NORM = int(Hyperparameter.CLIP_NORM)
ADAM, RMSPROP, SIGN = int(Method.ADAM), int(Method.RMSPROP), int(Method.SIGN)
COUPLED, DECOUPLED = int(Decay.COUPLED), int(Decay.DECOUPLED)


@jit
def clip(gradient: Any, first: int, last: int, limit: Any) -> Any:
    """g ← g · min(1, c/‖g‖), over elements first … last; returns the factor."""
    squares = splat(f(0.0))
    top = squares
    for k in range(first, last, LANES):
        g = load(gradient, k)
        top = greatest(greatest(g, splat(f(0.0)) - g), top)
    scale = select(top > splat(f(0.0)), top, splat(f(1.0)))
    for k in range(first, last, LANES):
        g = load(gradient, k) / scale
        squares = fma(g, g, squares)
    factor = least(limit / scale / sqrt(squares), splat(f(1.0)))
    for k in range(first, last, LANES):
        store(gradient, k, load(gradient, k) * factor)
    return factor


@jit
def decay(gradient: Any, weights: Any, base: int, rate: Any):
    """g ← g + λ w."""
    for k in range(0, len(gradient), LANES):
        store(gradient, k, fma(rate, load(weights, base + k), load(gradient, k)))


@jit
def accelerate(gradient: Any, velocity: Any, base: int, momentum: Any, nesterov: int, learning: Any):
    """v ← μ v + g and g ← v, or g + μ v (Polyak 1964; Nesterov's form as in Sutskever et al. 2013)."""
    for k in range(0, len(gradient), LANES):
        g = load(gradient, k)
        before = load(velocity, base + k)
        v = fma(momentum, before, g)
        store(velocity, base + k, select(learning, v, before))
        store(gradient, k, fma(momentum, v, g) if nesterov else v)


@inlined
def corrected(state: Any, at: int, rest: Any, learning: Any) -> Any:
    """1 − βᵗ after t steps from 1 − β: c ← c + (1 − β)(1 − c), exact at t = 1 where 1 − βᵗ would cancel."""
    before = load(state.correction, at)
    now = fma(rest, splat(f(1.0)) - before, before)
    store(state.correction, at, select(learning, now, before))
    return now


@jit
def adam(gradient: Any, state: Any, tile: int, base: int, learning: Any):
    """g ← m̂ / (√v̂ + ε) (Kingma and Ba 2015, ε outside the root)."""
    rest1, rest2 = hyper(state, tile, BETA1), hyper(state, tile, BETA2)
    eps = hyper(state, tile, EPS)
    scale1 = corrected(state, 2 * tile * LANES, rest1, learning)
    scale2 = corrected(state, (2 * tile + 1) * LANES, rest2, learning)
    for k in range(0, len(gradient), LANES):
        g = load(gradient, k)
        m, v = load(state.velocity, base + k), load(state.square, base + k)
        m_now = fma(rest1, g - m, m)
        v_now = fma(rest2, fma(g, g, splat(f(0.0)) - v), v)
        store(state.velocity, base + k, select(learning, m_now, m))
        store(state.square, base + k, select(learning, v_now, v))
        store(gradient, k, ratio(m_now / scale1, sqrt(v_now / scale2) + eps))


@jit
def rmsprop(gradient: Any, state: Any, tile: int, base: int, learning: Any):
    """v ← v + (1 − β)(g² − v), g ← g / (√v + ε) (Tieleman and Hinton 2012)."""
    rest, eps = hyper(state, tile, BETA2), hyper(state, tile, EPS)
    for k in range(0, len(gradient), LANES):
        g = load(gradient, k)
        v = load(state.square, base + k)
        now = fma(rest, fma(g, g, splat(f(0.0)) - v), v)
        store(state.square, base + k, select(learning, now, v))
        store(gradient, k, ratio(g, sqrt(now) + eps))


@inlined
def ratio(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are: with ε = 0 a gradient that was never there moves nothing."""
    zero = splat(f(0.0))
    return select((x == zero) & (y == zero), zero, x / y)


@jit
def signs(gradient: Any):
    """g ← sign g."""
    zero, one = splat(f(0.0)), splat(f(1.0))
    for k in range(0, len(gradient), LANES):
        g = load(gradient, k)
        store(gradient, k, select(g > zero, one, select(g < zero, zero - one, g)))


@inlined
def direct(plan: Any, state: Any, tile: int, base: int, gradient: Any, learning: Any) -> Any:
    """Turn the gradient into a direction, in place; returns what the policy's was clipped by."""
    optimiser = plan.optimiser
    shrink = splat(f(1.0))
    if optimiser.clipped:
        policy = plan.network.parameters * LANES
        shrink = clip(gradient, 0, policy, hyper(state, tile, CLIP_NORM))
        clip(gradient, policy, len(gradient), hyper(state, tile, CLIP_NORM))
    if optimiser.decay == COUPLED:
        decay(gradient, state.weights, base, hyper(state, tile, WEIGHT_DECAY))
    if optimiser.method == ADAM:
        adam(gradient, state, tile, base, learning)
    elif optimiser.method == RMSPROP:
        rmsprop(gradient, state, tile, base, learning)
    elif optimiser.method == SIGN:
        signs(gradient)
    if optimiser.momentum:
        momentum = hyper(state, tile, MOMENTUM)
        accelerate(gradient, state.velocity, base, momentum, optimiser.nesterov, learning)
    if optimiser.decay == DECOUPLED:
        decay(gradient, state.weights, base, hyper(state, tile, WEIGHT_DECAY))
    return shrink


@jit
def descend(
    weights: Any, residual: Any, base: int, gradient: Any, first: int, last: int, rate: Any, learning: Any
) -> Any:
    """w ← w − rate · g by compensated sums; returns the lanes whose weights are no longer finite.

    A parameter is weights − residual. The residual keeps what rounding lost, so that steps smaller than half
    a unit in the last place add up instead of vanishing (Kahan 1965), and steps larger than the weight lose
    nothing either (Knuth's sum, TAOCP 4.2.2).
    """
    zero = splat(f(0.0))
    health = zero
    down = zero - rate
    for k in range(first, last, LANES):
        w = load(weights, base + k)
        c = load(residual, base + k)
        step = fma(down, load(gradient, k), zero - c)
        moved = w + step
        taken = moved - w
        lost = (taken - step) - (w - (moved - taken))
        store(weights, base + k, select(learning, moved, w))
        store(residual, base + k, select(learning, lost, c))
        health = fma(moved, zero, health)
    return learning & negated(health == zero)


@inlined
def take_step(plan: Any, state: Any, scratch: Any, tile: int, base: int, factor: f, learning: Any) -> Any:
    """One step of the optimiser, its rates times the schedule's factor; returns the lanes that diverged."""
    gradient = scratch.gradient
    store(scratch.books.shrink, 0, direct(plan, state, tile, base, gradient, learning))
    policy = plan.network.parameters * LANES
    rate = hyper(state, tile, LEARNING_RATE) * splat(factor)
    lost = descend(state.weights, state.residual, base, gradient, 0, policy, rate, learning)
    if len(gradient) > policy:
        rate = hyper(state, tile, CRITIC_RATE) * splat(factor)
        end = len(gradient)
        lost = lost | descend(state.weights, state.residual, base, gradient, policy, end, rate, learning)
    return lost
