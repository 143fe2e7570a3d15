"""The oracle of a recurrent policy: episodes from their addresses, and finite differences along them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import naive
import numpy as np
from naive import Address, Array

if TYPE_CHECKING:
    from popgrad.sim.world import World


class Parts(NamedTuple):
    """Parameters by their place: from the inputs, from what is remembered, and to the outputs."""

    inward: Array
    bias: Array
    onward: Array
    outward: Array
    last: Array


def parts(theta: Array, inputs: int, hidden: int, actions: int) -> Parts:
    """W (n, D), b (n), U (n, n), V (A, n), c (A), in this order and row by row."""
    shapes = [(hidden, inputs), (hidden,), (hidden, hidden), (actions, hidden), (actions,)]
    found, at = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        found.append(np.reshape(theta[at : at + size], shape))
        at += size
    assert at == len(theta)
    return Parts(*found)


def stepped(own: Parts, memory: Array, x: Array) -> tuple[Array, Array]:
    """The memory after a step and π there: h ← tanh(W x + U h + b), softmax(V h + c)."""
    memory = np.tanh(own.inward @ x + own.onward @ memory + own.bias)
    z = own.outward @ memory + own.last
    raised = np.exp(z - z.max())
    return memory, raised / raised.sum()


def episodes(world: World, theta: Array, hidden: int, at: Address, count: int) -> list[naive.Episode]:
    """The episodes of one update, the policy going along each with a memory that begins at 0."""
    own = parts(theta, world.features.shape[1], hidden, world.actions)
    found = []
    for number in range(count):
        first = number * 2**12
        state = naive.choose_start(world, naive.draw(at.seed, at.network, "start", at.update, first)[0])
        memory, states, actions = np.zeros(hidden), [], []
        while not naive.terminals(world)[state] and len(actions) < world.horizon:
            words = naive.draw(at.seed, at.network, "action", at.update, first + len(actions))
            memory, pi = stepped(own, memory, world.features[state])
            states.append(state)
            actions.append(naive.choose(pi, words[0]))
            branch = naive.choose_branch(naive.successors(world, state, actions[-1]), words[1])
            state = int(world.successor[state, actions[-1], branch])
        ended = state if naive.terminals(world)[state] else None
        found.append(naive.Episode(tuple(states), tuple(actions), ended))
    return found


def surrogate(
    world: World, theta: Array, hidden: int, drawn: list[naive.Episode], advantage: list[list[float]]
) -> float:
    """−Σ_visits γᵗ A ln π / E along given episodes."""
    own, total = parts(theta, world.features.shape[1], hidden, world.actions), 0.0
    for episode, row in zip(drawn, advantage, strict=True):
        memory = np.zeros(hidden)
        for t, (state, action) in enumerate(zip(episode.states, episode.actions, strict=True)):
            memory, pi = stepped(own, memory, world.features[state])
            total -= world.discount**t * row[t] * np.log(pi[action]) / len(drawn)
    return total
