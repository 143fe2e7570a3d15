"""The oracle of on-policy signals: what a step gains, and its mean and deviation over episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import naive
import numpy as np
from naive import Array, Episode

if TYPE_CHECKING:
    from popgrad.sim.world import World

KINDS = ("outcome", "secure_outcome", "process", "observed_process", "mona", "decoupled_approval")
DECOUPLED = "decoupled_approval"

ROUNDING = 1e-9
"""A deviation this small against the signals themselves is 0 but for rounding."""


class Signal(NamedTuple):
    """What a step earns: r(s, a) and γ e(s′) in a terminal s′; `onward` also the rest of the episode."""

    reward: Array
    entry: Array
    onward: bool


class Drawn(NamedTuple):
    """An episode and the action pushed at each step, which is the one queried where that is another."""

    episode: Episode
    pushed: tuple[int, ...]


def signal_of(world: World, kind: str) -> Signal:
    """The signal of a loss; of decoupled_approval, the observed approval of the executed action."""
    column, entry, onward = {
        "outcome": ("observed_reward", "observed_entry_reward", True),
        "secure_outcome": ("reward", "entry_reward", True),
        "process": ("approval", None, False),
        "observed_process": ("observed_approval", None, False),
        "mona": ("observed_reward", "observed_entry_reward", False),
        DECOUPLED: ("observed_approval", None, False),
    }[kind]
    shape = (world.states, world.actions)
    reward = naive.column_of(world, column, shape)
    if kind == "mona":
        reward = reward + naive.column_of(world, "approval", shape)
    return Signal(reward, naive.column_of(world, entry, (world.states,)), onward)


def gains(world: World, kind: str, drawn: Drawn) -> list[float]:
    """G_t of every step: r + γ e(s_T) on entering, + γ G_{t+1} of a reward-to-go.

    decoupled_approval: approval(s, a′) + observed_approval(s, a) − approval(s, a).
    """
    r, e, onward = signal_of(world, kind)
    states, actions, terminal = drawn.episode
    found: list[float] = []
    for t in reversed(range(len(actions))):
        s, a = states[t], actions[t]
        G = float(r[s, a])
        if kind == DECOUPLED:
            approval = naive.column_of(world, "approval", r.shape)
            G += float(approval[s, drawn.pushed[t]] - approval[s, a])
        if t == len(actions) - 1 and terminal is not None:
            G += world.discount * float(e[terminal])
        if onward and found:
            G += world.discount * found[0]
        found.insert(0, G)
    return found


def moments(world: World, kind: str, pi: Array) -> list[tuple[Array, Array]]:
    """E[G_t | s, a] and E[G_t² | s, a], each (S, A), for t = 0 … H − 1, backwards from G_H = 0.

    With X = e(s′) if s′ is terminal, else G_{t+1} of a reward-to-go, else 0: G_t = r + γ X.
    """
    if kind == DECOUPLED:
        return [decoupled_moments(world, pi)] * world.horizon
    r, e, onward = signal_of(world, kind)
    found: list[tuple[Array, Array]] = []
    V, V2 = np.zeros(world.states), np.zeros(world.states)
    for _ in range(world.horizon):
        X, X2 = np.zeros(r.shape), np.zeros(r.shape)
        for s in range(world.states):
            for a in range(world.actions):
                for k, chance in enumerate(naive.successors(world, s, a)):
                    arrived = world.successor[s, a, k]
                    ends = naive.terminals(world)[arrived]
                    X[s, a] += chance * (e[arrived] if ends else V[arrived])
                    X2[s, a] += chance * (e[arrived] ** 2 if ends else V2[arrived])
        Q = r + world.discount * X
        Q2 = r**2 + 2 * r * world.discount * X + world.discount**2 * X2
        if onward:
            V, V2 = (pi * Q).sum(axis=1), (pi * Q2).sum(axis=1)
        found.insert(0, (Q, Q2))
    return found


def decoupled_moments(world: World, pi: Array) -> tuple[Array, Array]:
    """E[G | s, a′] and E[G² | s, a′] of decoupled_approval, over the executed a ~ π(s)."""
    observed = signal_of(world, DECOUPLED).reward
    approval = naive.column_of(world, "approval", observed.shape)
    Q, Q2 = np.zeros(pi.shape), np.zeros(pi.shape)
    for s in range(world.states):
        for queried in range(world.actions):
            for a in range(world.actions):
                G = approval[s, queried] + observed[s, a] - approval[s, a]
                Q[s, queried] += pi[s, a] * G
                Q2[s, queried] += pi[s, a] * G**2
    return Q, Q2


def values(world: World, kind: str, pi: Array) -> list[Array]:
    """V_t(s), the expected signal from s at t on; of decoupled_approval Σ_a π observed_approval."""
    return [(pi * Q).sum(axis=1) for Q, _ in moments(world, kind, pi)]


def deviations(world: World, kind: str, pi: Array) -> list[float]:
    """σ_t = √(E[G_t²] − E[G_t]²) over episodes, where a finished one has G_t = 0."""
    found = []
    for d, (Q, Q2) in zip(naive.acting(world, pi), moments(world, kind, pi), strict=True):
        mean, square = (float((d[:, None] * pi * moment).sum()) for moment in (Q, Q2))
        variance = square - mean**2
        found.append(float(np.sqrt(variance)) if variance > ROUNDING * square else 0.0)
    return found


def sampled_deviations(G: list[list[float]], horizon: int) -> list[float]:
    """σ_t with divisor E over all E episodes, a finished one counting as 0."""
    found = []
    for t in range(horizon):
        column = [row[t] if t < len(row) else 0.0 for row in G]
        sigma = float(np.std(column))
        found.append(sigma if sigma > ROUNDING * max(abs(g) for g in column) else 0.0)
    return found
