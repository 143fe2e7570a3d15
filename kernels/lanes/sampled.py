"""Pushes of sampled episodes: each visit's advantage at the action it is credited to.

Reference: Williams 1992 for the score function; Kool, van Hoof and Welling 2019 for leave-one-out; Schulman
et al. 2017 (arXiv 1707.06347) for the clipped ratio; Shao et al. 2024 (arXiv 2402.03300) for the group's
standard deviation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Baseline, Hyperparameter, Shape, Weighing
from .elementary import exp
from .jit import inlined, jit
from .memory import gather, load, store
from .occupancy import clear, values_by_time
from .rollout import DONE, add_to
from .state import hyper
from .vector import LANES, any_lane, count, fma, lane_numbers, select, splat, sqrt

f = np.float32
u = np.uint32
MEAN, LEAVE_ONE_OUT = int(Baseline.MEAN), int(Baseline.LEAVE_ONE_OUT)
VALUE, CRITIC = int(Baseline.VALUE), int(Baseline.CRITIC)
NORMALISED, CLIPPED = int(Weighing.NORMALISED), int(Weighing.CLIPPED)
CLIP = int(Hyperparameter.CLIP)
REGRESSION = int(Shape.REGRESSION)
NOISE = f(1e-6)
"""A spread that is less than this part of what is spread is rounding."""


@inlined
def lane_of(entry: Any) -> Any:
    """Element of a table (entries, lane) at each lane's own entry."""
    return entry * splat(u(LANES)) + lane_numbers()


@inlined
def clipped_weight(ratio: Any, advantage: Any, clip: Any) -> Any:
    """ρ = e^ratio, or 0 where it has left [1 − c, 1 + c] in the advantage's direction."""
    zero, one = splat(f(0.0)), splat(f(1.0))
    rho = exp(ratio)
    above = (advantage > zero) & (rho > one + clip)
    below = (advantage < zero) & (rho < one - clip)
    return select(above | below, zero, rho)


@inlined
def baseline_of(plan: Any, scratch: Any, total: Any, own: Any, step: int, state: Any) -> Any:
    """The baseline at a step: over episodes, where one that has finished counts as a return of 0."""
    kind = plan.signal.baseline
    episodes = f(plan.sampling.episodes)
    if kind == MEAN:
        return total * splat(f(1.0) / episodes)
    if kind == LEAVE_ONE_OUT:
        return (total - own) * splat(f(1.0) / (episodes - f(1.0)))
    if kind == VALUE:
        return gather(scratch.state_values, lane_of(splat(u(step * len(plan.episodes.row))) + state))
    if kind == CRITIC:
        return gather(scratch.critic_values, lane_of(state))
    return splat(f(0.0))


@jit
def sampled_deviation(plan: Any, scratch: Any, step: int) -> Any:
    """1/σ of a step's returns over all episodes, one that has finished counting as 0; 0 where σ = 0.

    The returns are taken from the first one, so that equal ones have no spread, however many there are.
    """
    episodes = plan.sampling.episodes
    share = splat(f(1.0) / f(episodes))
    base = load(scratch.returns, step * episodes * LANES)
    shift = splat(f(0.0))
    for number in range(episodes):
        shift = shift + (load(scratch.returns, (step * episodes + number) * LANES) - base)
    shift = shift * share
    squares = splat(f(0.0))
    for number in range(episodes):
        off = (load(scratch.returns, (step * episodes + number) * LANES) - base) - shift
        squares = fma(off, off, squares)
    deviation = sqrt(squares * share)
    size = select(base < splat(f(0.0)), splat(f(0.0)) - base, base)
    return select(deviation > splat(NOISE) * size, splat(f(1.0)) / deviation, splat(f(0.0)))


@inlined
def note_prediction(scratch: Any, pair: Any, alive: Any, own: Any) -> Any:
    """Count a visit that a regression learns from; returns its squared error."""
    none = splat(f(0.0))
    add_to(scratch.visited, pair, select(alive, splat(f(1.0)), none))
    off = gather(scratch.outputs, lane_of(pair)) - own
    return select(alive, off * off, none)


