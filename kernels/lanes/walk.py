"""Sampled episodes that evaluate the policy where they come by, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Acting
from ..threefry import STEP_BITS, Purpose
from .decision import chosen_action, drawn, softmax, thresholds_of_row
from .gradient import logits_of
from .jit import inlined, jit
from .memory import gather, load, store
from .rollout import DONE, clear_words, transition
from .threefry import network_key, threefry
from .vector import LANES, any_lane, negated, select, splat

f = np.float32
u = np.uint32
START, ACTION = int(Purpose.START), int(Purpose.ACTION)
LOGITS = int(Acting.LOGITS)


@jit
def any_alive(states: Any, at: int, episodes: int) -> bool:
    """Whether an episode goes on in any lane, their states being from element `at`."""
    alive = splat(DONE) < splat(DONE)
    for k in range(at, at + episodes * LANES, LANES):
        alive = alive | (load(states, k) < splat(DONE))
    return any_lane(alive)


@jit
def see(table: Any, places: Any, at: int, episodes: int, rows: Any, first: int, columns: int):
    """Gather what each lane's policy sees: into the rows from `first` on, the states from element `at` on.

    Lanes whose episode has ended see the first state.
    """
    for number in range(episodes):
        place = load(places, at + number * LANES)
        here = select(place < splat(DONE), place, splat(u(0)))
        row = first + number
        store(rows.observation, row * LANES, gather(table.observation, here))
        cell = here * splat(u(columns))
        for i in range(columns):
            store(rows.features, (row * columns + i) * LANES, gather(table.features, cell + splat(u(i))))


@inlined
def alive_in(states: Any, row: int, width: int, episodes: int) -> Any:
    """The lanes whose episode comes to a row; none where the row only fills a block."""
    number = row % width
    if number >= episodes:
        return splat(u(1)) < splat(u(0))
    return load(states, (row // width * episodes + number) * LANES) < splat(DONE)


@jit
def blank_layers(network: Any, evaluated: int, row: int, alive: Any, values: Any):
    """Let a row's outputs in all layers be 0 in lanes that do not come to it."""
    widths = network.widths
    none = splat(f(0.0))
    at = 0
    for layer in range(min(1, len(widths) - 1), len(widths)):
        begin = at + row * widths[layer] * LANES
        for k in range(begin, begin + widths[layer] * LANES, LANES):
            store(values, k, select(alive, load(values, k), none))
        at += evaluated * widths[layer] * LANES


@jit
def blank(plan: Any, visited: Any, row: int, alive: Any, scratch: Any, probability: Any):
    """Let nothing of a row depend on the weights in lanes that do not come to it.

    Whether it is evaluated depends on the other lanes; and nothing is pushed there, but 0 · ∞ is no number.
    """
    actions = plan.actions
    blank_layers(plan.network, len(visited.rows.observation), row, alive, scratch.values)
    even = splat(f(1.0) / f(actions))
    for k in range(row * actions * LANES, (row + 1) * actions * LANES, LANES):
        store(probability, k, select(alive, load(probability, k), even))
        if plan.rule.acting != LOGITS:
            store(scratch.outputs, k, select(alive, load(scratch.outputs, k), splat(f(0.0))))


@jit
def decide(
    plan: Any,
    visited: Any,
    first: int,
    rows: int,
    weights: Any,
    base: int,
    state: Any,
    scratch: Any,
    tile: int,
    probability: Any,
) -> int:
    """Logits and probabilities of `rows` visits, from `first` on; returns where all logits begin."""
    last = first + rows
    z_at = logits_of(plan, visited.rows, first, rows, weights, base, state, scratch, tile)
    softmax(scratch.values, z_at, probability, first, last, plan.actions, plan.network.pinned)
    episodes = plan.sampling.episodes
    width = visited.rows.trained // plan.episodes.horizon
    for row in range(first, last):
        alive = alive_in(scratch.states, row, width, episodes)
        if any_lane(negated(alive)):
            blank(plan, visited, row, alive, scratch, probability)
    return z_at


@inlined
def count_shown(visits: Any, pair: Any, alive: Any, counts: Any):
    """Count what a (state, action) shows, in the lanes that come to it."""
    shows = visits.shows
    behaviours = len(visits.plan.shown.pairs)
    none, one = splat(u(0)), splat(u(1))
    for word in range(shows.shape[0]):
        bits = select(alive, gather(shows, pair + splat(u(word * shows.shape[1]))), none)
        if any_lane(bits > none):
            for b in range(32 * word, min(32 * word + 32, behaviours)):
                seen = (bits >> splat(u(b - 32 * word))) & one
                store(counts, b * LANES, load(counts, b * LANES) + seen)


@jit
def begin(plan: Any, visits: Any, scratch: Any, network: Any, update: Any):
    """Draw every episode's first state; a start where episodes end is an arrival and nothing more."""
    key = network_key(plan.seeds[START], network, START)
    live = splat(u(len(plan.episodes.row)))
    for number in range(plan.sampling.episodes):
        word, _ = threefry(key[0], key[1], update, splat(u(number << STEP_BITS)))
        place = drawn(plan.sampling.start.outcomes, plan.sampling.start.thresholds, word)
        ended = place >= live
        count_shown(visits, place * splat(u(plan.actions)), ended, scratch.counts)
        worth = gather(plan.signal.started, place)
        store(scratch.started, number * LANES, select(ended, worth, splat(f(0.0))))
        store(scratch.places, number * LANES, select(ended, splat(DONE), place))


