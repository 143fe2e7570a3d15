"""The oracle of the optimisers: plain float64, one vector at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from naive import Array

DEFAULTS: dict[str, dict[str, Any]] = {
    "sgd": {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
    "rmsprop": {"beta2": 0.9, "eps": 1e-8},
    "sign": {},
}


def schedule_factor(schedule: dict[str, Any] | None, update: int, updates: int) -> float:
    """The factor of the learning rate at update t, from 0.

    t < warm_up: (t + 1)/warm_up. Then, with u = t − warm_up and s = min(1, u/over),
    linear: 1 + (to − 1) s; cosine: to + (1 − to)(1 + cos πs)/2; step: factor^⌊u/every⌋.
    """
    if schedule is None:
        return 1.0
    kind, warm_up = schedule["kind"], schedule.get("warm_up", 0)
    if update < warm_up:
        return (update + 1) / warm_up
    u = update - warm_up
    if kind == "constant":
        return 1.0
    if kind == "step":
        return float(schedule["factor"] ** (u // schedule["every"]))
    s, to = min(1.0, u / schedule.get("over", updates - warm_up)), schedule.get("to", 0.0)
    if kind == "linear":
        return 1 + (to - 1) * s
    if kind == "cosine":
        return float(to + (1 - to) * (1 + np.cos(np.pi * s)) / 2)
    raise ValueError(f"no schedule {kind!r}")


def clipped(gradient: Array, norm: float | None) -> Array:
    """g · min(1, c/‖g‖)."""
    length = float(np.sqrt((gradient**2).sum()))
    return gradient if norm is None or length <= norm else gradient * (norm / length)


@dataclass
class Optimiser:
    """θ ← θ − η f_t · direction, with state of its own: its first and second moments and its steps so far."""

    table: dict[str, Any]
    updates: int
    first: Any = 0.0
    second: Any = 0.0
    steps: int = 0

    def step(self, parameters: Array, gradient: Array, update: int) -> Array:
        """The parameters after update number `update`."""
        options = {**DEFAULTS[self.table["kind"]], **self.table}
        rate = options["learning_rate"] * schedule_factor(options.get("schedule"), update, self.updates)
        g = clipped(np.asarray(gradient, np.float64), options.get("clip_norm"))
        self.steps += 1
        return parameters - rate * getattr(self, options["kind"])(options, parameters, g)

    def sgd(self, options: dict[str, Any], parameters: Array, g: Array) -> Array:
        """g ← g + λ θ; v ← μ v + g; v, or g + μ v by Nesterov."""
        g = g + options["weight_decay"] * parameters
        self.first = options["momentum"] * self.first + g
        return g + options["momentum"] * self.first if options["nesterov"] else self.first

    def adam(self, options: dict[str, Any], parameters: Array, g: Array) -> Array:
        """m̂/(√v̂ + ε) + λ θ, m̂ = m/(1 − β₁ᵏ) and v̂ = v/(1 − β₂ᵏ) at step k from 1; λ of adamw alone."""
        beta1, beta2 = options["beta1"], options["beta2"]
        self.first = beta1 * self.first + (1 - beta1) * g
        self.second = beta2 * self.second + (1 - beta2) * g**2
        m = self.first / (1 - beta1**self.steps)
        v = self.second / (1 - beta2**self.steps)
        return m / (np.sqrt(v) + options["eps"]) + options["weight_decay"] * parameters

    adamw = adam

    def rmsprop(self, options: dict[str, Any], parameters: Array, g: Array) -> Array:
        """g/(√v + ε), v ← β₂ v + (1 − β₂) g² from 0."""
        self.second = options["beta2"] * self.second + (1 - options["beta2"]) * g**2
        return g / (np.sqrt(self.second) + options["eps"])

    def sign(self, options: dict[str, Any], parameters: Array, g: Array) -> Array:
        """sign(g), 0 at 0."""
        return np.sign(g)


def optimiser(table: dict[str, Any], updates: int) -> Optimiser:
    """A fresh optimiser of an `[optimiser]` table for a training of so many updates."""
    return Optimiser(table, updates)
