"""Preferences: of two actions or two episodes the better one is pushed, the other pushed back.

With r = ln π − ln π_ref and m = r(winner) − r(loser) the loss of a pair is −ln σ(βm), so that both are pushed
by β σ(−βm).

Reference: Rafailov et al. 2023 (arXiv 2305.18290).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Hyperparameter
from ..threefry import STEP_BITS, Purpose
from .decision import chosen_action
from .elementary import exp, log1p
from .jit import inlined, jit
from .memory import fetch, gather, load, store
from .rollout import DONE, add_to, label_of
from .sampled import lane_of
from .state import hyper
from .threefry import network_key, threefry
from .vector import LANES, any_lane, float_of, fma, greatest, negated, select, splat

f = np.float32
u = np.uint32
BETA, LABEL_NOISE = int(Hyperparameter.BETA), int(Hyperparameter.LABEL_NOISE)
QUERY = int(Purpose.QUERY)


@inlined
def logistic(x: Any) -> Any:
    """σ(x), precise in its lower tail."""
    return splat(f(1.0)) / (splat(f(1.0)) + exp(splat(f(0.0)) - x))


@inlined
def softplus(x: Any) -> Any:
    """ln(1 + eˣ)."""
    zero = splat(f(0.0))
    size = select(x < zero, x, zero - x)
    return greatest(x, zero) + log1p(exp(size))


@jit
def push_pairs(plan: Any, state: Any, scratch: Any, tile: int, own: bool):
    """Every pair of actions of unequal labels in every visited state, or as often as the policy draws it."""
    actions = plan.actions
    beta, noise = hyper(state, tile, BETA), hyper(state, tile, LABEL_NOISE)
    truth = splat(f(1.0)) - noise
    even = splat(f(2.0) / f(actions * (actions - 1)))
    objective = splat(f(0.0))
    labels = plan.signal.labels
    for n in range(len(plan.episodes.row)):
        row = plan.episodes.row[n]
        for a in range(actions):
            for b in range(actions):
                label = fetch(labels, 0, n, a, actions)
                better = label > fetch(labels, 0, n, b, actions)
                if any_lane(better):
                    share = select(better, even, splat(f(0.0)))
                    if own:
                        p = load(scratch.probability, (row * actions + a) * LANES)
                        share = p * load(scratch.probability, (row * actions + b) * LANES) * splat(f(2.0))
                        share = select(better, share, splat(f(0.0)))
                    share = share * load(scratch.visits, n * LANES)
                    win, lose = (n * actions + a) * LANES, (n * actions + b) * LANES
                    margin = beta * (load(scratch.ratio, win) - load(scratch.ratio, lose))
                    back = splat(f(0.0)) - margin
                    push = share * beta * (truth * logistic(back) - noise * logistic(margin))
                    store(scratch.push, win, load(scratch.push, win) + push)
                    store(scratch.push, lose, load(scratch.push, lose) - push)
                    cost = fma(truth, softplus(back), noise * softplus(margin))
                    objective = fma(share, cost, objective)
    store(scratch.objective, 0, objective)


@inlined
def flipped(word: Any, noise: Any) -> Any:
    """Whether the word gives the wrong label, which happens with probability `noise`."""
    return (float_of(word) + splat(f(0.5))) * splat(f(2.0**-32)) < noise


@jit
def push_own_pairs(plan: Any, state: Any, scratch: Any, tile: int, network: Any, update: Any):
    """The action taken at each visit and a second one drawn there, the labels drawn too."""
    key = network_key(plan.seeds[QUERY], network, QUERY)
    actions, episodes = plan.actions, plan.sampling.episodes
    beta, noise = hyper(state, tile, BETA), hyper(state, tile, LABEL_NOISE)
    none = splat(f(0.0))
    objective = none
    visits = none
    for step in range(plan.episodes.horizon):
        for number in range(episodes):
            at = (step * episodes + number) * LANES
            place = load(scratch.states, at)
            alive = place < splat(DONE)
            if not any_lane(alive):
                continue
            place = select(alive, place, splat(u(0)))
            here = place * splat(u(actions))
            word, other = threefry(key[0], key[1], update, splat(u((number << STEP_BITS) + step)))
            asked = here + chosen_action(scratch.thresholds, scratch.likeliest, place, word, actions)
            taken = here + load(scratch.actions, at)
            score, rival = label_of(plan.signal.labels, taken), label_of(plan.signal.labels, asked)
            visits = visits + select(alive, splat(f(1.0)), none)
            counts = alive & negated(score == rival)
            better = (score > rival) ^ flipped(other, noise)
            win, lose = select(better, taken, asked), select(better, asked, taken)
            margin = beta * (gather(scratch.ratio, lane_of(win)) - gather(scratch.ratio, lane_of(lose)))
            push = select(counts, beta * logistic(none - margin), none)
            add_to(scratch.push, win, push)
            add_to(scratch.push, lose, none - push)
            objective = objective + select(counts, softplus(none - margin), none)
    share = select(visits > none, splat(f(1.0)) / visits, none)
    for k in range(0, plan.rows.trained * actions * LANES, LANES):
        store(scratch.push, k, load(scratch.push, k) * share)
    store(scratch.objective, 0, objective * share)


@jit
def ratio_along(plan: Any, scratch: Any, number: int) -> Any:
    """Σ_t r[s_t, a_t] of an episode."""
    total = splat(f(0.0))
    for step in range(plan.episodes.horizon):
        at = (step * plan.sampling.episodes + number) * LANES
        state = load(scratch.states, at)
        alive = state < splat(DONE)
        pair = select(alive, state, splat(u(0))) * splat(u(plan.actions)) + load(scratch.actions, at)
        pair = select(alive, pair, splat(u(0)))
        total = total + select(alive, gather(scratch.ratio, lane_of(pair)), splat(f(0.0)))
    return total


@inlined
def worth_of(scratch: Any, number: int) -> Any:
    """An episode's return, also where it ended as it started."""
    return load(scratch.returns, number * LANES) + load(scratch.started, number * LANES)


