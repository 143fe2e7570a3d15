"""Functionals of a policy by episodes of their own, where there are too many states for exact occupancy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tables import NEVER
from ..threefry import STEP_BITS, Purpose
from .decision import chosen_action, drawn, softmax, thresholds_of_row
from .gradient import logits_of
from .jit import inlined, jit, kernel
from .memory import gather, load, store
from .network import scaled_weights
from .occupancy import clear
from .rollout import DONE, transition
from .state import base_of
from .threefry import network_key, threefry
from .vector import LANES, any_lane, fma, select, splat
from .walk import any_alive, see

f = np.float32
u = np.uint32
RECORDED = int(Purpose.RECORDED)


@jit
def begin(table: Any, key: Any, update: Any, places: Any):
    """Draw every episode's first state."""
    live = splat(u(len(table.episodes.row)))
    for number in range(table.sampling.episodes):
        word, _ = threefry(key[0], key[1], update, splat(u(NEVER) - u(number)))
        place = drawn(table.sampling.start.outcomes, table.sampling.start.thresholds, word)
        store(places, number * LANES, select(place < live, place, splat(DONE)))


@inlined
def add_worth(table: Any, pair: Any, alive: Any, at: int, actions: int, weight: f, scratch: Any):
    """Add what a visit is worth, from the probabilities at element `at`, to every functional."""
    pairs = len(table.episodes.row) * actions
    none = splat(f(0.0))
    for k in range(len(table.functional)):
        worth = none
        for a in range(actions):
            each = gather(table.weight, pair + splat(u(k * pairs + a)))
            worth = fma(each, load(scratch.probability, at + a * LANES), worth)
        total = fma(splat(weight), worth, load(scratch.outcome, k * LANES))
        store(scratch.outcome, k * LANES, select(alive, total, load(scratch.outcome, k * LANES)))


@jit
def step_on(plan: Any, table: Any, scratch: Any, key: Any, update: Any, step: int):
    """Add up what the episodes' present states are worth, and take each one step further."""
    actions, episodes = plan.actions, table.episodes
    live, none = splat(u(len(episodes.row))), splat(u(0))
    for number in range(table.sampling.episodes):
        place = load(scratch.places, number * LANES)
        alive = place < splat(DONE)
        if not any_lane(alive):
            continue
        at = number * actions * LANES
        first = select(alive, place, none) * splat(u(actions))
        add_worth(table, first, alive, at, actions, episodes.weight[step], scratch)
        thresholds, likeliest = scratch.thresholds, scratch.likeliest
        thresholds_of_row(at, scratch.probability, number, thresholds, likeliest, actions)
        word, other = threefry(key[0], key[1], update, splat(u((number << STEP_BITS) + step)))
        pair = first + chosen_action(thresholds, likeliest, splat(u(number)), word, actions)
        branches = episodes.successor.shape[2]
        after = gather(episodes.successor, transition(table.sampling.transition, pair, other, branches))
        store(scratch.places, number * LANES, select(alive & (after < live), after, splat(DONE)))


@kernel
def survey(
    plan: Any,
    table: Any,
    rows: Any,
    columns: int,
    state: Any,
    scratch: Any,
    first: int,
    last: int,
    update: int,
    functionals: int,
    out: Any,
):
    """Estimate a survey's functionals of tiles first … last − 1 after `update` updates.

    rows, what its episodes see at one step, `columns` features each; out as in `measure_visits`. Of a network
    that has stopped the draws are those of the update at which it did: its later records repeat.
    """
    network, pinned = plan.network, plan.network.pinned
    count = len(rows.observation)
    for tile in range(first, last):
        stopped = load(state.stopped_at, tile * LANES)
        when = select(stopped == splat(NEVER), splat(u(update)), stopped)
        weights, base = state.weights, base_of(state, tile)
        if len(network.scale) > 0:
            scaled_weights(network, weights, base, scratch.scaled)
            weights, base = scratch.scaled, 0
        key = network_key(plan.seeds[RECORDED], load(state.network, tile * LANES), RECORDED)
        clear(scratch.outcome, 0, len(table.functional))
        begin(table, key, when, scratch.places)
        for step in range(table.episodes.horizon):
            if not any_alive(scratch.places, 0, table.sampling.episodes):
                break
            see(table.table, scratch.places, 0, table.sampling.episodes, rows, 0, columns)
            z_at = logits_of(plan, rows, 0, count, weights, base, state, scratch, tile)
            softmax(scratch.values, z_at, scratch.probability, 0, count, plan.actions, pinned)
            step_on(plan, table, scratch, key, when, step)
        share = splat(f(1.0) / f(table.sampling.episodes))
        for k in range(len(table.functional)):
            mean = fma(load(scratch.outcome, k * LANES), share, splat(table.constant[k]))
            store(out, (tile * (2 * functionals + 2) + table.functional[k]) * LANES, mean)
