"""Equal rewards and steps of one length: which arm a network comes to prefer is chance, and for good.

Along the sign of a sampled step of REINFORCE the log-odds of two arms that pay alike go up by one step with
probability σ(z) and down by one otherwise. That is a birth–death chain, drawn away from 0 by itself. With ρ
the products of (1 − p)/p = e^{−z}, it ends at the top with probability Σ_{below} ρ/Σ ρ: over all z a
discrete Gaussian,

    P = Σ_{n < 0} w_n / Σ w_n,    w_n = e^{−(η/2)(n + 1/2 + z₀/η)²}

near Φ(z₀/√η) by small steps and σ(z₀) by large. Here a network ends where |z| exceeds an edge. (REINFORCE
itself shortens its steps with the probability of the other arm, and so never commits for good: T07.)

Reference: Roth and Erev 1995, Games and Economic Behavior 8:164-212, for reinforcement that feeds on itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import HEADS, above, begins, crossings, experiment, share_error, until
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import sigmoid
from ..predictions import Mean, Share
from ..walks import equal_steps

EDGE = 8.23
"""Between the places that any of the walks visits."""

SETTINGS = (("softmax", 0.1, -0.5), ("logit", 1.0, -0.5), ("softmax", 1.0, -1.0), ("softmax", 5.0, -0.5))
"""Head, step of z, and its first value."""

CURVE = tuple(np.linspace(-2, 2, 9).round(2).tolist())
"""First values of the plot's own networks."""


def cases(effort: Effort) -> Iterator[Case]:
    """Where it ends and when, by steps of three lengths."""
    conditions: dict[str, Table] = {}
    predictions = []
    for head, step, z0 in SETTINGS:
        name = f"{head}, step {step:g} from {z0:g}"
        conditions[name] = _condition(head, step, z0)
        ending = equal_steps(z0, step, EDGE)
        predictions += [
            Share(f"first arm, {name}", ending.top, _chose(name)),
            Mean(f"updates, {name}", ending.mean, _times(name), sd=ending.sd),
        ]
    tables = _tables("Commitment by steps of one length", conditions, effort.population(5000))
    yield Case("T06.commitment", "steps of one length commit to an arm by chance", tables, tuple(predictions))
    curve = {f"from {z0:g}": _condition("logit", 1.0, z0) for z0 in CURVE}
    shares = (
        Share(f"first arm, {name}", equal_steps(z0, 1.0, EDGE).top, _chose(name))
        for name, z0 in zip(curve, CURVE, strict=True)
    )
    tables = _tables("Commitment from other beginnings", curve, effort.population(2000))
    title = "the chance to commit is a discrete Gaussian in the first log-odds"
    yield Case("T06.beginnings", title, tables, tuple(shares), _plot)


def _tables(title: str, conditions: dict[str, Table], networks: int) -> Table:
    edges = [above(sigmoid(EDGE), arm) for arm in ("arm_0", "arm_1")]
    return experiment(
        title,
        conditions,
        world={"kind": "bandit", "reward": [1.0, 1.0]},
        population={"networks": networks},
        training={"updates": 3000, "record": {"at": [0]}, "watch": edges},
    )


def _condition(head: str, step: float, z0: float) -> Table:
    return {
        "loss": {"kind": "outcome", "episodes": 1, "baseline": "none"},
        "policy": {**begins(sigmoid(z0), "arm_0"), "head": head},
        "optimiser": {"kind": "sign", "learning_rate": step / HEADS[head]},
    }


def _chose(name: str):
    return lambda run: crossings(run, name)[0] >= 0


def _times(name: str):
    return lambda run: until(run, name)


def _plot(run: Run) -> Plot:
    z = np.linspace(CURVE[0], CURVE[-1], 101)
    line = np.array([equal_steps(each, 1.0, EDGE).top for each in z])
    found = np.array([_chose(f"from {z0:g}")(run).mean() for z0 in CURVE])
    error = share_error(found, run)
    at = np.array(CURVE)
    curves = (
        Curve("steps of 1", z, line, at, found, error),
        Curve("σ(z), of large steps", z, expit(z), at[:0], at[:0]),
    )
    return Plot("first log-odds", "share that comes to prefer the first arm", curves)
