"""Experiments on least squares: `worlds/regression.py`, whose rewards a network learns to predict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ...sim.runfile import Run
from .arms import STAYS, experiment, own_world
from .case import Curve, Plot, Table
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

UNTOUCHED = MappingProxyType({"loss": EXACT, "training.updates": 1, **STAYS})
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


def product_step(u: Array, d: Array, e: Array, keep: float = 1.0) -> tuple[Array, Array]:
    """u = ab and d = a² − b² after a step a ← keep·a − eb, b ← keep·b − ea of weights with a + b > 0."""
    return u * (keep**2 + e**2) - keep * e * np.sqrt(d**2 + 4 * u**2), d * (keep**2 - e**2)


def updates_of(times: Iterable[float], eta: float) -> list[int]:
    """Numbers of updates of a rate until some times of the flow."""
    return [round(t / eta) for t in times]


def at_zero(whole: Array, half: Array, quarter: Array) -> Array:
    """What is found at a step, half and a quarter of it, without what is linear or quadratic in the step."""
    return (whole - 6 * half + 8 * quarter) / 3


def variance_plot(run: Run, lines: Mapping[str, Array], at: Iterable[int]) -> Plot:
    """The variance of the first weight by updates: theory's, and that of conditions named as in `after`."""
    curves, at = [], np.array(list(at))
    for label, line in lines.items():
        found = weights_after(run, at, label)[:, :, 0].var(axis=1, ddof=1)
        error = found * np.sqrt(2 / len(run.networks))
        curves.append(Curve(label, np.arange(1, len(line) + 1), line, at, found, error))
    return Plot("updates", "variance of the weight", tuple(curves), "log", "log")
