"""Where weight decay λ stops learning: where its pull equals the gradient's.

Imitation on two arms rests at κ(1 − p) = λz, z = logit p: both logits of a softmax pull (κ = 2), and each
decays. Least squares with Hessian H and optimum w* rests at the ridge (H + λ)⁻¹Hw*. Momentum changes neither.

Reference: Hoerl and Kennard 1970 (Technometrics 12:55-67) for the ridge.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import HEADS, IMITATION, experiment, final_log_odds
from ..case import Case, Curve, Effort, Plot
from ..forms import sigmoid
from ..least_squares import OPTIMUM, VALLEY, after, hessian, least_squares, weights_after
from ..predictions import Array, Exact

RATES = (0.01, 0.1, 1.0)
"""λ."""

RIDGE, TIMES = 0.3, (1, 2, 5, 10, 30, 100, 500)


def cases(effort: Effort) -> Iterator[Case]:
    """Imitation, and the ridge."""
    yield _resting(effort)
    yield _ridge(effort)


def _resting(effort: Effort) -> Case:
    conditions = {
        f"{head} {rate}": {
            "loss": IMITATION,
            "policy": {"kind": "tabular", "head": head},
            "optimiser": {"kind": "sgd", "learning_rate": 0.3, "weight_decay": rate, "momentum": 0.5},
        }
        for head in HEADS
        for rate in RATES
    }
    tables = experiment("Weight decay", conditions, training={"updates": 4000, "record": {"at": [0]}})
    predictions = [
        Exact(
            f"log-odds at rest, {head}",
            [rest(kappa, rate) for rate in RATES],
            lambda run, head=head: np.array([final_log_odds(run, f"{head} {rate}")[0] for rate in RATES]),
            absolute=effort.tolerance(1e-6, 1e-11),
        )
        for head, kappa in HEADS.items()
    ]

    def plot(run: Run) -> Plot:
        line, at = np.geomspace(RATES[0], RATES[-1], 40), np.array(RATES)
        curves = [
            Curve(
                head,
                line,
                np.array([rest(kappa, rate) for rate in line]),
                at,
                np.array([final_log_odds(run, f"{head} {rate}")[0] for rate in RATES]),
            )
            for head, kappa in HEADS.items()
        ]
        return Plot("weight decay", "log-odds at rest", tuple(curves), "log")

    return Case("L22.rest", "where weight decay stops imitation", tables, tuple(predictions), plot)


def rest(kappa: float, rate: float) -> float:
    """z with κσ(−z) = λz."""
    from scipy.optimize import brentq

    found = brentq(lambda z: kappa * sigmoid(-z) - rate * z, 0, 50, xtol=1e-14)
    return float(found)  # type: ignore[arg-type]


def _ridge(effort: Effort) -> Case:
    optimiser = {"kind": "sgd", "learning_rate": 0.3, "weight_decay": RIDGE}
    tables = least_squares("The ridge", after(TIMES), VALLEY, optimiser=optimiser)
    prediction = Exact(
        "weights at the ridge",
        ridge(),
        lambda run: weights_after(run, TIMES[-1:])[0, 0],
        absolute=effort.tolerance(5e-7, 1e-12),
    )

    def plot(run: Run) -> Plot:
        found, at = weights_after(run, TIMES)[:, 0], np.array(TIMES, float)
        shrink = np.eye(2) - 0.3 * (hessian() + RIDGE * np.eye(2))
        k = np.arange(1, 101)
        line = np.array([ridge() - np.linalg.matrix_power(shrink, n) @ ridge() for n in k])
        curves = [Curve(f"w {i + 1}", k.astype(float), line[:, i], at[:-1], found[:-1, i]) for i in range(2)]
        return Plot("updates", "weight", tuple(curves), "log")

    return Case("L22.ridge", "decay of least squares ends at the ridge", tables, (prediction,), plot)


def ridge() -> Array:
    """(H + λ)⁻¹Hw*."""
    H = hessian()
    return np.linalg.solve(H + RIDGE * np.eye(2), H @ OPTIMUM).astype(np.float64)
