"""Minibatches of demonstrations: one step, its mean and its spread.

Each of B rows is (state, action) with probability d(s) demonstrator(a|s), all of them independent, and a
table with one logit z_s a state moves by

    Δz_s = (η/B) Σ_rows X,    X = 1[state s] (a − σ(z_s))

so E Δz_s = η d(s)(P_s − σ(z_s)), the exact step; the variance is η² Var X/B and the fourth cumulant
η⁴ κ₄(X)/B³, with X one of three values. Steps of different states are correlated as
multinomial counts are: those of all states together have the variance of one X that any row counts in.

Reference: Bottou, Curtis and Nocedal 2018, "Optimization methods for large-scale machine learning".
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import IMITATION, experiment, own_world
from ..case import Case, Curve, Effort, Plot
from ..markov import ONE, stationary
from ..predictions import Array, Mean, Prediction, Variance

ETA = 4.0
LEAD, RATE = 3, 8.0
"""Updates of the exact loss that lead to where the minibatch is drawn, and their learning rate."""
SIZES = {"contexts": 1, "demonstrator": 24}
"""B, for the states that rows come from: of the same law, the source's own."""


def cases(effort: Effort) -> Iterator[Case]:
    """A step away from a policy that exact steps lead to."""
    z, conditions, predictions = start(), {}, []
    for states, size in SIZES.items():
        loss = {**IMITATION, "states": states, "estimator": "minibatch", "rows": size}
        conditions[states] = {"loss": loss}
        for s in range(4):
            predictions += _moments(
                f"z after {s:02b}, B = {size}", *_values(z, [s]), size, _step(states, [s])
            )
        predictions += _moments(f"all z, B = {size}", *_values(z, range(4)), size, _step(states, range(4)))
    tables = experiment(
        "Minibatches",
        conditions,
        world=own_world("source"),
        policy={"kind": "tabular", "head": "logit"},
        optimiser={"kind": "sgd", "learning_rate": ETA},
        population={"networks": effort.population(20_000)},
        phase=[{"updates": LEAD, "loss": IMITATION, "optimiser.learning_rate": RATE}],
    )
    title = "one step by a minibatch of demonstrations: mean and spread"
    yield Case("L07.minibatch", title, tables, tuple(predictions), _plot)


def start() -> Array:
    """z after the exact steps."""
    z = np.zeros(4)
    for _ in range(LEAD):
        z = z + RATE * stationary() * (ONE - expit(z))
    return z


def _values(z: Array, states) -> tuple[Array, Array]:
    """What X may be, and with which probability."""
    p, law = expit(z), stationary()
    values, chances = [0.0], [1 - sum(law[s] for s in states)]
    for s in states:
        values += [1 - p[s], -p[s]]
        chances += [law[s] * ONE[s], law[s] * (1 - ONE[s])]
    return np.array(values), np.array(chances)


def _moments(what: str, x: Array, p: Array, size: int, measure) -> list[Prediction]:
    mean = float(p @ x)
    second, fourth = (float(p @ (x - mean) ** k) for k in (2, 4))
    variance = ETA**2 * second / size
    cumulant = ETA**4 * (fourth - 3 * second**2) / size**3
    return [
        Mean(f"mean step of {what}", ETA * mean, measure, sd=sqrt(variance)),
        Variance(f"its variance, {what}", variance, measure, fourth=cumulant),
    ]


def _step(states: str, parameters):
    return lambda run: (run.weights(states) - start())[:, list(parameters)].sum(axis=1)


def _plot(run: Run) -> Plot:
    """Steps of each logit, beside the normal of their mean and variance."""
    from scipy.special import ndtr

    curves = []
    for s in range(4):
        x, p = _values(start(), [s])
        mean = ETA * float(p @ x)
        sd = ETA * sqrt(float(p @ x**2 - (p @ x) ** 2) / SIZES["demonstrator"])
        share = np.linspace(0.02, 0.98, 25)
        line = np.linspace(mean - 3 * sd, mean + 3 * sd, 100)
        found = np.quantile(_step("demonstrator", [s])(run), share)
        curves.append(Curve(f"after {s:02b}", line, ndtr((line - mean) / sd), found, share))
    return Plot("step", "share of networks", tuple(curves))