@jit
def take_seats(scratch: Any, step: int, episodes: int, first: int):
    """Number the visits of a step by their rows, from `first` on."""
    for number in range(episodes):
        at = (step * episodes + number) * LANES
        alive = load(scratch.places, at) < splat(DONE)
        store(scratch.states, at, select(alive, splat(u(first + number)), splat(DONE)))


@jit
def step_from(plan: Any, visits: Any, scratch: Any, key: Any, update: Any, step: int, first: int):
    """Take every episode one step further, from rows `first` on, as `rollout.step_all` does from states."""
    actions, episodes = plan.actions, plan.sampling.episodes
    successor, payoff = plan.episodes.successor, plan.signal.payoff
    live = splat(u(len(plan.episodes.row)))
    none = splat(u(0))
    for number in range(episodes):
        at = (step * episodes + number) * LANES
        place = load(scratch.places, at)
        alive = place < splat(DONE)
        here = select(alive, place, none)
        word, other = threefry(key[0], key[1], update, splat(u((number << STEP_BITS) + step)))
        seat = splat(u(first + number))
        action = chosen_action(scratch.thresholds, scratch.likeliest, seat, word, actions)
        pair = here * splat(u(actions)) + action
        count_shown(visits, pair, alive, scratch.counts)
        move = transition(plan.sampling.transition, pair, other, successor.shape[2])
        after = gather(successor, move)
        store(scratch.actions, at, action)
        store(scratch.returns, at, select(alive, gather(payoff, move), splat(f(0.0))))
        store(scratch.places, at + episodes * LANES, select(alive & (after < live), after, splat(DONE)))
        arrived = alive & (after >= live)
        if any_lane(arrived):
            count_shown(visits, select(arrived, after, none) * splat(u(actions)), arrived, scratch.counts)


@jit
def prepare_choices(plan: Any, visited: Any, scratch: Any, step: int, first: int, probability: Any) -> Any:
    """Thresholds of a step's visits, and their labels; returns how many actions got no word."""
    actions, episodes = plan.actions, plan.sampling.episodes
    labels = plan.signal.labels
    none = splat(u(0))
    rare = none
    for number in range(episodes):
        row = first + number
        place = load(scratch.places, (step * episodes + number) * LANES)
        alive = place < splat(DONE)
        at = row * actions * LANES
        few = thresholds_of_row(at, probability, row, scratch.thresholds, scratch.likeliest, actions)
        rare = rare + select(alive, few, none)
        if len(visited.signal.labels) > 0:
            pair = select(alive, place, none) * splat(u(actions))
            for a in range(actions):
                store(visited.signal.labels, at + a * LANES, gather(labels, pair + splat(u(a))))
    return rare


@jit
def add_up_returns(plan: Any, scratch: Any, steps: int):
    """Returns-to-go from payoffs, of episodes that all ended after some steps."""
    horizon, episodes = plan.episodes.horizon, plan.sampling.episodes
    for at in range(steps * episodes * LANES, horizon * episodes * LANES, LANES):
        store(scratch.states, at, splat(DONE))
        store(scratch.returns, at, splat(f(0.0)))
    to_go = splat(plan.signal.to_go)
    for at in range((horizon - 1) * episodes * LANES - LANES, -1, -LANES):
        ahead = load(scratch.returns, at + episodes * LANES)
        store(scratch.returns, at, load(scratch.returns, at) + to_go * ahead)


@jit
def walk(
    plan: Any,
    visits: Any,
    weights: Any,
    base: int,
    state: Any,
    scratch: Any,
    tile: int,
    update: Any,
    probability: Any,
) -> int:
    """The episodes of one update by the policy of some weights; returns how many rows they came to.

    As `rollout` leaves them, but for a visit's row in the place of its state; probabilities are left in
    `probability`, and what shows a behaviour is counted. It ends when the last lane's last episode has.
    """
    visited = visits.plan
    horizon, episodes = plan.episodes.horizon, plan.sampling.episodes
    width = visited.rows.trained // horizon
    network = load(state.network, tile * LANES)
    clear_words(scratch.counts)
    begin(plan, visits, scratch, network, update)
    key = network_key(plan.seeds[ACTION], network, ACTION)
    rare = splat(u(0))
    steps = 0
    while steps < horizon and any_alive(scratch.places, steps * episodes * LANES, episodes):
        first = steps * width
        take_seats(scratch, steps, episodes, first)
        at = steps * episodes * LANES
        see(plan.table, scratch.places, at, episodes, visited.rows, first, visits.columns)
        decide(plan, visited, first, width, weights, base, state, scratch, tile, probability)
        rare = rare + prepare_choices(plan, visited, scratch, steps, first, probability)
        step_from(plan, visits, scratch, key, update, steps, first)
        steps += 1
    store(scratch.rare, 0, rare)
    add_up_returns(plan, scratch, steps)
    return steps * width
