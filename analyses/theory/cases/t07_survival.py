"""Reward for either arm: how long the better one stays undrawn, and why that is never for good.

One episode without baseline, the drawn arm pays r_b > 0: until the good arm is first drawn z ← z − h r_b p,
along a path without chance. So with p_t on it

    S(T) = P(good arm not drawn in T updates) = Π_{t < T} (1 − p_t) ≈ (1 + h r_b p₁ T)^{−1/(h r_b)}

a power of T, by dp/dt ≈ −h r_b p² where p is small. No network is lost for good, but the mean wait is
infinite if h r_b ≥ 1.

Reference: Mei, Zhong, Dai, Agarwal, Szepesvari and Schuurmans 2024, NeurIPS, "Small steps no more: global
convergence of stochastic gradient bandits for arbitrary learning rates".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run
from ..arms import above, begins, descent, experiment, share_error
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import sigmoid
from ..predictions import LEAST, Array, Counts, Share

SETTINGS = {
    "h r = 2": (2.0, 0.0, 1000),
    "h r = 10": (10.0, 0.0, 300),
    "h r = 0.5": (0.5, 0.0, 300),
    "h r = 0.2": (0.2, -2.0, 300),
}
"""Condition -> h r_b, first log-odds, updates."""

ENDS = (1, 3, 10, 30, 100, 300, 1000)
"""Waits are counted between these numbers of updates."""


def cases(effort: Effort) -> Iterator[Case]:
    """Four lengths of steps; the good arm pays so much that one draw of it is the end of the wait."""
    conditions: dict[str, Table] = {}
    predictions = []
    for name, (h, z0, updates) in SETTINGS.items():
        conditions[name] = {
            "loss": {"kind": "outcome", "episodes": 1, "baseline": "none"},
            "policy": begins(sigmoid(z0)),
            "optimiser": descent(h),
            "training.updates": updates,
        }
        alive = survival(h, z0, updates)
        ends = classes(alive, effort.population(10_000))
        chances = -np.diff(np.append(alive[ends], 0.0))
        what = f"first draws between updates {', '.join(map(str, ends))} and later, {name}"
        predictions.append(Counts(what, chances, _counts(name, ends)))
    alive = survival(*SETTINGS["h r = 2"])
    tables = experiment(
        "How long the better arm stays undrawn",
        conditions,
        world={"kind": "bandit", "reward": [50.0, 1.0]},
        population={"networks": effort.population(10_000)},
        training={"updates": 1, "record": {"at": [0]}, "watch": [above(0.9)]},
    )
    predictions.append(
        Share("of those that waited 100 updates, 1000; h r = 2", float(alive[1000] / alive[100]), _goes_on)
    )
    yield Case("T07.survival", "an undrawn arm waits by a power law", tables, tuple(predictions), _plot)


def survival(h: float, z0: float, updates: int) -> Array:
    """S(T) for T = 0, 1, …, with r_b = 1."""
    z, alive = z0, [1.0]
    for _ in range(updates):
        p = sigmoid(z)
        alive.append(alive[-1] * (1 - p))
        z -= h * p
    return np.array(alive)


def classes(alive: Array, networks: int) -> list[int]:
    """Those of the `ENDS` between which, and behind the last, fifty or more first draws are expected."""
    kept = [0]
    for end in ENDS:
        if end < len(alive) and networks * min(alive[kept[-1]] - alive[end], alive[end]) >= LEAST:
            kept.append(end)
    return kept


def _first(run: Run, name: str) -> Array:
    times = run.explored_at("best", name)
    return np.where(times < 0, np.inf, times)


def _counts(name: str, ends: list[int]):
    return lambda run: np.histogram(_first(run, name), [*(np.array(ends) + 0.5), np.inf])[0]


def _goes_on(run: Run) -> NDArray[np.bool_]:
    first = _first(run, "h r = 2")
    return first[first > 100] > 1000


def _plot(run: Run) -> Plot:
    curves = []
    for name, (h, z0, updates) in SETTINGS.items():
        alive, first = survival(h, z0, updates), _first(run, name)
        at = np.unique(np.geomspace(1, updates, 20).astype(int))
        found = np.array([(first > t).mean() for t in at])
        shown = found > 0
        error = share_error(found, run)
        T = np.arange(1.0, updates + 1)
        curves.append(Curve(name, T, alive[1:], at[shown], found[shown], error[shown]))
    return Plot("updates", "share that has not drawn the good arm", tuple(curves), "log", "log")
