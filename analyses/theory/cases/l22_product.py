"""Weight decay λ of two factors thresholds their product.

In L = ½(ab − s)² descent with decay rests balanced, a = ±b, at ab = s − λ, and at 0 where λ ≥ s: λ(a² + b²)/2
of factors is λ|ab| of their product. On the way

    d = a² − b² is multiplied by (1 − ηλ)² − η²e²,    e = ab − s

in each update.

Reference: Srebro, Rennie and Jaakkola 2004, "Maximum-margin matrix factorization", for the norm.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..case import Case, Curve, Effort, Plot
from ..least_squares import UNTOUCHED, after, least_squares, product_step, weights_after
from ..predictions import Array, Exact

TARGET, STEP, TIMES = 1.5, 0.05, (10, 100, 2000)
FACTORS = (0.2, 0.5, 2.0)
"""λ; the last above s."""


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    conditions = {"start": dict(UNTOUCHED)}
    for rate in FACTORS:
        conditions |= after(TIMES, f"{rate}", **{"optimiser.weight_decay": rate})
    tables = least_squares(
        "Decay of factors",
        conditions,
        {"target": [TARGET]},
        policy={"kind": "deep_linear", "hidden": [1], "init": {"kind": "normal", "std": 0.7}},
        optimiser={"kind": "sgd", "learning_rate": STEP},
        population={"networks": 32},
    )
    predictions = []
    for rate in FACTORS:
        predictions += [
            Exact(
                f"differences of squares minus expected, λ = {rate}",
                0.0,
                lambda run, rate=rate: _products_of(run, rate)[1] - imbalance(run.weights("start"), rate),
                absolute=effort.tolerance(5e-7, 1e-12),
            ),
            Exact(
                f"product at rest, λ = {rate}",
                max(TARGET - rate, 0.0),
                lambda run, rate=rate: _products_of(run, rate)[0][-1],
                absolute=effort.tolerance(1e-6, 1e-11),
            ),
        ]
    title = "decay of two factors thresholds their product"
    yield Case("L22.product", title, tables, tuple(predictions), _plot)


def _products_of(run: Run, rate: float) -> tuple[Array, Array]:
    """ab and a² − b², (updates, network)."""
    a, b = np.moveaxis(weights_after(run, TIMES, f"{rate}"), 2, 0)
    return a * b, a**2 - b**2


def imbalance(weights: Array, rate: float) -> Array:
    """d after the updates, by the recursion of u = ab and d alone."""
    u, d = weights.prod(axis=1), weights[:, 0] ** 2 - weights[:, 1] ** 2
    keep, found = 1 - STEP * rate, []
    for k in range(1, TIMES[-1] + 1):
        u, d = product_step(u, d, STEP * (u - TARGET), keep)
        found += [d] if k in TIMES else []
    return np.array(found)


def _plot(run: Run) -> Plot:
    """The product at rest."""
    line, at = np.linspace(0, 2.2, 50), np.array(FACTORS)
    found = np.array([_products_of(run, rate)[0][-1, 0] for rate in FACTORS])
    curve = Curve("product", line, np.maximum(TARGET - line, 0), at, found)
    return Plot("weight decay", "product of the weights at rest", (curve,))
