"""Experiments on least squares: `worlds/regression.py`, whose rewards a network learns to predict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ...sim.runfile import Run
from .arms import experiment, own_world
from .case import Table
from .predictions import Array

EXACT: Table = {"kind": "consequence", "estimator": "exact"}
"""L = ½ Σ_s d_s (z_s − y_s)², z the output."""

VALLEY: Table = {
    "features": [[1.0, 0.5], [-0.5, 1.5], [2.0, 0.0]],
    "target": [0.0, -3.5, 2.0],
    "start": [0.5, 0.25, 0.25],
}
"""Three questions that two weights answer without error."""

OPTIMUM = np.array([1.0, -2.0])
"""Those weights, w*."""

UNTOUCHED = MappingProxyType({"loss": EXACT, "training.updates": 1, "optimiser.learning_rate": 1e-20})
"""A condition that ends where the others begin."""


def hessian() -> Array:
    """H = Σ_s d_s x_s x_sᵀ of the valley."""
    x, d = np.array(VALLEY["features"]), np.array(VALLEY["start"])
    return (x.T * d) @ x


def sampled(episodes: int = 1) -> Table:
    """The same from questions that are drawn, so many an update."""
    return {"kind": "consequence", "episodes": episodes}


def least_squares(title: str, conditions: Mapping[str, Table], world: Table, **sections: Any) -> Table:
    """One linear map from w = 0 and plain descent, whatever `sections` do not say otherwise."""
    everywhere = {"policy": {"kind": "linear"}, **sections, "world": own_world("regression", **world)}
    exact = {name: {"loss": EXACT, **condition} for name, condition in conditions.items()}
    return experiment(title, exact, **everywhere)


def after(updates: Iterable[int], label: str = "", **changes: Any) -> dict[str, Table]:
    """A condition for each number of updates, since a run file keeps the last weights alone."""
    return {f"{label} {k}".strip(): {"training.updates": k, **changes} for k in updates}


def weights_after(run: Run, updates: Iterable[int], label: str = "") -> Array:
    """(updates, network, parameter) weights."""
    return np.array([run.weights(f"{label} {k}".strip()) for k in updates])
