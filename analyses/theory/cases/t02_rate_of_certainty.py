"""Expected reward on K arms: what is still lost after k updates falls like 1/(ηk), whatever the rewards.

With a unique best arm and gaps Δ_b the other arms' logits fall behind so that, from any beginning,

    k η δ_k → (K − 1)/K,    δ = Σ_b π_b Δ_b

for z_b = θ_best − θ_b obeys dz_b/dt ≈ δ + π_b Δ_b near certainty, which π_b = c_b/t with c_b Δ_b all alike
solves: 1 = Σ c Δ + c_b Δ_b = K c_b Δ_b. The limit is approached like ln(k)/k.

Reference: Mei, Xiao, Szepesvari and Schuurmans 2020, ICML (arXiv 2005.06392), for the rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import log

import numpy as np

from ....sim.runfile import Run
from ..arms import OUTCOME, experiment
from ..case import Case, Curve, Effort, Plot, Table
from ..logits import climb, softmax
from ..predictions import Array, Exact

ETA = 0.4
REWARDS = {
    2: (1.0, 0.5),
    3: (1.0, 0.8, 0.3),
    5: (1.0, 0.7, 0.5, 0.2, 0.0),
    10: (1.0, 0.7, 0.65, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0),
}
ITERATED = 10_000
"""Updates that are iterated beside the simulation."""

TIMES = (0, 1, 10, 100, 1000, ITERATED)
NEAR = 13.0
"""Here k η δ K/(K − 1) is within NEAR ln(k)/k of 1 from k = 10,000 on, as iterated in float64."""


def cases(effort: Effort) -> Iterator[Case]:
    """Four numbers of arms."""
    last = int(min(100_000, effort.longest))
    conditions: dict[str, Table] = {
        f"{K} arms": {"loss": OUTCOME, "world.reward": list(reward)} for K, reward in REWARDS.items()
    }
    recorded = np.unique(np.geomspace(1, last, 30).astype(int))
    tables = experiment(
        "What K arms still lose",
        conditions,
        world={"kind": "bandit", "reward": [1.0, 0.0]},
        policy={"kind": "tabular"},
        optimiser={"kind": "sgd", "learning_rate": ETA},
        training={"updates": last, "record": {"at": sorted({*TIMES, *recorded.tolist(), last})}},
    )
    limit = NEAR * log(last) / last
    predictions = []
    for K in REWARDS:
        predictions += [
            Exact(
                f"each other arm's probability over what iteration says, {K} arms",
                1.0,
                _beside_iteration(K),
                effort.tolerance(2e-6, 1e-12),
            ),
            Exact(f"k η δ, {K} arms, k = {last}", (K - 1) / K, _scaled(K), relative=limit),
        ]
    title = "expected reward on K arms loses (K − 1)/(Kηk) after k updates"
    yield Case("T02.constant", title, tables, tuple(predictions), _plot)


@cache
def iterated(K: int) -> Array:
    """π of all arms but the first at each of the `TIMES`, by the update rule in float64."""
    reward, theta, found = np.array(REWARDS[K]), np.zeros(K), []
    for k in range(ITERATED + 1):
        if k in TIMES:
            found.append(softmax(theta)[1:])
        theta = theta + ETA * climb(theta, reward)
    return np.array(found)


def _others(run: Run, K: int) -> Array:
    """(time, K − 1), the probabilities of all arms but the first, which float32 holds better than 1 − π."""
    return np.stack([run.rate(f"arm_{b}", f"{K} arms")[0] for b in range(1, K)], axis=1, dtype=np.float64)


def _lost(run: Run, K: int) -> Array:
    return _others(run, K) @ (1 - np.array(REWARDS[K][1:]))


def _beside_iteration(K: int):
    return lambda run: _others(run, K)[np.searchsorted(run.time, TIMES)] / iterated(K)


def _scaled(K: int):
    return lambda run: ETA * run.time[-1] * _lost(run, K)[-1]


def _plot(run: Run) -> Plot:
    """The line is the limit (K − 1)/K."""
    k = run.time[1:]
    curves = (
        Curve(f"{K} arms", k, np.full(k.shape, (K - 1) / K), k, ETA * k * _lost(run, K)[1:]) for K in REWARDS
    )
    return Plot("updates k", "k η times what is lost", tuple(curves), xscale="log")
