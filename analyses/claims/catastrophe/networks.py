"""What the experiments on networks have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..claim import Table
from .settings import Settings

OUTCOME: Table = {"kind": "outcome", "estimator": "exact"}
IMITATION: Table = {"kind": "imitation"}

DENSE = 150
"""Updates of which every one is recorded; from there on every 2 % of the time that has passed."""


def own_world(name: str, **options: Any) -> Table:
    """The `[world]` table of a file in worlds/."""
    return {"kind": str(Path(__file__).parent / "worlds" / f"{name}.py"), **options}


def lasting(updates: int) -> Table:
    """For how long a condition trains, and when it is recorded: at the same times as every other."""
    sparse = np.round(DENSE * np.exp(np.arange(0, np.log(max(updates / DENSE, 1)), 0.02)))
    at = np.unique(np.concatenate([np.arange(1, DENSE), sparse, [updates]]).astype(int))
    return {"training.updates": updates, "training.record": {"at": at[at <= updates].tolist()}}


def population(settings: Settings, title: str, world: str, conditions: dict[str, Table]) -> Table:
    """An experiment on networks of one hidden layer, from new weights where a condition has no others."""
    return {
        "title": title,
        "world": own_world(world),
        "policy": {"kind": "mlp", "hidden": [16], "activation": "tanh", "init": {"kind": "lecun"}},
        "optimiser": {"kind": "sgd", "learning_rate": settings.learning_rate},
        "population": {"networks": settings.networks},
        "training": {"updates": 1, "record": {"at": [0]}},
        "condition": [{"name": name, **condition} for name, condition in conditions.items()],
    }


def from_weights(run: str, condition: str) -> Table:
    """That a condition goes on from those of an earlier experiment."""
    return {"policy.init": {"kind": "run", "path": f"{run}.h5", "condition": condition}}
