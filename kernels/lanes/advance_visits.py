"""The time loop of updates whose rows are gathered, and what is measured between them.

The cost of an update is that of its rows, whatever the number of states.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Source
from ..tables import NEVER
from .advance import check_watches, note_first, note_shown
from .gradient import evaluate_policy
from .jit import jit, kernel
from .measure import due_update, evaluate, squared_norm
from .memory import load, store
from .minibatch import drawn_gradient, drawn_gradients
from .optimisers import take_step
from .state import base_of
from .vector import LANES, any_lane, splat
from .visits import sampled_gradient

u = np.uint32
SAMPLED = int(Source.SAMPLED)


@jit
def gradient_by_visit(
    observation: Any, plan: Any, visits: Any, state: Any, scratch: Any, tile: int, update: int, learning: Any
):
    """The gradient of an update, of rows that the population shares or that each lane has for itself."""
    if observation.ndim == 1:
        drawn_gradient(plan, visits, state, scratch, tile, u(update), False)
    else:
        sampled_gradient(plan, visits, state, scratch, tile, splat(u(update)), learning, False)


@jit
def norm_by_visit(
    observation: Any, plan: Any, visits: Any, state: Any, scratch: Any, tile: int, when: Any
) -> Any:
    """The squared norm of the gradient of each lane's update, and its loss where it has one of its own."""
    if observation.ndim == 1:
        return drawn_gradients(plan, visits, state, scratch, tile, when)
    # Every lane may keep: where an epoch begins here, these are the weights that its update keeps.
    sampled_gradient(plan, visits, state, scratch, tile, when, when <= splat(NEVER), True)
    return squared_norm(plan, scratch), load(scratch.objective, 0)


@kernel
def advance_visits(
    plan: Any,
    visits: Any,
    state: Any,
    scratch: Any,
    factors: Any,
    first: int,
    last: int,
    start: int,
    stop: int,
):
    """Take tiles first … last − 1 from `start` to `stop` updates done, as `advance` does."""
    watched = len(plan.watches.level) > 0
    for tile in range(first, last):
        learning = load(state.stopped_at, tile * LANES) == splat(NEVER)
        base = base_of(state, tile)
        for update in range(start, stop + 1):
            if not any_lane(learning) or (update == stop and not watched):
                break
            if watched:
                z_at = evaluate_policy(plan, plan.rows, state, scratch, tile)
                going = check_watches(plan, state, scratch, tile, z_at, learning, update)
                note_first(state.stopped_at, tile * LANES, splat(u(update)), learning ^ going)
                learning = going
                if update == stop or not any_lane(learning):
                    break
            seen_as = visits.plan.rows.observation
            gradient_by_visit(seen_as, plan, visits, state, scratch, tile, update, learning)
            replayed = plan.rule.replayed and (update - plan.rule.first) % plan.rule.epochs > 0
            if plan.source == SAMPLED and not replayed:
                note_shown(visits.plan, state, scratch, tile, learning, update)
            lost = take_step(plan, state, scratch, tile, base, factors[update - start], learning)
            if any_lane(lost):
                note_first(state.diverged_at, tile * LANES, splat(u(update + 1)), lost)
                note_first(state.stopped_at, tile * LANES, splat(u(update + 1)), lost)
                learning = learning ^ lost


@kernel
def measure_visits(
    training: Any,
    visits: Any,
    plan: Any,
    state: Any,
    scratch: Any,
    first: int,
    last: int,
    update: int,
    functionals: int,
    out: Any,
):
    """Measure tiles first … last − 1 after `update` updates, as `measure` does.

    Of the `functionals` that are recorded the first ones are evaluated, with their margins; surveys write the
    others.
    """
    exact = len(plan.evaluations.setting)
    for tile in range(first, last):
        z_at = evaluate_policy(training, plan.rows, state, scratch, tile)
        evaluate(plan.evaluations, training, z_at, state, scratch, tile)
        base = tile * (2 * functionals + 2) * LANES
        for k in range(0, exact * LANES, LANES):
            store(out, base + k, load(scratch.outcome, k))
            store(out, base + functionals * LANES + k, load(scratch.outcome, exact * LANES + k))
        when = due_update(training, state, tile, update)
        seen_as = visits.plan.rows.observation
        norm, objective = norm_by_visit(seen_as, training, visits, state, scratch, tile, when)
        store(out, base + 2 * functionals * LANES, norm)
        store(out, base + (2 * functionals + 1) * LANES, objective)
