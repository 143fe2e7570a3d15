"""Where weight decay λ stops learning: where its pull equals the gradient's.

Imitation on two arms rests at κ(1 − p) = λz, z = logit p: both logits of a softmax pull (κ = 2), and each
decays. Least squares with Hessian H and optimum w* rests at the ridge (H + λ)⁻¹Hw*. Momentum changes neither.

Reference: Hoerl and Kennard 1970 (Technometrics 12:55-67) for the ridge.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import IMITATION, experiment, own_world
from ..case import Case, Curve, Effort, Plot
from ..forms import sigmoid
from ..least_squares import EXACT, OPTIMUM, VALLEY, hessian
from ..predictions import Array, Exact

RATES = (0.01, 0.1, 1.0)
"""λ."""
HEADS = {"softmax": 2.0, "logit": 1.0}

RIDGE = 0.3


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    conditions = {
        f"{head} {rate}": {
            "loss": IMITATION,
            "policy": {"kind": "tabular", "head": head},
            "optimiser": {"kind": "sgd", "learning_rate": 0.3, "weight_decay": rate, "momentum": 0.5},
        }
        for head in HEADS
        for rate in RATES
    }
    conditions["ridge"] = {
        "loss": EXACT,
        "policy": {"kind": "linear"},
        "world": own_world("regression", **VALLEY),
        "optimiser": {"kind": "sgd", "learning_rate": 0.3, "weight_decay": RIDGE},
    }
    tables = experiment("Weight decay", conditions, training={"updates": 4000, "record": {"at": [0]}})
    predictions = [
        Exact(
            f"log-odds at rest, {head}",
            [rest(kappa, rate) for rate in RATES],
            lambda run, head=head: np.array([_odds(run, head, rate) for rate in RATES]),
            absolute=effort.tolerance(1e-6, 1e-11),
        )
        for head, kappa in HEADS.items()
    ]
    predictions.append(
        Exact(
            "weights at the ridge",
            ridge(),
            lambda run: run.weights("ridge")[0],
            absolute=effort.tolerance(5e-7, 1e-12),
        )
    )

    def plot(run: Run) -> Plot:
        line, at = np.geomspace(RATES[0], RATES[-1], 40), np.array(RATES)
        curves = [
            Curve(
                head,
                line,
                np.array([rest(kappa, rate) for rate in line]),
                at,
                np.array([_odds(run, head, rate) for rate in RATES]),
            )
            for head, kappa in HEADS.items()
        ]
        return Plot("weight decay", "log-odds at rest", tuple(curves), "log")

    yield Case("T42.rest", "where weight decay stops learning", tables, tuple(predictions), plot)


def rest(kappa: float, rate: float) -> float:
    """z with κσ(−z) = λz."""
    from scipy.optimize import brentq

    found = brentq(lambda z: kappa * sigmoid(-z) - rate * z, 0, 50, xtol=1e-14)
    return float(found)  # type: ignore[arg-type]


def ridge() -> Array:
    """(H + λ)⁻¹Hw*."""
    H = hessian()
    return np.linalg.solve(H + RIDGE * np.eye(2), H @ OPTIMUM).astype(np.float64)


def _odds(run: Run, head: str, rate: float) -> float:
    """Of the first arm; a single logit is the second's."""
    weights = run.weights(f"{head} {rate}")[0]
    return float(weights[0] - weights[1] if head == "softmax" else -weights[0])
