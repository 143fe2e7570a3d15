"""Selecting a block of networks: weights are drawn until some fulfil a criterion, with looks in between."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ..kernels.choices import Hyperparameter
from ..kernels.lanes.guess import guess
from ..kernels.lanes.memory import empty_lanes
from ..kernels.lanes.scratch import scratch_for
from ..kernels.lanes.splitting import split
from ..kernels.lanes.vector import LANES
from ..kernels.selection_tables import Guesses, Swarm
from ..kernels.state import State
from .experiment import Condition
from .initial import Ids, fresh_state
from .lower import Plan
from .pace import Control, Pace, Stopped
from .selection import Selection, moves_of, swarm_of


def no_guesses(networks: int) -> Guesses:
    """Nothing tried yet."""
    return Guesses(
        np.zeros(networks, np.uint64),
        np.zeros(networks, bool),
        np.full(networks, np.nan, np.float32),
        np.full(networks, np.nan),
    )


def starts_of(plan: Plan, condition: Condition, ids: np.ndarray) -> np.ndarray:
    """(n, 2, P) float32: centre and scale of every network's initial weights."""
    std = condition.hyperparameter(Hyperparameter.INIT_STD, ids).astype(np.float32)
    scale = std[:, None] * plan.scale.astype(np.float32)
    centre = np.broadcast_to(plan.centre.astype(np.float32), scale.shape)
    return np.ascontiguousarray(np.stack([centre, scale], axis=1))


def swarm_for(parameters: int, particles: int) -> Swarm:
    """Room for the particles of one network."""
    return Swarm(
        x=empty_lanes(particles // LANES * parameters),
        proposal=empty_lanes(parameters),
        loss=np.empty(particles, np.float32),
        distance=np.empty(particles, np.float32),
        order=np.zeros(particles, np.int64),
    )


def workspace(plan: Plan, condition: Condition, ids: Ids) -> tuple[Any, ...]:
    """What both kernels take first: plan, criterion, networks, a tile to try in, scratch, guesses, start."""
    state, trial = fresh_state(plan, condition, ids), fresh_state(plan, condition, range(1))
    scratch = scratch_for(plan.training, plan.measurement)
    start = starts_of(plan, condition, state.network[: len(ids)])
    return plan.training, plan.criterion, state, trial, scratch, no_guesses(len(ids)), start


def compile_selection(plan: Plan, condition: Condition) -> None:
    """Compile the method's kernel, or load it."""
    given = workspace(plan, condition, range(1))
    if condition.training.method == "guess_and_check":
        guess(*given, 0, 0, LANES, LANES)
    else:
        split(*given, swarm_for(len(plan.centre), LANES), 0, 0, 1, LANES)


def select(plan: Plan, condition: Condition, ids: Ids, control: Control) -> tuple[State, Guesses]:
    """The networks of a block with the first weights that fulfil the criterion, and how that went.

    The lanes that fill the last tile keep initial weights; a network that found none has none.

    Raises:
        Stopped: when `control.stop` was set.
    """
    options = condition.training.select
    assert options is not None
    given = workspace(plan, condition, ids)
    guesses = given[-2]
    search = guessed if condition.training.method == "guess_and_check" else split_up
    for _ in search(given, options):
        if control.stop.is_set():
            raise Stopped
    state, lost = given[2], np.flatnonzero(~guesses.found)
    by_tile = state.weights.reshape(-1, len(plan.centre), LANES)
    by_tile[lost // LANES, :, lost % LANES] = np.nan
    return state, guesses


def guessed(given: tuple[Any, ...], options: Selection) -> Iterator[None]:
    """Guess for all networks at once, a while at a time."""
    guesses, pace = given[-2], Pace(1000.0)
    while searching := int((~guesses.found & (guesses.tried < options.attempts)).sum()):
        yield
        each = max(LANES, int(pace.units / searching) // LANES * LANES)
        work = partial(guess, *given, 0, len(guesses.found), each, options.attempts)
        pace.of(work, each * searching)


def split_up(given: tuple[Any, ...], options: Selection) -> Iterator[None]:
    """Take some networks at a time through all levels."""
    start, pace = given[-1], Pace(1.0)
    networks, _, parameters = start.shape
    swarm = swarm_for(parameters, swarm_of(options))
    first = 0
    while first < networks:
        yield
        last = min(networks, first + max(1, int(pace.units)))
        work = partial(split, *given, swarm, first, last, moves_of(options), options.attempts)
        pace.of(work, last - first)
        first = last
