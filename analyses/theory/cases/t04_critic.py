"""A critic of a policy that stays: an exponential average of rewards.

V ← V + α(R − V) from V = 0 makes V_t = α Σ_k (1 − α)^k R_{t−k}, so its n-th cumulant is that of one reward
times αⁿ Σ_k (1 − α)^{nk}: with r̄ and Var R under the policy

    E V_t = r̄ (1 − (1 − α)^t),    Var V_t = α/(2 − α) Var R (1 − (1 − α)^{2t})
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from ....sim.runfile import Run
from ..arms import STAYS
from ..case import Case, Curve, Effort, Plot, Table
from ..one_step import PI, REWARD, from_the_same, outcome
from ..predictions import Mean, Variance

MEAN = float(PI @ REWARD)
ALPHA, WAITS = 0.1, (1, 5, 20, 100)
"""α, and the updates after which it is looked at."""


def critic_moments(t: int) -> tuple[float, float, float]:
    """Mean, variance and fourth cumulant of V after t updates at a fixed policy, from V = 0."""
    centred = REWARD - MEAN
    variance = float(PI @ centred**2)
    cumulants = (MEAN, variance, float(PI @ centred**4) - 3 * variance**2)
    weights = (ALPHA**n * sum((1 - ALPHA) ** (n * k) for k in range(t)) for n in (1, 2, 4))
    mean, square, fourth = (k * w for k, w in zip(cumulants, weights, strict=True))
    return mean, square, fourth


def cases(effort: Effort) -> Iterator[Case]:
    """Four times."""
    conditions: dict[str, Table] = {}
    predictions = []
    for t in WAITS:
        name = f"after {t}"
        loss = outcome(1, "critic", critic={"kind": "tabular", "learning_rate": ALPHA})
        conditions[name] = {"loss": loss, **STAYS, "training.updates": t}
        mean, variance, fourth = critic_moments(t)
        predictions += [
            Mean(f"critic {name}", mean, _values(name), sd=sqrt(variance)),
            Variance(f"its variance {name}", variance, _values(name), fourth=fourth),
        ]
    tables = from_the_same(effort, "A critic of a policy that stays", conditions, 10_000)
    title = "a critic is an exponential average of rewards"
    yield Case("T04.critic", title, tables, tuple(predictions), _approach)


def _values(name: str):
    return lambda run: run.weights(name)[:, 4]


def _approach(run: Run) -> Plot:
    t = np.arange(1.0, WAITS[-1] + 1)
    moments = np.array([critic_moments(int(each)) for each in t])
    found = [_values(f"after {each}")(run) for each in WAITS]
    means, spreads = np.array([v.mean() for v in found]), np.array([v.std() for v in found])
    at = np.array(WAITS, np.float64)
    curves = (
        Curve("mean", t, moments[:, 0], at, means, spreads / sqrt(len(found[0]))),
        Curve("standard deviation", t, np.sqrt(moments[:, 1]), at, spreads),
    )
    return Plot("updates", "value of the critic", curves)