@jit
def push_along(plan: Any, scratch: Any, number: int, push: Any):
    """U[s_t, a_t] += push along an episode."""
    for step in range(plan.episodes.horizon):
        at = (step * plan.sampling.episodes + number) * LANES
        state = load(scratch.states, at)
        alive = state < splat(DONE)
        if not any_lane(alive):
            break
        pair = select(alive, state, splat(u(0))) * splat(u(plan.actions)) + load(scratch.actions, at)
        add_to(scratch.push, select(alive, pair, splat(u(0))), select(alive, push, splat(f(0.0))))


@jit
def push_episode_pairs(plan: Any, state: Any, scratch: Any, tile: int, network: Any, update: Any):
    """Episodes 2i and 2i + 1, the one of the higher return against the other."""
    key = network_key(plan.seeds[QUERY], network, QUERY)
    episodes = plan.sampling.episodes
    beta, noise = hyper(state, tile, BETA), hyper(state, tile, LABEL_NOISE)
    none = splat(f(0.0))
    share = splat(f(2.0) / f(episodes))
    objective = none
    for first in range(0, episodes, 2):
        one, two = worth_of(scratch, first), worth_of(scratch, first + 1)
        _, word = threefry(key[0], key[1], update, splat(u(first << STEP_BITS)))
        better = (one > two) ^ flipped(word, noise)
        margin = beta * (ratio_along(plan, scratch, first) - ratio_along(plan, scratch, first + 1))
        margin = select(better, margin, none - margin)
        counts = negated(one == two)
        push = select(counts, beta * logistic(none - margin) * share, none)
        push = select(better, push, none - push)
        push_along(plan, scratch, first, push)
        push_along(plan, scratch, first + 1, none - push)
        objective = objective + select(counts, softplus(none - margin), none)
    store(scratch.objective, 0, objective * share)
