"""Rules: how the push table U of an update is filled, by where it comes from and what is credited.

    fixed    U is given
    drawn    U[r, a] = draws of (r, a) / draws
    action   sampled  U[s, a] += γᵗ (G − b) / E at each visit;   exact  U = Σ_t γᵗ d_t · π · Q_t
    query    as sampled action, at an action that was asked about and not taken
    target   U[(bin of the return, s), a] += 1 / E at each visit
    labels   U = d · labels, d the visits (Σ γᵗ [visit] / E, or Σ_t γᵗ d_t), scaled to sum to one if asked

What shapes a row afterwards is in `shape`; pairs are in `pairs`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Credit, Source
from ..threefry import Purpose
from .decision import drawn
from .expected import push_one_step_targets, push_values, visits_expected
from .jit import jit
from .memory import fetch, load, store
from .occupancy import clear, occupancy_by_time
from .pairs import push_episode_pairs, push_own_pairs, push_pairs
from .rollout import add_to, query, rollout
from .sampled import push_actions, push_targets, visits_sampled
from .threefry import network_key, threefry
from .vector import LANES, select, splat

f = np.float32
u = np.uint32
ROWS = int(Purpose.ROWS)
FIXED, DRAWN, SAMPLED = int(Source.FIXED), int(Source.DRAWN), int(Source.SAMPLED)
ACTION, QUERY, TARGET = int(Credit.ACTION), int(Credit.QUERY), int(Credit.TARGET)
LABELS, NORMALISED = int(Credit.LABELS), int(Credit.NORMALISED_LABELS)
PAIRS, OWN_PAIRS, EPISODES = int(Credit.PAIRS), int(Credit.OWN_PAIRS), int(Credit.EPISODES)


@jit
def push_fixed(plan: Any, scratch: Any):
    """U as it is given."""
    for r in range(plan.rows.trained):
        for a in range(plan.actions):
            store(scratch.push, (r * plan.actions + a) * LANES, splat(plan.push[r, a]))


@jit
def push_drawn(plan: Any, scratch: Any, network: Any, update: Any):
    """A minibatch: U[r, a] = draws of (row, action) / draws."""
    key = network_key(plan.seeds[ROWS], network, ROWS)
    for draw in range(plan.draws):
        word, _ = threefry(key[0], key[1], update, splat(u(draw)))
        add_to(scratch.push, drawn(plan.drawn.outcomes, plan.drawn.thresholds, word), splat(f(1.0)))
    scale = splat(f(1.0) / f(plan.draws))  # counts until now, and so exact
    for k in range(0, plan.rows.trained * plan.actions * LANES, LANES):
        store(scratch.push, k, load(scratch.push, k) * scale)


@jit
def normalise_visits(plan: Any, scratch: Any):
    """Scale the visits of an update to sum to one."""
    end = len(plan.episodes.row) * LANES
    total = splat(f(0.0))
    for k in range(0, end, LANES):
        total = total + load(scratch.visits, k)
    scale = select(total > splat(f(0.0)), splat(f(1.0)) / total, splat(f(0.0)))
    for k in range(0, end, LANES):
        store(scratch.visits, k, load(scratch.visits, k) * scale)


@jit
def push_labels(plan: Any, scratch: Any):
    """U = d · labels."""
    for n in range(len(plan.episodes.row)):
        visits = load(scratch.visits, n * LANES)
        for a in range(plan.actions):
            label = fetch(plan.signal.labels, 0, n, a, plan.actions)
            store(scratch.push, (n * plan.actions + a) * LANES, visits * label)


@jit
def push_by_label(plan: Any, state: Any, scratch: Any, tile: int):
    """What the labels of actions push, the visits being at hand."""
    credit = plan.signal.credit
    if credit != LABELS:
        normalise_visits(plan, scratch)
    if credit in (LABELS, NORMALISED):
        push_labels(plan, scratch)
    else:
        push_pairs(plan, state, scratch, tile, credit == OWN_PAIRS)


@jit
def push_sampled(plan: Any, state: Any, scratch: Any, tile: int, behaviour: Any, update: Any):
    """What an update's episodes push, walked and their visits counted."""
    network = load(state.network, tile * LANES)
    credit = plan.signal.credit
    if credit == QUERY:
        query(plan, scratch, network, update)
    if credit in (ACTION, QUERY):
        push_actions(plan, state, scratch, tile, behaviour)
    elif credit == TARGET:
        push_targets(plan, scratch)
    elif credit == OWN_PAIRS:
        push_own_pairs(plan, state, scratch, tile, network, update)
    elif credit == EPISODES:
        push_episode_pairs(plan, state, scratch, tile, network, update)
    else:
        push_by_label(plan, state, scratch, tile)


@jit
def fill_push(plan: Any, state: Any, scratch: Any, tile: int, behaviour: Any, update: Any):
    """Fill U for the update numbered by lane in `update`; states are visited by the policy `behaviour`.

    The visits d are left in `visits` where episodes are, and the loss in `objective` where a rule has one
    that the policy alone does not give.
    """
    network = load(state.network, tile * LANES)
    credit = plan.signal.credit
    clear(scratch.push, 0, plan.rows.trained * plan.actions)
    store(scratch.objective, 0, splat(f(0.0)))
    if plan.source == FIXED:
        push_fixed(plan, scratch)
    elif plan.source == DRAWN:
        push_drawn(plan, scratch, network, update)
    elif plan.source == SAMPLED:
        rollout(plan, scratch, behaviour, network, update)
        if plan.rule.visits:
            visits_sampled(plan, scratch)
        push_sampled(plan, state, scratch, tile, behaviour, update)
    else:
        occupancy_by_time(plan.episodes, behaviour, plan.actions, scratch.occupancy)
        if plan.rule.visits:
            visits_expected(plan, scratch)
        if credit == ACTION:
            push_values(plan, state, scratch, tile, behaviour)
        elif credit == TARGET:
            push_one_step_targets(plan, scratch, behaviour)
        else:
            push_by_label(plan, state, scratch, tile)
