"""Sampled episodes by table look-up: each lane walks its own path, and all of them in step."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..threefry import STEP_BITS, Purpose
from .decision import action_thresholds, chosen_action, drawn
from .jit import inlined, jit
from .threefry import network_key, threefry
from .vector import LANES, any_lane, count, gather, lane_numbers, load, scatter, select, splat, store

f = np.float32
u = np.uint32
START = int(Purpose.START)
ACTION = int(Purpose.ACTION)
DONE = u(0xFFFFFFFF)
"""What stands for the state of an episode that has ended."""


@jit
def clear_words(array: Any):
    """Set every vector to zero."""
    for k in range(0, len(array), LANES):
        store(array, k, splat(u(0)))


@inlined
def tally(counts: Any, pair: Any, amount: Any):
    """Add to each lane's count of its (state, action) pair."""
    at = pair * splat(u(LANES)) + lane_numbers()
    scatter(counts, at, gather(counts, at) + amount)


@inlined
def transition(plan: Any, state: Any, action: Any, word: Any) -> Any:
    """Each lane's number of the transition that its word gives: (state · A + action) · K + branch."""
    branches = plan.episodes.successor.shape[2]
    pair = state * splat(u(plan.actions)) + action
    branch = splat(u(0))
    thresholds = plan.sampling.transition
    for k in range(branches - 1):
        branch = branch + count(word >= gather(thresholds, pair * splat(u(branches - 1)) + splat(u(k))))
    return pair * splat(u(branches)) + branch


@jit
def episode(plan: Any, scratch: Any, start_key: Any, action_key: Any, update: Any, number: int):
    """Walk one episode: its states, actions and payoffs by step, and its visits in the counts.

    An arrival at an ending state counts as the pair (state, 0), a start there too.
    """
    actions = plan.actions
    horizon = plan.episodes.horizon
    ended = splat(u(len(plan.episodes.row)))
    successor, payoff = plan.episodes.successor, plan.signal.payoff
    none = splat(u(0))
    one = splat(u(1))
    first = u(number << STEP_BITS)
    word, _ = threefry(start_key[0], start_key[1], update, splat(first))
    state = drawn(plan.sampling.start.outcomes, plan.sampling.start.thresholds, word)
    alive = state < ended
    tally(scratch.counts, state * splat(u(actions)), count(state >= ended))
    at = number * horizon * LANES
    for step in range(horizon):
        if not any_lane(alive):
            store(scratch.states, at + step * LANES, splat(DONE))
            store(scratch.returns, at + step * LANES, splat(f(0.0)))
            continue
        here = select(alive, state, none)
        word, other = threefry(action_key[0], action_key[1], update, splat(first + u(step)))
        action = chosen_action(scratch.thresholds, scratch.likeliest, here, word, actions)
        pair = here * splat(u(actions)) + action
        tally(scratch.counts, pair, select(alive, one, none))
        move = transition(plan, here, action, other)
        after = gather(successor, move)
        store(scratch.states, at + step * LANES, select(alive, here, splat(DONE)))
        store(scratch.actions, at + step * LANES, action)
        store(scratch.returns, at + step * LANES, select(alive, gather(payoff, move), splat(f(0.0))))
        arrived = alive & (after >= ended)
        if any_lane(arrived):
            tally(
                scratch.counts, select(arrived, after, none) * splat(u(actions)), select(arrived, one, none)
            )
        state = after
        alive = alive & (after < ended)


@jit
def rollout(plan: Any, scratch: Any, network: Any, update: Any):
    """The episodes of one update: states, actions and returns-to-go (E, H), and visit counts, by lane."""
    horizon = plan.episodes.horizon
    action_thresholds(
        plan.episodes.row, scratch.probability, scratch.thresholds, scratch.likeliest, plan.actions
    )
    clear_words(scratch.counts)
    start_key = network_key(plan.seeds[START], network, START)
    action_key = network_key(plan.seeds[ACTION], network, ACTION)
    to_go = splat(plan.signal.to_go)
    for number in range(plan.sampling.episodes):
        episode(plan, scratch, start_key, action_key, update, number)
        after = splat(f(0.0))
        for step in range(horizon - 1, -1, -1):
            at = (number * horizon + step) * LANES
            after = load(scratch.returns, at) + to_go * after
            store(scratch.returns, at, after)
