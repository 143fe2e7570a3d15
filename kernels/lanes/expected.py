"""Pushes in expectation over the network's own episodes, by dynamic programming backwards in time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Hyperparameter, Shape, Weighing
from .jit import inlined, jit
from .memory import load, store
from .occupancy import action_value, clear
from .sampled import NOISE, clipped_weight
from .state import hyper
from .vector import LANES, fma, select, splat, sqrt

f = np.float32
u = np.uint32
NORMALISED, CLIPPED = int(Weighing.NORMALISED), int(Weighing.CLIPPED)
CLIP = int(Hyperparameter.CLIP)
REGRESSION = int(Shape.REGRESSION)


@jit
def visits_expected(plan: Any, scratch: Any):
    """d(s) = Σ_t γᵗ d_t(s), the distributions d_t being at hand."""
    states = len(plan.episodes.row)
    clear(scratch.visits, 0, states)
    for t in range(plan.episodes.horizon):
        weight = splat(plan.episodes.weight[t])
        for n in range(states):
            mass = load(scratch.occupancy, (t * states + n) * LANES)
            store(scratch.visits, n * LANES, fma(weight, mass, load(scratch.visits, n * LANES)))


@inlined
def branch_variance(episodes: Any, signal: Any, n: int, a: int, q: Any, scratch: Any, after: int) -> Any:
    """Var(G_t | s, a) = Σ_k P_k [(payoff_k + to_go · V(s′_k) − Q)² + to_go² · Var(s′_k)]."""
    states = len(episodes.row)
    to_go = splat(signal.to_go)
    total = splat(f(0.0))
    for k in range(episodes.successor.shape[2]):
        ahead = splat(signal.payoff[n, a, k])
        spread = splat(f(0.0))
        follows = episodes.successor[n, a, k]
        if follows < states:
            ahead = fma(to_go, load(scratch.state_values, after + follows * LANES), ahead)
            spread = load(scratch.state_variances, after + follows * LANES) * to_go * to_go
        off = ahead - q
        total = fma(splat(episodes.probability[n, a, k]), fma(off, off, spread), total)
    return total


@jit
def evaluate_step(plan: Any, scratch: Any, behaviour: Any, after: int, now: int):
    """Q_t in `action_values`, V_t, and where advantages are normalised Var(G_t | s), as a sum of squares."""
    episodes, actions = plan.episodes, plan.actions
    for n in range(len(episodes.row)):
        row = episodes.row[n]
        value = splat(f(0.0))
        for a in range(actions):
            q = action_value(episodes, plan.signal, n, a, scratch.state_values, after)
            store(scratch.action_values, (n * actions + a) * LANES, q)
            value = value + q * load(behaviour, (row * actions + a) * LANES)
        store(scratch.state_values, now + n * LANES, value)
        if plan.rule.weighing == NORMALISED:
            spread = splat(f(0.0))
            for a in range(actions):
                q = load(scratch.action_values, (n * actions + a) * LANES)
                off = q - value
                inner = fma(off, off, branch_variance(episodes, plan.signal, n, a, q, scratch, after))
                spread = fma(load(behaviour, (row * actions + a) * LANES), inner, spread)
            store(scratch.state_variances, now + n * LANES, spread)


@jit
def expected_deviation(plan: Any, scratch: Any, t: int, now: int) -> Any:
    """1/σ of the return at a step over all episodes, one that has finished counting as 0; 0 where σ = 0."""
    states = len(plan.episodes.row)
    mass = splat(f(0.0))
    mean = mass
    for n in range(states):
        d = load(scratch.occupancy, (t * states + n) * LANES)
        mass = mass + d
        mean = fma(d, load(scratch.state_values, now + n * LANES), mean)
    # Shares of the start in float32 need not sum to one, and the mean of equal values is only nearly that.
    ended = splat(f(1.0)) - mass
    ended = select(ended > splat(NOISE), ended, splat(f(0.0)))
    mean = mean / (mass + ended)
    variance = ended * mean * mean
    for n in range(states):
        off = load(scratch.state_values, now + n * LANES) - mean
        inner = fma(off, off, load(scratch.state_variances, now + n * LANES))
        variance = fma(load(scratch.occupancy, (t * states + n) * LANES), inner, variance)
    deviation = sqrt(variance / (mass + ended))
    size = select(mean < splat(f(0.0)), splat(f(0.0)) - mean, mean)
    return select(deviation > splat(NOISE) * size, splat(f(1.0)) / deviation, splat(f(0.0)))


@jit
def push_step(plan: Any, scratch: Any, behaviour: Any, t: int, now: int, scale: Any, clip: Any) -> Any:
    """U += scale · d_t · π · Q_t, or with the clipped ratio; returns a regression's squares at this step."""
    episodes, actions = plan.episodes, plan.actions
    states = len(episodes.row)
    squares = splat(f(0.0))
    for n in range(states):
        mass = load(scratch.occupancy, (t * states + n) * LANES)
        scaled = mass * scale
        for a in range(actions):
            at = (n * actions + a) * LANES
            q = load(scratch.action_values, at)
            p = load(behaviour, (episodes.row[n] * actions + a) * LANES)
            if plan.rule.weighing == CLIPPED:
                q = q - load(scratch.state_values, now + n * LANES)
                p = p * clipped_weight(load(scratch.ratio, at), q, clip)
            store(scratch.push, at, fma(scaled, p * q, load(scratch.push, at)))
            if plan.rule.shape == REGRESSION:
                store(scratch.visited, at, fma(mass, p, load(scratch.visited, at)))
                off = load(scratch.outputs, at) - q
                squares = fma(mass * p, off * off, squares)
    return squares


@jit
def push_values(plan: Any, state: Any, scratch: Any, tile: int, behaviour: Any):
    """U = Σ_t γᵗ d_t · π · Q_t, the distributions d_t being at hand."""
    episodes = plan.episodes
    states = len(episodes.row)
    clear(scratch.state_values, 0, 2 * states)
    if plan.rule.weighing == NORMALISED:
        clear(scratch.state_variances, 0, 2 * states)
    if plan.rule.shape == REGRESSION:
        clear(scratch.visited, 0, states * plan.actions)
    clip = hyper(state, tile, CLIP)
    squares = splat(f(0.0))
    after, now = 0, states * LANES
    for t in range(episodes.horizon - 1, -1, -1):
        evaluate_step(plan, scratch, behaviour, after, now)
        scale = splat(episodes.weight[t])
        if plan.rule.weighing == NORMALISED:
            scale = scale * expected_deviation(plan, scratch, t, now)
        squares = squares + push_step(plan, scratch, behaviour, t, now, scale, clip)
        after, now = now, after
    store(scratch.objective, 0, squares * splat(f(0.5)))


@jit
def push_one_step_targets(plan: Any, scratch: Any, behaviour: Any):
    """U[(bin of a branch's payoff, s), a] += d(s) π(a|s) P_k, in episodes of one step."""
    episodes, actions = plan.episodes, plan.actions
    states = len(episodes.row)
    for n in range(states):
        for a in range(actions):
            flow = load(scratch.visits, n * LANES)
            flow = flow * load(behaviour, (episodes.row[n] * actions + a) * LANES)
            for k in range(episodes.successor.shape[2]):
                row = n
                for edge in range(len(plan.signal.edges)):
                    if plan.signal.payoff[n, a, k] >= plan.signal.edges[edge]:
                        row += states
                at = (row * actions + a) * LANES
                store(
                    scratch.push, at, fma(flow, splat(episodes.probability[n, a, k]), load(scratch.push, at))
                )
