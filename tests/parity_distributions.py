"""Where networks end on either backend, from seeds of their own and from the same one.

As a script it takes the number of networks and of updates, and prints what docs/parity.md says.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from cases import experiment
from popgrad.sim.batches import simulate_batch
from popgrad.sim.blocks import simulate_block
from popgrad.sim.lower import lower
from popgrad.sim.pace import Control
from popgrad.sim.spec import read_experiment
from scipy.stats import ks_2samp

FAMILY = 0.01
"""How often all tests together may say that equals differ."""
ROUNDING = 1e-3
"""A rate that is further off has seen other episodes."""
AT_ONCE = 2048

WORLD = {"kind": "coin_line", "length": 3, "diversity": 0.2}
REGISTER = {"kind": "reward_register", "distance": 1, "horizon": 4}
MLP = {"kind": "mlp", "hidden": [8], "head": "logit", "init": {"kind": "normal"}}
LINEAR = {"kind": "linear", "init": {"kind": "normal"}}
CONDITIONS: dict[str, dict[str, Any]] = {
    "outcome, leave one out": {
        "loss": {"kind": "outcome", "episodes": 8, "baseline": "leave_one_out"},
        "world": WORLD,
        "policy": MLP,
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
    },
    "decoupled approval": {
        "loss": {"kind": "decoupled_approval", "episodes": 4},
        "world": REGISTER,
        "policy": LINEAR,
        "optimiser": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.5},
    },
    "own preferences": {
        "loss": {"kind": "preference", "pairs": "own", "states": "own", "episodes": 4, "label_noise": 0.1},
        "world": REGISTER,
        "policy": LINEAR,
        "optimiser": {"kind": "adam", "learning_rate": 0.02},
    },
}


class Scale(NamedTuple):
    """How many networks and updates."""

    networks: int
    updates: int


def final_rates(name: str, scale: Scale, backend: str, seed: int, rate: float = 1.0) -> np.ndarray:
    """(networks, behaviours) at the end of training, the learning rate multiplied by `rate`."""
    sections = dict(CONDITIONS[name])
    loss = sections.pop("loss")
    sections["optimiser"] = {
        **sections["optimiser"],
        "learning_rate": sections["optimiser"]["learning_rate"] * rate,
    }
    training = {"updates": scale.updates, "record": {"at": [0]}}
    tables = experiment(loss, training=training, seed=seed, **sections)
    (condition,) = read_experiment(tables, {"compute.backend": backend}).conditions
    plan, found = lower(condition), []
    for first in range(0, scale.networks, AT_ONCE):
        ids = range(first, min(first + AT_ONCE, scale.networks))
        if backend == "jax":
            arrays = simulate_batch(plan, condition, ids, len(ids), Control())
        else:
            arrays = simulate_block(plan, condition, ids, Control())
        found.append(arrays["rate"][:, -1])
    return np.concatenate(found)


def chances(one: np.ndarray, other: np.ndarray) -> list[float]:
    """Of every behaviour that differs between networks, how likely samples of one law are as far apart.

    Kolmogorov and Smirnov's test of two samples; where values coincide it says less often that they differ.
    """
    spread = np.ptp(one, axis=0) > 0
    return [float(ks_2samp(one[:, b], other[:, b]).pvalue) for b in np.flatnonzero(spread)]


def threshold(tests: int) -> float:
    """Šidák's level of each of so many tests."""
    return 1 - (1 - FAMILY) ** (1 / tests)


def far_apart(one: np.ndarray, other: np.ndarray) -> int:
    """Networks that differ by more than rounding."""
    return int((np.abs(one - other) > ROUNDING).any(axis=1).sum())


def main(scale: Scale) -> None:
    every = []
    for name in CONDITIONS:
        lanes = final_rates(name, scale, "numba", 0)
        same, other = (final_rates(name, scale, "jax", seed) for seed in (0, 1))
        found = chances(lanes, other)
        every += found
        faster = min(chances(lanes, final_rates(name, scale, "numba", 1, 1.05)))
        print(
            f"{name}: smallest p of {len(found)} {min(found):.3g}; at a rate 5 % higher {faster:.2g};"
            f" same seed: {far_apart(lanes, same)} of {scale.networks} networks further than {ROUNDING},"
            f" largest difference {np.abs(lanes - same).max():.2g}",
            flush=True,
        )
    print(f"smallest p of {len(every)}: {min(every):.3g}, rejected below {threshold(len(every)):.3g}")


if __name__ == "__main__":
    main(Scale(*map(int, sys.argv[1:3])))
