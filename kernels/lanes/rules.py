"""Rules: how the push table U of an update is filled.

    fixed    U is given
    drawn    U[r, a] = draws of (r, a) / draws
    action   sampled  U[s, a] += γᵗ (G − b) / E at each visit;   exact  U = Σ_t γᵗ d_t · π · Q_t
    labels   U = d · labels, d the visits (γᵗ counts / E, or Σ_t γᵗ d_t), scaled to sum to one if asked

Reference: Williams 1992 for the score function; Kool, van Hoof and Welling 2019 for leave-one-out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tables import Baseline, Credit, Source
from ..threefry import Purpose
from .decision import drawn
from .jit import inlined, jit
from .memory import gather, load, store
from .occupancy import action_value, clear, occupancy_by_time, values_by_time
from .rollout import DONE, add_to, rollout
from .threefry import network_key, threefry
from .vector import LANES, any_lane, fma, lane_numbers, select, splat

f = np.float32
u = np.uint32
ROWS = int(Purpose.ROWS)
DRAWN, SAMPLED, EXACT = int(Source.DRAWN), int(Source.SAMPLED), int(Source.EXACT)
ACTION, NORMALISED = int(Credit.ACTION), int(Credit.NORMALISED_LABELS)
MEAN, LEAVE_ONE_OUT, VALUE = int(Baseline.MEAN), int(Baseline.LEAVE_ONE_OUT), int(Baseline.VALUE)


@jit
def push_drawn(plan: Any, scratch: Any, network: Any, update: Any):
    """A minibatch: U[r, a] = draws of (row, action) / draws."""
    key = network_key(plan.seeds[ROWS], network, ROWS)
    for draw in range(plan.draws):
        word, _ = threefry(key[0], key[1], update, splat(u(draw)))
        add_to(scratch.push, drawn(plan.drawn.outcomes, plan.drawn.thresholds, word), splat(f(1.0)))
    scaled(scratch.push, plan.rows.trained * plan.actions, f(1.0) / f(plan.draws))


@jit
def scaled(table: Any, vectors: int, factor: f):
    """Multiply a table: what is added up is whole numbers until then, where it can be, and so exact."""
    for k in range(0, vectors * LANES, LANES):
        store(table, k, load(table, k) * splat(factor))


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
        at = (splat(u(step * len(plan.episodes.row))) + state) * splat(u(LANES)) + lane_numbers()
        return gather(scratch.state_values, at)
    return splat(f(0.0))


@jit
def push_actions(plan: Any, scratch: Any):
    """U[s, a] += γᵗ (G − b) / E at each visit of the sampled episodes."""
    horizon, episodes = plan.episodes.horizon, plan.sampling.episodes
    if plan.signal.baseline == VALUE:
        values_by_time(plan.episodes, plan.signal, scratch.probability, plan.actions, scratch.state_values)
    discount = f(1.0)
    none = splat(f(0.0))
    for step in range(horizon):
        total = none
        for number in range(episodes):
            total = total + load(scratch.returns, (step * episodes + number) * LANES)
        for number in range(episodes):
            at = (step * episodes + number) * LANES
            state = load(scratch.states, at)
            alive = state < splat(DONE)
            if any_lane(alive):
                state = select(alive, state, splat(u(0)))
                own = load(scratch.returns, at)
                advantage = own - baseline_of(plan, scratch, total, own, step, state)
                pair = state * splat(u(plan.actions)) + load(scratch.actions, at)
                add_to(scratch.push, pair, select(alive, advantage * splat(discount), none))
        discount = discount * plan.episodes.discount
    scaled(scratch.push, plan.rows.trained * plan.actions, f(1.0) / f(episodes))


@jit
def visits_of(plan: Any, scratch: Any):
    """d(s) = Σ γᵗ [visit] / E over the sampled episodes, in the first N vectors of `occupancy`."""
    clear(scratch.occupancy, 0, len(plan.episodes.row))
    discount = f(1.0)
    for step in range(plan.episodes.horizon):
        for number in range(plan.sampling.episodes):
            state = load(scratch.states, (step * plan.sampling.episodes + number) * LANES)
            alive = state < splat(DONE)
            if any_lane(alive):
                share = select(alive, splat(discount), splat(f(0.0)))
                add_to(scratch.occupancy, select(alive, state, splat(u(0))), share)
        discount = discount * plan.episodes.discount
    scaled(scratch.occupancy, len(plan.episodes.row), f(1.0) / f(plan.sampling.episodes))


@jit
def push_labels(plan: Any, scratch: Any, steps: int):
    """U = d · labels, with d summed over the first `steps` tables of `occupancy`."""
    states, actions = len(plan.episodes.row), plan.actions
    total = splat(f(0.0))
    for n in range(states):
        visits = splat(f(0.0))
        for t in range(steps):
            visits = visits + load(scratch.occupancy, (t * states + n) * LANES)
        store(scratch.occupancy, n * LANES, visits)
        total = total + visits
    scale = splat(f(1.0))
    if plan.signal.credit == NORMALISED:
        scale = select(total > splat(f(0.0)), scale / total, splat(f(0.0)))
    for n in range(states):
        visits = load(scratch.occupancy, n * LANES) * scale
        for a in range(actions):
            store(scratch.push, (n * actions + a) * LANES, visits * splat(plan.signal.labels[n, a]))


@jit
def push_values(plan: Any, scratch: Any):
    """U = Σ_t γᵗ d_t · π · Q_t, backwards in time, the distributions d_t being at hand."""
    episodes, actions = plan.episodes, plan.actions
    states = len(episodes.row)
    clear(scratch.state_values, 0, 2 * states)
    after, now = 0, states * LANES
    for t in range(episodes.horizon - 1, -1, -1):
        for n in range(states):
            mass = load(scratch.occupancy, (t * states + n) * LANES)
            value = splat(f(0.0))
            for a in range(actions):
                at = (n * actions + a) * LANES
                p = load(scratch.probability, (episodes.row[n] * actions + a) * LANES)
                q = p * action_value(episodes, plan.signal, n, a, scratch.state_values, after)
                value = value + q
                store(scratch.push, at, fma(mass, q, load(scratch.push, at)))
            store(scratch.state_values, now + n * LANES, value)
        after, now = now, after


@jit
def fill_push(plan: Any, scratch: Any, network: Any, update: Any):
    """Fill U for the update numbered by lane in `update`, from the probabilities in `scratch`."""
    clear(scratch.push, 0, plan.rows.trained * plan.actions)
    if plan.source == DRAWN:
        push_drawn(plan, scratch, network, update)
    elif plan.source == SAMPLED:
        rollout(plan, scratch, network, update)
        if plan.signal.credit == ACTION:
            push_actions(plan, scratch)
        else:
            visits_of(plan, scratch)
            push_labels(plan, scratch, 1)
    elif plan.source == EXACT:
        occupancy_by_time(plan.episodes, scratch.probability, plan.actions, scratch.occupancy)
        if plan.signal.credit == ACTION:
            push_values(plan, scratch)
        else:
            push_labels(plan, scratch, plan.episodes.horizon)
