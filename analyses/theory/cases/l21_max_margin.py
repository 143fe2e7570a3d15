"""Descent on separable data turns to the largest margin, as slowly as a logarithm.

With x the features times ±1 for the answer, all of them right, w ← w + η Σ d_n σ(−w·x_n) x_n goes to
infinity as

    w(t) = ŵ ln t + w̃ + O(ln t / t),    ŵ = argmin ‖w‖ with w·x_n ≥ 1

where ŵ = Σ α_n x_n over the support vectors (ŵ·x_n = 1), and ηd_n exp(−w̃·x_n) = α_n of each. Here two
support vectors span the plane, so that w̃ is known. What is left falls as t^−μ, μ the eigenvalues of Σ
α_n x_n x_nᵀ (1 along ŵ and 6 across), and as t^(1−m) by the other questions, of margins m = 2.8 and
3.2. The margin of a support vector is ln t + ln(ηd_n/α_n).

Reference: Soudry, Hoffer, Nacson, Gunasekar and Srebro 2018 (arXiv 1710.10345), theorems 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import numpy as np

from ....sim.runfile import Run
from ..arms import HEADS, IMITATION, contrast, experiment, own_world
from ..case import Case, Curve, Effort, Plot
from ..predictions import Array, Exact

RIGHT = np.array([[-1.0, 3.0], [2.0, -1.0], [2.0, 2.0], [4.0, 0.0]])
"""x_n; the first two support the margin."""
ANSWERS = np.array([1.0, -1.0, 1.0, -1.0])
D = np.array([0.4, 0.3, 0.2, 0.1])
ETA, EARLY = 0.5, 1000


def cases(effort: Effort) -> Iterator[Case]:
    """One, with either head."""
    t = int(effort.longest / 2)
    world = own_world(
        "questions",
        features=(ANSWERS[:, None] * RIGHT).tolist(),
        odds=((1 + ANSWERS) / 2).tolist(),
        weights=D.tolist(),
    )
    conditions = {}
    for head, kappa in HEADS.items():
        table = {
            "loss": IMITATION,
            "policy": {"kind": "linear", "head": head},
            "optimiser.learning_rate": ETA / kappa,
        }
        conditions[f"{head} early"] = {**table, "training.updates": EARLY}
        conditions[head] = {**table, "training.updates": t, "training.record": {"log": 40}}
    tables = experiment("The largest margin", conditions, world=world)
    early, late = iterated(EARLY), asymptote(t)
    predictions = []
    for head in HEADS:
        predictions += [
            Exact(
                f"weights after {EARLY} updates, {head}",
                early,
                _weights(f"{head} early", head),
                absolute=effort.tolerance(2e-6, 1e-12),
            ),
            Exact(
                f"weights beside their asymptote, {head}",
                late,
                _weights(head, head),
                absolute=3 * log(t) / t + effort.tolerance(1e-5, 0.0),
            ),
        ]
    title = "descent on separable data turns to the largest margin"
    yield Case("L21.max_margin", title, tables, tuple(predictions), _plot)


def support() -> tuple[Array, Array]:
    """ŵ and α: where both support vectors have margin 1."""
    vectors = RIGHT[:2]
    w = np.linalg.solve(vectors, np.ones(2)).astype(np.float64)
    return w, np.linalg.solve(vectors.T, w).astype(np.float64)


def asymptote(t: float) -> Array:
    """ŵ ln t + w̃."""
    w, alpha = support()
    return w * log(t) + np.linalg.solve(RIGHT[:2], np.log(ETA * D[:2] / alpha))


def iterated(updates: int) -> Array:
    """w by descent."""
    w = np.zeros(2)
    for _ in range(updates):
        w = w + ETA * (D / (1 + np.exp(RIGHT @ w))) @ RIGHT
    return w


def _weights(condition: str, head: str):
    """w, (D,): of the second answer less the first's."""
    return lambda run: -contrast(run.weights(condition), head)[0]


def _plot(run: Run) -> Plot:
    """The margins of the support vectors."""
    _, alpha = support()
    times = run.own_times("logit")
    times = times[times > 0].astype(float)
    own = np.isin(run.time, times)
    curves = [
        Curve(
            f"support vector {n + 1}",
            times,
            np.log(times) + log(ETA * D[n] / alpha[n]),
            times,
            run.margin(f"question_{n}", "logit")[0, own],
        )
        for n in range(2)
    ]
    return Plot("updates", "margin", tuple(curves), "log")
