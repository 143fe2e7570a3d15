"""Direct preference optimisation against its reference, the policy that it begins from.

With y = β(z − z₀) the flow dz/ds = β σ(−y) gives y + e^y = 1 + β²s, so

    y(s) = ln W(e^(1 + β²s)),    W e^W = x

Where labels are wrong with probability 1 − q it ends at z* = z_ref + logit(q)/β, the optimum of the reward D
with a penalty τ KL(π‖π_ref), D/τ = logit(q)/β.

Reference: Rafailov et al. 2023 (arXiv 2305.18290).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import HEADS, PREFERENCE, begins, by_condition, descent, experiment, final_log_odds, recorded
from ..case import Case, Curve, Effort, Plot
from ..forms import logit
from ..predictions import Array, Exact

BETAS = (0.1, 0.5, 1.0)
START = 0.01
H, S = 0.004, 50.0
"""A step and the whole time of the trajectories."""


def cases(effort: Effort) -> Iterator[Case]:
    """The whole trajectory, and where noise ends it."""
    yield _trajectory(effort)
    yield _noise(effort)


def flow(beta: float, s: Array | float) -> Array:
    """y(s)."""
    from scipy.special import lambertw

    return np.log(lambertw(np.exp(1 + beta**2 * np.asarray(s))).real)


def _trajectory(effort: Effort) -> Case:
    """Two lengths of step, so that what is linear in the step cancels: 2 y(h/2) − y(h)."""
    lengths = (H, H / 2)
    names = {(beta, h): f"β = {beta} by {h}" for beta in BETAS for h in lengths}
    conditions = {
        name: {
            "loss": {**PREFERENCE, "beta": beta},
            "optimiser": descent(h),
            "training.updates": round(S / h),
            "training.record": {"at": [round(s / h) for s in _TIMES]},
        }
        for (beta, h), name in names.items()
    }
    tables = experiment("Preferences over time", conditions, policy=begins(START))

    def y(run: Run, beta: float, h: float) -> Array:
        margin = recorded(run, run.margin("best", names[beta, h]), names[beta, h])[0]
        return beta * (margin - margin[0])[1:]

    def measure(run: Run) -> Array:
        return np.array([2 * y(run, beta, H / 2) - y(run, beta, H) for beta in BETAS])

    def draw(run: Run) -> Plot:
        curves = []
        for beta in BETAS:
            s, line = np.array(_TIMES[1:]), np.geomspace(_TIMES[1], S, 100)
            curves.append(Curve(f"β = {beta:g}", line, flow(beta, line), s, y(run, beta, H / 2)))
        return Plot("s = κη · updates", "y = β(z − z₀)", tuple(curves), xscale="log")

    expected = np.array([flow(beta, np.array(_TIMES[1:])) for beta in BETAS])
    # The margin at the start is about 4.6, so a float32 of it is off by up to 2.4e-7, three times over.
    prediction = Exact("y(s)", expected, measure, absolute=effort.tolerance(1.5e-6, 5e-7))
    return Case(
        "T12.trajectory", "log-odds under a preference: ln W(e^(1 + β²s))", tables, (prediction,), draw
    )


_TIMES = [0.0, 0.4, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0]


def _noise(effort: Effort) -> Case:
    settings = [(q, head) for q in (0.6, 0.9) for head in HEADS]
    beta = 0.5
    conditions = {
        f"{head}, q = {q}": {
            "loss": {**PREFERENCE, "beta": beta, "label_noise": round(1 - q, 10)},
            "policy": {**begins(START), "head": head},
            "optimiser": descent(0.5, head),
        }
        for q, head in settings
    }
    tables = experiment(
        "Preferences with wrong labels", conditions, training={"updates": 4000, "record": {"at": [0]}}
    )
    expected = [logit(START) + logit(q) / beta for q, _ in settings]
    measure = by_condition(lambda run, name: final_log_odds(run, name)[0], conditions)
    prediction = Exact("z* = z_ref + logit(q)/β", expected, measure, absolute=effort.tolerance(3e-6, 1e-9))
    return Case("T12.label_noise", "where wrong labels end a preference", tables, (prediction,))
