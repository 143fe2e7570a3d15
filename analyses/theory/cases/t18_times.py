"""Correction times under Adam and descent along the sign: logarithmic in the initial probability ε₀.

Both logits of two arms have the same gradient but for its sign, so z = θ₀ − θ₁ moves by 2η times the
step. Along the sign that takes ⌈ln((1 − ε₀)/ε₀)/2η⌉ updates to even odds. Adam is iterated from its
definition, with g = 1 − p under imitation and p(1 − p) under expected reward. It removes the 1/ε₀ of
plain descent, until the gradient is far below its own ε: from ε₀ = 10⁻¹⁰ it takes 5318 updates, and 412
with ε = 0.

Reference: Kingma and Ba 2015 (arXiv 1412.6980); Bernstein et al. 2018 (arXiv 1802.04434).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil, sqrt

import numpy as np

from ....sim.runfile import Run
from ..arms import IMITATION, OUTCOME, above, begins, crossings, experiment
from ..case import Case, Curve, Effort, Plot
from ..forms import logit, sigmoid
from ..predictions import Array, Exact

ETA = 0.01
STARTS = (0.1, 0.01, 1e-3, 1e-4, 1e-6)
RARE = 1e-10
SLOPES = {"imitation": lambda z: sigmoid(-z), "outcome": lambda z: sigmoid(z) * sigmoid(-z)}
LOSSES = {"imitation": IMITATION, "outcome": OUTCOME}


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    conditions, predictions = {}, []
    for kind in LOSSES:
        found = {start: _condition(kind, "adam", start) for start in STARTS}
        if kind == "outcome":
            found |= {RARE: _condition(kind, "adam", RARE)}
        conditions |= {f"adam {kind} {start:g}": table for start, table in found.items()}
        values = [adam(SLOPES[kind], start) for start in found]
        predictions.append(Exact(f"updates, {kind}", values, _times(f"adam {kind}", tuple(found))))
    conditions["adam0 outcome"] = _condition("outcome", "adam", RARE, eps=0.0)
    predictions.append(
        Exact("updates from 10⁻¹⁰ with ε = 0", adam(SLOPES["outcome"], RARE, 0.0), _times("adam0 outcome"))
    )
    conditions |= {f"sign {start:g}": _condition("imitation", "sign", start) for start in STARTS}
    values = [ceil(-logit(start) / (2 * ETA)) for start in STARTS]
    predictions.append(Exact("updates along the sign", values, _times("sign", STARTS)))
    tables = experiment("Times of correction", conditions)
    title = "updates to even odds under Adam and along the sign"
    yield Case("T18.times", title, tables, tuple(predictions), _plot)


def _condition(kind: str, optimiser: str, start: float, **options: float):
    return {
        "loss": LOSSES[kind],
        "policy": begins(start),
        "optimiser": {"kind": optimiser, "learning_rate": ETA, **options},
        "training.updates": 6000,
        "training.watch": [above(0.5)],
    }


def adam(slope: Callable[[float], float], start: float, eps: float = 1e-8) -> int:
    """Updates until z > 0, by Kingma and Ba's recursion."""
    z, m, v, t = logit(start), 0.0, 0.0, 0
    while z <= 0:
        g, t = slope(z), t + 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        z += 2 * ETA * (m / (1 - 0.9**t)) / (sqrt(v / (1 - 0.999**t)) + eps)
    return t


def _times(label: str, starts: tuple[float, ...] = ()):
    names = [f"{label} {start:g}" for start in starts] or [label]
    return lambda run: np.array([crossings(run, name)[0, 0] for name in names])


def _plot(run: Run) -> Plot:
    at = np.array(STARTS)
    lines: dict[str, Array] = {
        f"adam {kind}": np.array([adam(slope, start) for start in STARTS], float)
        for kind, slope in SLOPES.items()
    }
    lines["sign"] = -np.log(at / (1 - at)) / (2 * ETA)
    curves = [Curve(name, at, line, at, _times(name, STARTS)(run)) for name, line in lines.items()]
    return Plot("initial probability", "updates to even odds", tuple(curves), "log")