@inlined
def push_step(plan: Any, scratch: Any, step: int, total: Any, scale: Any, clip: Any) -> Any:
    """U[s, a] += scale · (G − b) · w at each visit of a step; returns a regression's squared errors."""
    episodes, weighing = plan.sampling.episodes, plan.rule.weighing
    none = splat(f(0.0))
    squares = none
    for number in range(episodes):
        at = (step * episodes + number) * LANES
        state = load(scratch.states, at)
        alive = state < splat(DONE)
        if not any_lane(alive):
            continue
        state = select(alive, state, splat(u(0)))
        own = load(scratch.returns, at)
        baseline = baseline_of(plan, scratch, total, own, step, state)
        advantage = own - baseline
        pair = state * splat(u(plan.actions)) + load(scratch.actions, at)
        push, weight = advantage * scale, splat(f(1.0))
        if weighing == CLIPPED:
            weight = clipped_weight(gather(scratch.ratio, lane_of(pair)), advantage, clip)
            push = push * weight
        add_to(scratch.push, pair, select(alive, push, none))
        if plan.ledger.baseline:
            part = select(alive, (none - baseline) * scale * weight, none)
            add_to(scratch.books.baseline, pair, part)
        if plan.rule.shape == REGRESSION:
            squares = squares + note_prediction(scratch, pair, alive, own)
        if plan.signal.baseline == CRITIC:
            add_to(scratch.critic_error, state, select(alive, none - advantage, none))
    return squares


@jit
def shared_out(table: Any, episodes: int):
    """Divide what was added up over episodes by their number: until then it is exact where it can be."""
    share = splat(f(1.0) / f(episodes))
    for k in range(0, len(table), LANES):
        store(table, k, load(table, k) * share)


@jit
def push_actions(plan: Any, state: Any, scratch: Any, tile: int, behaviour: Any):
    """U[s, a] += γᵗ (G − b) w / E at each visit, w the weighing."""
    episodes = plan.sampling.episodes
    if plan.signal.baseline == VALUE:
        values_by_time(plan.episodes, plan.signal, behaviour, plan.actions, scratch.state_values)
    clear(scratch.visited, 0, len(scratch.visited) // LANES)
    clear(scratch.critic_error, 0, len(scratch.critic_error) // LANES)
    clear(scratch.books.baseline, 0, len(scratch.books.baseline) // LANES)
    clip = hyper(state, tile, CLIP)
    squares = splat(f(0.0))
    for step in range(plan.episodes.horizon):
        total = splat(f(0.0))
        for number in range(episodes):
            total = total + load(scratch.returns, (step * episodes + number) * LANES)
        scale = splat(plan.episodes.weight[step])
        if plan.rule.weighing == NORMALISED:
            scale = scale * sampled_deviation(plan, scratch, step)
        squares = squares + push_step(plan, scratch, step, total, scale, clip)
    shared_out(scratch.push, episodes)
    shared_out(scratch.visited, episodes)
    shared_out(scratch.critic_error, episodes)
    shared_out(scratch.books.baseline, episodes)
    store(scratch.objective, 0, squares * splat(f(0.5) / f(episodes)))


@jit
def push_targets(plan: Any, scratch: Any):
    """U[(bin of the episode's return, s), a] += 1 / E at each visit."""
    horizon, episodes = plan.episodes.horizon, plan.sampling.episodes
    none = splat(f(0.0))
    share = splat(f(1.0) / f(episodes))
    for number in range(episodes):
        whole = load(scratch.returns, number * LANES)
        row = splat(u(0))
        for edge in range(len(plan.signal.edges)):
            row = row + count(whole >= splat(plan.signal.edges[edge]))
        row = row * splat(u(len(plan.episodes.row)))
        for step in range(horizon):
            at = (step * episodes + number) * LANES
            state = load(scratch.states, at)
            alive = state < splat(DONE)
            if not any_lane(alive):
                break
            pair = (row + select(alive, state, splat(u(0)))) * splat(u(plan.actions))
            add_to(scratch.push, pair + load(scratch.actions, at), select(alive, share, none))


@jit
def visits_sampled(plan: Any, scratch: Any):
    """d(s) = Σ γᵗ [visit] / E over the sampled episodes."""
    states, episodes = len(plan.episodes.row), plan.sampling.episodes
    clear(scratch.visits, 0, states)
    for step in range(plan.episodes.horizon):
        for number in range(episodes):
            state = load(scratch.states, (step * episodes + number) * LANES)
            alive = state < splat(DONE)
            if any_lane(alive):
                share = select(alive, splat(plan.episodes.weight[step]), splat(f(0.0)))
                add_to(scratch.visits, select(alive, state, splat(u(0))), share)
    shared_out(scratch.visits, episodes)
