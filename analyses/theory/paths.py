"""Every episode of the world `fork`, with its probability: the mean and variance of one sampled step.

A policy has one logit z(s) = φ(s)·θ, π(1|s) = σ(z), and its score is ∇ ln π(a|s) = (a − π(1|s)) φ(s).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from .predictions import Array
from .worlds import fork

Step = Callable[["Path", Array], tuple[Array, Array]]
"""Of a path and π(1|s): the step on θ, and its variance where a query is drawn besides."""


@dataclass(frozen=True)
class Path:
    """An episode: what was done, where, and where it ended (None at the horizon)."""

    probability: float
    states: tuple[int, ...] = ()
    actions: tuple[int, ...] = ()
    end: int | None = None

    def to_go(self, reward: Array, entry: Array) -> Array:
        """G_t = Σ_{k ≥ t} γ^{k−t} r_k, and γ times the entry reward of the end behind the last."""
        found, after = [], 0.0 if self.end is None else float(entry[self.end - 3])
        for s, a in zip(reversed(self.states), reversed(self.actions), strict=True):
            after = float(reward[s, a]) + fork.DISCOUNT * after
            found.append(after)
        return np.array(found[::-1])

    def own(self, reward: Array, entry: Array) -> Array:
        """What each step itself pays."""
        paid = reward[list(self.states), list(self.actions)].astype(float)
        if self.end is not None:
            paid[-1] += fork.DISCOUNT * entry[self.end - 3]
        return paid


def paths(one: Array) -> Iterator[Path]:
    """All episodes under π(1|s) = `one`, (3,)."""
    for s, p in enumerate(fork.START):
        yield from _onward(Path(float(p)), s, one)


def _onward(path: Path, s: int, one: Array) -> Iterator[Path]:
    if s > 2 or len(path.states) == fork.HORIZON:
        yield Path(path.probability, path.states, path.actions, s if s > 2 else None)
        return
    for a in (0, 1):
        for way in (0, 1):
            chance = fork.CHANCE[s, a] if way == 0 else 1 - fork.CHANCE[s, a]
            p = path.probability * float((one[s] if a else 1 - one[s]) * chance)
            further = Path(p, (*path.states, s), (*path.actions, a))
            yield from _onward(further, int(fork.AHEAD[s, a, way]), one)


def pi(theta: Array) -> Array:
    """π(1|s), (3,)."""
    return expit(fork.FEATURES @ theta)


def score_function(signal: Callable[[Path], Array]) -> Step:
    """Σ_t γᵗ signal_t ∇ ln π(a_t|s_t)."""

    def step(path: Path, one: Array) -> tuple[Array, Array]:
        s, a = list(path.states), np.array(path.actions)
        weight = fork.DISCOUNT ** np.arange(len(s)) * signal(path) * (a - one[s])
        return weight @ fork.FEATURES[s], np.zeros(3)

    return step


def decoupled(path: Path, one: Array) -> tuple[Array, Array]:
    """The query a′ of every visit scores approval(s, a′) + observed_approval(s, a) − approval(s, a)."""
    mean, variance = np.zeros(3), np.zeros(3)
    for t, (s, a) in enumerate(zip(path.states, path.actions, strict=True)):
        channel = fork.OBSERVED_APPROVAL[s, a] - fork.APPROVAL[s, a]
        each = (fork.APPROVAL[s] + channel) * (np.arange(2) - one[s]) * fork.DISCOUNT**t
        law = np.array([1 - one[s], one[s]])
        mean += law @ each * fork.FEATURES[s]
        variance += (law @ each**2 - (law @ each) ** 2) * fork.FEATURES[s] ** 2
    return mean, variance


def every_action(path: Path, one: Array) -> tuple[Array, Array]:
    """Σ_t γᵗ Σ_a approval(s_t, a) ∇ ln π(a|s_t), not weighted by π."""
    s = list(path.states)
    push = fork.APPROVAL[s, 1] * (1 - one[s]) - fork.APPROVAL[s, 0] * one[s]
    return (fork.DISCOUNT ** np.arange(len(s)) * push) @ fork.FEATURES[s], np.zeros(3)


def imitated(path: Path, one: Array) -> tuple[Array, Array]:
    """The mean over the episode's states of Σ_a demonstrator(a|s) ∇ ln π(a|s)."""
    s = list(path.states)
    return (fork.DEMONSTRATOR[s] - one[s]) @ fork.FEATURES[s] / len(s), np.zeros(3)


def moments(step: Step, one: Array) -> tuple[Array, Array]:
    """Mean and variance of the step of one episode, (3,) each."""
    first, second = np.zeros(3), np.zeros(3)
    for path in paths(one):
        mean, variance = step(path, one)
        first += path.probability * mean
        second += path.probability * (mean**2 + variance)
    return first, second - first**2


def visits(one: Array) -> Array:
    """E Σ_t 1[s_t = s], (3,)."""
    found = np.zeros(3)
    for path in paths(one):
        np.add.at(found, list(path.states), path.probability)
    return found
