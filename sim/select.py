"""Selecting a block of networks: weights are drawn until some fulfil a criterion, with looks in between."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..kernels.lanes.guess import guess
from ..kernels.lanes.memory import empty_lanes
from ..kernels.lanes.scratch import scratch_for
from ..kernels.lanes.splitting import split
from ..kernels.lanes.vector import LANES
from ..kernels.tables import Guesses, Hyperparameter, State, Swarm
from .experiment import Condition
from .initial import Ids, fresh_state
from .lower import Plan
from .pace import Control, Pace, Stopped
from .selection import moves_of, swarm_of


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


def select(plan: Plan, condition: Condition, ids: Ids, control: Control) -> tuple[State, Guesses]:
    """The networks of a block with the first weights that fulfil the criterion, and how that went.

    The lanes that fill the last tile keep initial weights; a network that found none has none.

    Raises:
        Stopped: when `control.stop` was set.
    """
    options = condition.training.select
    assert options is not None
    networks, parameters = len(ids), len(plan.centre)
    state, trial = fresh_state(plan, condition, ids), fresh_state(plan, condition, range(1))
    scratch = scratch_for(plan.training, plan.measurement)
    guesses = no_guesses(networks)
    start = starts_of(plan, condition, state.network[:networks])
    given = (plan.training, plan.criterion, state, trial, scratch, guesses, start)
    pace = Pace(1000.0)
    if condition.training.method == "guess_and_check":
        while open_ := (~guesses.found & (guesses.tried < options.attempts)).sum():
            if control.stop.is_set():
                raise Stopped
            each = max(LANES, int(pace.units / open_) // LANES * LANES)
            pace.of(partial(guess, *given, 0, networks, each, options.attempts), each * int(open_))
    else:
        swarm = swarm_for(parameters, swarm_of(options))
        pace.units = 1.0
        first = 0
        while first < networks:
            if control.stop.is_set():
                raise Stopped
            last = min(networks, first + max(1, int(pace.units)))
            pace.of(
                partial(split, *given, swarm, first, last, moves_of(options), options.attempts), last - first
            )
            first = last
    lost = np.flatnonzero(~guesses.found)
    state.weights.reshape(-1, parameters, LANES)[lost // LANES, :, lost % LANES] = np.nan
    return state, guesses
