"""Multilevel splitting against itself in plain NumPy, every random number from its documented address."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import popgrad
import pytest
from popgrad.kernels.threefry import Purpose, draw, uniform
from scipy.stats import norm
from selection_cases import SPLIT, selected

BELOW, PARTICLES, MOVES, STD = 0.15, 16, 3, 1.2
AIM = 0.3


@dataclass
class Outcome:
    """Where a swarm ended: what is kept, the estimated share, and how many weights were tried."""

    weights: np.ndarray
    rate: float
    tried: int


def distance(x: np.ndarray) -> np.ndarray:
    """How far the loss ln Σ e^z − z₀ of three arms is above its band."""
    z = STD * x
    return np.logaddexp.reduce(z, axis=1) - z[:, 0] - BELOW


def normals(purpose: Purpose, network: int, update: int, first: np.ndarray) -> np.ndarray:
    """(particles, 3): two words an index; the second of the second is left over."""
    words = draw(0, network, purpose, update, first[:, None] + np.arange(2))
    return norm.ppf(uniform(np.stack(words, axis=2).reshape(len(first), 4)[:, :3]))


def pick(network: int, when: int, number: int, among: int) -> int:
    """One of `among` things."""
    word, _ = draw(0, network, Purpose.MOVE, when, 2**32 - 1 - number)
    return int(word) * among >> 32


def split(network: int) -> Outcome:
    """One network's swarm, level after level."""
    x = np.concatenate(
        [normals(Purpose.GUESS, network, attempt, np.zeros(1, int)) for attempt in range(PARTICLES)]
    )
    rate, size, when, level = 1.0, 0.5, 0, np.inf
    while level > 0:
        order = np.argsort(distance(x), kind="stable")
        away = distance(x)[order]
        level = max(away[PARTICLES // 2], 0.0)
        survivors = int((away <= 0).sum() if level == 0 else (away < level).sum())
        rate *= survivors / PARTICLES
        for number in range(survivors, PARTICLES):
            x[order[number]] = x[order[pick(network, when, number, survivors)]]
        accepted = 0
        for _ in range(MOVES):
            step = normals(Purpose.MOVE, network, when, 2 * np.arange(PARTICLES))
            proposal = np.sqrt(1 - size**2) * x + size * step
            better = distance(proposal) < level if level > 0 else distance(proposal) <= 0
            x[better] = proposal[better]
            accepted += better.sum()
            when += 1
        size = min(1.0, 1.2 * size) if accepted > AIM * PARTICLES * MOVES else 0.8 * size
    chosen = pick(network, when, 0, PARTICLES)
    return Outcome(STD * x[chosen], rate, PARTICLES * (1 + when))


def test_every_number_is_where_the_documentation_says():
    tables = selected(
        {"loss": {"below": BELOW}, "particles": PARTICLES, "moves": MOVES},
        SPLIT,
        networks=40,
        world={"kind": "bandit", "reward": [1.0, 0.0, 0.0]},
        policy={"kind": "tabular", "init": {"kind": "normal", "std": STD}},
    )
    with popgrad.run(tables) as run:
        weights, rate = run.weights("a"), run.hyperparameter("hit_rate", "a")
        tried = run.hyperparameter("attempts", "a")
    by_hand = [split(network) for network in range(40)]
    assert len({one.tried for one in by_hand}) > 2
    np.testing.assert_array_equal(tried, [one.tried for one in by_hand])
    assert rate == pytest.approx([one.rate for one in by_hand])
    np.testing.assert_allclose(weights, [one.weights for one in by_hand], rtol=1e-5, atol=1e-5)
