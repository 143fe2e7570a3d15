"""Imitation of a demonstrator who errs ends at the demonstrator's odds, question by question.

With as many features as questions, linearly independent, cross-entropy has one minimum, at σ(w·x_s) =
q_s: weights w = X⁻¹ logit q, whatever the odds of the questions. On the way w ← w + η Σ_s d_s (q_s −
σ(w·x_s)) x_s.

Reference: Agresti 2013, Categorical Data Analysis, section 5.5 (the saturated model).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import HEADS, IMITATION, contrast, experiment, own_world
from ..case import Case, Curve, Effort, Plot
from ..predictions import Array, Exact

X = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -0.5], [0.5, 0.0, 1.0]])
Q = np.array([0.9, 0.7, 0.2])
D = np.array([0.5, 0.3, 0.2])
ETA, EARLY, LATE = 1.0, 20, 8000


def cases(effort: Effort) -> Iterator[Case]:
    """One, with either head."""
    world = own_world("questions", features=X.tolist(), odds=Q.tolist(), weights=D.tolist())
    conditions = {}
    for head, kappa in HEADS.items():
        table = {
            "loss": IMITATION,
            "policy": {"kind": "linear", "head": head},
            "optimiser.learning_rate": ETA / kappa,
        }
        conditions[f"{head} early"] = {**table, "training.updates": EARLY}
        conditions[head] = {**table, "training.updates": LATE, "training.record": {"log": 40}}
    tables = experiment("Labels that err", conditions, world=world)
    tolerance = effort.tolerance(2e-6, 1e-11)
    early, predictions = path(EARLY)[-1], []
    for head in HEADS:
        predictions += [
            Exact(f"weights after {EARLY}, {head}", early, _weights(f"{head} early", head), tolerance),
            Exact(f"weights in the end, {head}", optimum(), _weights(head, head), 2 * tolerance),
        ]
    title = "imitation of a demonstrator who errs ends at its odds"
    yield Case("L24.noisy_labels", title, tables, tuple(predictions), _plot)


def optimum() -> Array:
    """X⁻¹ logit q."""
    return np.linalg.solve(X, np.log(Q / (1 - Q)))


def path(updates: int) -> Array:
    """(update, D) weights by descent."""
    w, found = np.zeros(3), [np.zeros(3)]
    for _ in range(updates):
        w = w + ETA * (D * (Q - expit(X @ w))) @ X
        found.append(w)
    return np.array(found)


def _weights(condition: str, head: str):
    """w, (D,): of the second answer less the first's."""
    return lambda run: -contrast(run.weights(condition), head)[0]


def _plot(run: Run) -> Plot:
    odds = expit(path(LATE) @ X.T)
    favoured = np.where(Q > 0.5, odds, 1 - odds)
    k = np.unique(np.geomspace(1, LATE, 200).astype(int))
    times = run.own_times("logit")
    times = times[times > 0]
    own = np.isin(run.time, times)
    curves = [
        Curve(
            f"question {s + 1}",
            k.astype(float),
            favoured[k, s],
            times.astype(float),
            run.rate(f"question_{s}", "logit")[0, own],
        )
        for s in range(3)
    ]
    return Plot("updates", "probability of the likelier answer", tuple(curves), "log")
