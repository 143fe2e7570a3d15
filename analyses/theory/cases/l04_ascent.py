"""The policy gradient theorem: a step of η raises the return by η‖∇J‖², to the first order.

For exact gradients of J, θ ← θ + η∇J,

    r(η) = (J(θ + η∇J) − J(θ)) / (η‖∇J‖²) = 1 + c₁η + c₂η² + …

From η, η/2 and η/4 Richardson's extrapolation (r(η) − 6 r(η/2) + 8 r(η/4))/3 leaves 1 + O(η³). The return is
measured forwards and the gradient comes backwards, so that any error in one of them shows. What is compared
is η‖∇J‖² itself, in which rounding is of one size. A step may take rectified units over their kinks, where r
has no such series: there the median of the networks is held to it.

Reference: Sutton, McAllester, Singh and Mansour 2000, "Policy gradient methods for reinforcement learning".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import OUTCOME, experiment, own_world
from ..case import Case, Curve, Effort, Plot, Table
from ..least_squares import at_zero
from ..predictions import Array, Exact

PARTS = (1, 2, 4)
POLICIES: dict[str, Table] = {
    "tanh": {"kind": "mlp", "hidden": [6], "init": {"kind": "lecun"}},
    "rectified": {
        "kind": "mlp",
        "hidden": [6, 4],
        "activation": "relu",
        "head": "logit",
        "init": {"kind": "lecun"},
    },
    "deep linear": {"kind": "deep_linear", "hidden": [3], "init": {"kind": "normal", "std": 0.3}},
    "table": {"kind": "tabular", "init": {"kind": "normal"}},
}
WORLDS: dict[str, Table] = {
    "fork": own_world("fork"),
    "coin_line": {"kind": "coin_line", "length": 3, "diversity": 0.5, "encoding": "relative"},
}


def cases(effort: Effort) -> Iterator[Case]:
    """Policies of every kind, in a world with chance and discount and on the coin line."""
    step = effort.tolerance(1 / 24, 1 / 512)
    for world, table in WORLDS.items():
        conditions, predictions = {}, []
        for name, policy in POLICIES.items():
            for part in PARTS:
                optimiser = {"kind": "sgd", "learning_rate": step / part}
                conditions[f"{name} {part}"] = {"loss": OUTCOME, "policy": policy, "optimiser": optimiser}
            close = effort.tolerance(3e-5, 1e-10)
            predictions.append(Exact(f"η‖∇J‖² less the rise, {name}", 0, _missing(name, step), close))
        tables = experiment(
            "The policy gradient theorem",
            conditions,
            world=table,
            population={"networks": 16},
        )
        title = f"a step along the exact gradient raises the return by its square, {world}"
        yield Case(f"L04.{world}", title, tables, tuple(predictions), _plot(step))


def _squared(run: Run, name: str) -> Array:
    """‖∇J‖² of every network."""
    return run.gradient_norm(f"{name} 1")[:, 0].astype(float) ** 2


def _rise(run: Run, name: str, step: float, part: int) -> Array:
    """r(η) ‖∇J‖² of every network, η a part of the step."""
    J = run.observed_return(f"{name} {part}").astype(float)
    return (J[:, 1] - J[:, 0]) * part / step


def _missing(name: str, step: float):
    def measure(run: Run) -> Array:
        rise = at_zero(*(_rise(run, name, step, part) for part in PARTS))
        found = step * (_squared(run, name) - rise)
        return np.median(found, keepdims=True) if name == "rectified" else found

    return measure


def _plot(step: float):
    """r at the three steps, and at 0, where it is 1, with the parabola through those of one network."""

    def draw(run: Run) -> Plot:
        eta, line, curves = step / np.array(PARTS), np.linspace(0, step, 50), []
        for name in POLICIES:
            r = np.array([_rise(run, name, step, part)[0] for part in PARTS]) / _squared(run, name)[0]
            parabola = np.asarray(np.polyval(np.polyfit(eta, r, 2), line), float)
            curves.append(Curve(name, line, parabola, np.append(eta, 0), np.append(r, 1.0)))
        return Plot("η", "rise over η‖∇J‖²", tuple(curves))

    return draw
