"""A world's episodes in local numbers: only the states that can be acted in, counted from 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .behaviour import Array
from .world import World


@dataclass(frozen=True, eq=False)
class Dynamics:
    """Episodes from a start distribution.

    States that go on and can be acted in within the horizon come first, N of them; those in which episodes
    end follow. The likeliest successor of a (state, action) stands last, as sampling wants it.

    Args:
        world: whose tables these are.
        states: the world's number of each local state, the N that go on first.
        live: N.
        start: (len(states),).
        successor, probability: (N, A, K), in local numbers; what is never reached in time ends too.
        horizon: steps.
    """

    world: World
    states: NDArray[np.int64]
    live: int
    start: Array
    successor: NDArray[np.int32]
    probability: Array
    horizon: int

    @property
    def acting(self) -> NDArray[np.int64]:
        """The world's numbers of the N states that can be acted in."""
        return self.states[: self.live]

    def entered(self, column: Array | None) -> Array:
        """(N, A, K): what a column of terminal states gives on each transition, 0 where none is entered."""
        return self.worth(column)[self.successor]

    def worth(self, column: Array | None) -> Array:
        """(states + 1,): what a column of terminal states gives in each local state, and beyond them."""
        worth = np.zeros(len(self.states) + 1)
        if column is not None:
            worth[:-1] = np.where(self.world.terminal[self.states], column[self.states], 0.0)
        return worth

    def started(self, column: Array | None) -> float:
        """What a column of terminal states gives for starting there, in expectation."""
        return float((self.start * self.worth(column)[:-1]).sum())


def dynamics(world: World, start: Array, horizon: int) -> Dynamics:
    """The episodes of a world from a start distribution over its states (S,)."""
    S = world.states
    possible = world.probability > 0
    reached = start > 0
    frontier = np.flatnonzero(reached & ~world.terminal)
    for _ in range(1, horizon):
        after = np.unique(world.successor[frontier][possible[frontier]])
        frontier = after[~reached[after] & ~world.terminal[after]]
        reached[after] = True
        if len(frontier) == 0:
            break
    live = np.flatnonzero(reached & ~world.terminal)
    entered = start > 0
    entered[world.successor[live][possible[live]]] = True
    ended = np.flatnonzero(entered & world.terminal)
    states = np.concatenate([live, ended])
    local = np.full(S, len(states))
    local[states] = np.arange(len(states))
    likelihood = np.argsort(world.probability[live], axis=2, kind="stable")
    return Dynamics(
        world,
        states,
        len(live),
        start[states],
        np.take_along_axis(local[world.successor[live]], likelihood, axis=2).astype(np.int32),
        np.take_along_axis(world.probability[live], likelihood, axis=2),
        horizon,
    )


def occupancy(episodes: Dynamics, policy: Array) -> Array:
    """(S,): the expected visits of each state that is acted in, under a policy (S, A), in float64."""
    visits = np.zeros(episodes.world.states)
    d = episodes.start[: episodes.live]
    for _ in range(episodes.horizon):
        visits[episodes.acting] += d
        flow = d[:, None, None] * policy[episodes.acting][:, :, None] * episodes.probability
        d = np.bincount(episodes.successor.ravel(), flow.ravel(), len(episodes.states) + 1)[: episodes.live]
    return visits


def one_step(world: World, weights: Array) -> Dynamics:
    """Episodes of one step from states in proportion to weights (S,)."""
    return dynamics(world, weights / weights.sum(), 1)
