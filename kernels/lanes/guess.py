"""Guess-and-check: fresh initial weights, sixteen attempts at a time, until some fulfil a criterion.

Reference: Chiang et al. 2023, "Loss landscapes are all you need".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Form
from ..threefry import Purpose
from .decision import logit, softmax
from .elementary import exp, log, normal_of
from .gradient import evaluate_logits
from .jit import inlined, jit, kernel
from .measure import evaluate
from .memory import load, store
from .threefry import network_key, threefry
from .vector import LANES, any_lane, fma, greatest, lane_numbers, least, select, splat

f = np.float32
u = np.uint32
GUESS = int(Purpose.GUESS)
LINEAR = int(Form.LINEAR)


@jit
def draw_normals(key: Any, attempt: Any, x: Any, base: int, parameters: int):
    """A standard normal for every parameter of each lane's attempt, two from a pair of words."""
    for p in range(0, parameters, 2):
        one, other = threefry(key[0], key[1], attempt, splat(u(p // 2)))
        at = base + p * LANES
        store(x, at, normal_of(one))
        if p + 1 < parameters:
            store(x, at + LANES, normal_of(other))


@jit
def place(start: Any, x: Any, base: int, weights: Any):
    """θ = centre + scale · x, for one tile; start (2, P): centre and scale, the network's own."""
    for p in range(start.shape[1]):
        at = p * LANES
        store(weights, at, fma(splat(start[1, p]), load(x, base + at), splat(start[0, p])))


@jit
def normalised_margin(plan: Any, criterion: Any, trial: Any, scratch: Any, z_at: int) -> Any:
    """The least of (z[label] − the largest other z) / ‖θ‖ᴸ over the rows with a label."""
    actions, pinned = plan.actions, plan.network.pinned
    smallest = splat(f(np.inf))
    for r in range(len(criterion.label)):
        label = criterion.label[r]
        if label >= 0:
            top = splat(f(-np.inf))
            for a in range(actions):
                if a != label:
                    top = greatest(logit(scratch.values, z_at, r, a, actions, pinned), top)
            smallest = least(logit(scratch.values, z_at, r, label, actions, pinned) - top, smallest)
    squares = splat(f(0.0))
    for k in range(0, len(trial.weights), LANES):
        w = load(trial.weights, k)
        squares = fma(w, w, squares)
    return smallest / exp(splat(f(0.5) * f(criterion.layers)) * log(squares))


@inlined
def beyond(value: Any, bounds: Any, row: int) -> Any:
    """How far a value lies outside its bounds; not positive within, and infinite for what is not a number."""
    outside = greatest(value - splat(bounds[row, 1]), splat(bounds[row, 0]) - value)
    return select(outside < splat(f(np.inf)), outside, splat(f(np.inf)))


@jit
def assess(plan: Any, criterion: Any, trial: Any, scratch: Any) -> Any:
    """The loss of sixteen attempts, and how far they are from the criterion: 0 or less within it."""
    table, pinned = criterion.evaluations, plan.network.pinned
    z_at = evaluate_logits(plan, criterion.rows, trial, scratch, 0)
    if table.form[0] == LINEAR or table.horizon[table.setting[0]] > 1:  # the others need the logits alone
        count = len(criterion.rows.features)
        softmax(scratch.values, z_at, scratch.probability, 0, count, plan.actions, pinned)
    evaluate(criterion.evaluations, plan, z_at, trial, scratch, 0)
    loss = splat(f(0.0)) - load(scratch.outcome, 0)
    distance = beyond(loss, criterion.bounds, 0)
    if criterion.layers > 0:
        margin = normalised_margin(plan, criterion, trial, scratch, z_at)
        distance = greatest(beyond(margin, criterion.bounds, 1), distance)
    return loss, distance


@jit
def adopt(state: Any, network: int, weights: Any, lane: int):
    """Give a network the weights of one lane."""
    parameters = len(weights) // LANES
    base = (network // LANES) * parameters * LANES + network % LANES
    for p in range(parameters):
        state.weights[base + p * LANES] = weights[p * LANES + lane]


@jit
def assume(state: Any, network: int, trial: Any):
    """Give every lane of `trial` a network's hyperparameters."""
    rows = len(trial.hyper) // LANES
    base = (network // LANES) * rows * LANES + network % LANES
    for k in range(rows):
        store(trial.hyper, k * LANES, splat(state.hyper[base + k * LANES]))


@jit
def note_nearest(guesses: Any, network: int, loss: Any, criterion: Any, among: Any, words: Any):
    """Remember the loss that came nearest to its bounds, of the lanes in `among`."""
    low, high = criterion.bounds[0, 0], criterion.bounds[0, 1]
    best = guesses.nearest[network]
    limit = f(np.inf) if np.isnan(best) else max(best - high, low - best, f(0.0))
    away = greatest(beyond(loss, criterion.bounds, 0), splat(f(0.0)))
    if any_lane(among & (away < splat(limit))):
        store(words, 0, select(among, loss, splat(f(np.nan))))
        for lane in range(LANES):
            value = words[lane]
            distance = max(value - high, low - value, f(0.0))
            if distance < limit:
                limit, best = distance, value
        guesses.nearest[network] = best


@kernel
def guess(
    plan: Any,
    criterion: Any,
    state: Any,
    trial: Any,
    scratch: Any,
    guesses: Any,
    start: Any,
    first: int,
    last: int,
    attempts: int,
    limit: int,
):
    """Try up to `attempts` more weights, and `limit` in all, for each of the networks first … last − 1.

    start (n, 2, P): centre and scale of each network's parameters. A network keeps its first attempt that
    fulfils the criterion; attempts are numbered from 0 and counted from 1.
    """
    for network in range(first, last):
        if guesses.found[network]:
            continue
        assume(state, network, trial)
        key = network_key(plan.seeds[GUESS], splat(state.network[network]), GUESS)
        begun = int(guesses.tried[network])
        end = min(begun + attempts, limit)
        for number in range(begun, end, LANES):
            attempt = splat(u(number)) + lane_numbers()
            draw_normals(key, attempt, trial.weights, 0, start.shape[2])
            place(start[network], trial.weights, 0, trial.weights)
            loss, distance = assess(plan, criterion, trial, scratch)
            counted = lane_numbers() < splat(u(end - number))
            note_nearest(guesses, network, loss, criterion, counted, scratch.numbers)
            guesses.tried[network] = min(number + LANES, end)
            hit = (distance <= splat(f(0.0))) & counted
            if any_lane(hit):
                store(scratch.outcome, 0, select(hit, splat(f(1.0)), splat(f(0.0))))
                lane = 0
                while scratch.outcome[lane] == f(0.0):
                    lane += 1
                store(scratch.outcome, 0, loss)
                adopt(state, network, trial.weights, lane)
                guesses.tried[network] = number + lane + 1
                guesses.nearest[network] = scratch.outcome[lane]
                guesses.found[network] = True
                break
