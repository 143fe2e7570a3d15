"""Steps about the edge of stability in a quadratic.

In L = ½ (w − w*)ᵀH(w − w*) the error after k updates is (1 − ηH)ᵏ times the first: it vanishes while ηλ
< 2, stays at 2 and grows beyond.

Reference: Cohen et al. 2021 (arXiv 2103.00065).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import own_world
from ..case import Case, Curve, Effort, Plot
from ..least_squares import OPTIMUM, VALLEY, after, hessian, least_squares, weights_after
from ..predictions import Array, Exact

EDGE, TIMES = (1.98, 2.0, 2.02), (1, 10, 50, 100)
"""ηλ, and updates."""


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    conditions = {}
    for size in EDGE:
        conditions |= after(TIMES, f"{size}", **{"optimiser.learning_rate": size / 4})
    conditions |= after(TIMES, "valley", world=own_world("regression", **VALLEY))
    tables = least_squares("Steps in a quadratic", conditions, {"features": [[2.0]], "target": [2.0]})
    k = np.array(TIMES)
    predictions = tuple(
        Exact(
            f"error at ηλ = {size}",
            -((1 - size) ** k),
            lambda run, size=size: weights_after(run, TIMES, f"{size}")[:, 0, 0] - 1,
            relative=effort.tolerance(2e-5, 1e-11),
        )
        for size in EDGE
    )

    predictions += (
        Exact(
            "weights in a valley",
            valley(k),
            lambda run: weights_after(run, TIMES, "valley")[:, 0],
            absolute=effort.tolerance(1e-6, 1e-13),
        ),
    )

    def plot(run: Run) -> Plot:
        line, at = np.arange(TIMES[-1] + 1.0), k.astype(float)
        curves = [
            Curve(
                f"ηλ {size}",
                line,
                np.abs(1 - size) ** line,
                at,
                np.abs(weights_after(run, TIMES, f"{size}")[:, 0, 0] - 1),
            )
            for size in EDGE
        ]
        return Plot("updates", "size of the error", tuple(curves), yscale="log")

    yield Case("T20.quadratic", "steps about 2/λ in a quadratic", tables, predictions, plot)


def valley(k: Array) -> Array:
    """w* − (1 − ηH)ᵏ w* by η = 0.1."""
    shrink = np.eye(2) - 0.1 * hessian()
    return np.array([OPTIMUM - np.linalg.matrix_power(shrink, n) @ OPTIMUM for n in k])
