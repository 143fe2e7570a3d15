"""The time loop: updates of whole tiles, with the watches checked before the first and after every one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..choices import Hyperparameter, Source
from ..tables import NEVER
from ..threefry import Purpose
from .elementary import normal_of
from .gradient import evaluate_policy, policy_gradient
from .jit import jit, kernel
from .ledger import book_step, open_books, remember_gradient, remember_start
from .measure import evaluate
from .memory import load, store
from .optimisers import take_step
from .state import base_of, hyper
from .threefry import network_key, threefry
from .vector import LANES, any_lane, fma, negated, select, splat

f = np.float32
u = np.uint32
SAMPLED = int(Source.SAMPLED)
WEIGHTS = int(Purpose.WEIGHTS)
INIT_STD = int(Hyperparameter.INIT_STD)


@kernel
def initialise(state: Any, seeds: Any, centre: Any, rest: Any, scale: Any, policy: int):
    """Initial weights: parameter p of a network is centre[p] − rest[p] + std · scale[p] · normal.

    std, a hyperparameter, is that of the first `policy` parameters; of the others it is 1.
    """
    parameters = len(centre)
    for tile in range(len(state.network) // LANES):
        std = hyper(state, tile, INIT_STD)
        key = network_key(seeds[WEIGHTS], load(state.network, tile * LANES), WEIGHTS)
        for p in range(parameters):
            word, _ = threefry(key[0], key[1], splat(u(0)), splat(u(p)))
            at = (tile * parameters + p) * LANES
            size = std * splat(scale[p]) if p < policy else splat(scale[p])
            store(state.weights, at, fma(size, normal_of(word), splat(centre[p])))
            store(state.residual, at, splat(rest[p]))


@jit
def note_first(record: Any, at: int, when: Any, event: Any) -> Any:
    """Write `when` where the event has happened and had not before; returns these lanes."""
    before = load(record, at)
    new = event & (before == splat(NEVER))
    store(record, at, select(new, when, before))
    return new


@jit
def check_watches(
    plan: Any, state: Any, scratch: Any, tile: int, z_at: int, learning: Any, update: int
) -> Any:
    """Note the watches that are crossed after `update` updates; returns the lanes that go on learning."""
    watches = plan.watches
    count = len(watches.level)
    evaluate(watches.evaluations, plan, z_at, state, scratch, tile)
    going = learning
    for k in range(count):
        at = (count + k if watches.evaluations.margin[k] else k) * LANES
        sign = splat(watches.sign[k])
        crossed = sign * load(scratch.outcome, at) < sign * splat(watches.level[k])
        new = note_first(state.crossed_at, (tile * count + k) * LANES, splat(u(update)), crossed & learning)
        if watches.freeze[k]:
            going = going & negated(new)
    return going


@jit
def note_shown(plan: Any, state: Any, scratch: Any, tile: int, learning: Any, update: int):
    """Count how often the update's episodes showed each behaviour, and note the first such update.

    Note the first update, too, in which some action was too unlikely ever to be sampled.
    """
    rare = load(scratch.rare, 0) > splat(u(0))
    note_first(state.rare_at, tile * LANES, splat(u(update + 1)), rare & learning)
    shown = plan.shown
    behaviours = len(shown.at) - 1
    none = splat(u(0))
    for b in range(behaviours):
        times = none
        for k in range(shown.at[b], shown.at[b + 1]):
            times = times + load(scratch.counts, shown.pairs[k] * LANES)
        times = select(learning, times, none)
        seen = times > none
        if any_lane(seen):
            at = (tile * behaviours + b) * LANES
            note_first(state.explored_at, at, splat(u(update + 1)), seen)
            store(scratch.words, 0, times)
            for lane in range(LANES):
                state.visits[at + lane] += scratch.words[lane]


def time_loop(booked: bool) -> Callable[..., None]:
    """The kernel that takes updates, with a ledger or without: one that is not wanted is not compiled either.

    It takes (plan, state, scratch, factors, first, last, start, stop).
    """

    def advance(
        plan: Any, state: Any, scratch: Any, factors: Any, first: int, last: int, start: int, stop: int
    ):
        """Take tiles first … last − 1 from `start` to `stop` updates done.

        factors (stop − start), what the schedule multiplies the learning rates by at each of these updates.

        The watches are checked at both ends too: noting a crossing twice changes nothing, so it does not
        matter how a run is cut into calls.
        """
        watched = len(plan.watches.level) > 0
        for tile in range(first, last):
            learning = load(state.stopped_at, tile * LANES) == splat(NEVER)
            base = base_of(state, tile)
            side = 0
            if booked and stop > start and any_lane(learning):
                open_books(plan, state, scratch, tile, base, side)
            for update in range(start, stop + 1):
                if not any_lane(learning) or (update == stop and not watched):
                    break
                z_at = evaluate_policy(plan, plan.rows, state, scratch, tile)
                if watched:
                    going = check_watches(plan, state, scratch, tile, z_at, learning, update)
                    note_first(state.stopped_at, tile * LANES, splat(u(update)), learning ^ going)
                    learning = going
                    if update == stop or not any_lane(learning):
                        break
                if booked:
                    remember_start(plan, state, scratch, base, z_at)
                policy_gradient(plan, state, scratch, tile, z_at, splat(u(update)), learning)
                if booked:
                    remember_gradient(plan, scratch)
                replayed = plan.rule.replayed and (update - plan.rule.first) % plan.rule.epochs > 0
                if plan.source == SAMPLED and not replayed:
                    note_shown(plan, state, scratch, tile, learning, update)
                lost = take_step(plan, state, scratch, tile, base, factors[update - start], learning)
                if any_lane(lost):
                    note_first(state.diverged_at, tile * LANES, splat(u(update + 1)), lost)
                    note_first(state.stopped_at, tile * LANES, splat(u(update + 1)), lost)
                    learning = learning ^ lost
                if booked:
                    side = 1 - side
                    book_step(plan, state, scratch, tile, base, z_at, factors[update - start], learning, side)

    return kernel(advance)


advance, advance_booked = time_loop(False), time_loop(True)
