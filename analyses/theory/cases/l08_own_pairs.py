"""Preferences between a policy's own draws: pairs differ, and so teach, at rate 2p(1 − p).

With y = β(z − z₀), z₀ the log-odds at the start, a pair of a good and a bad action moves z by h β σ(−y),

    exact      dz/ds = g = 2p(1 − p) β σ(−y),    T = ∫ dz/g,    ⌈T/h + ½ ln(g₁/g₀)⌉ updates
    sampled    a ladder z_k that chance does not touch; each rung waits for a pair, q_k = 2p_k(1 − p_k):
               E T = Σ 1/q_k,    Var T = v = Σ (1 − q_k)/q_k²

of fourth cumulant Σ 6v_k² + v_k. Pairs from `all` would wait for nothing.

Reference: Rafailov et al. 2023 (arXiv 2305.18290).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np

from ....sim.runfile import Run
from ..arms import PREFERENCE, above, begins, crossings, descent, experiment, until
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import Form, logit, sigmoid
from ..predictions import Array, Prediction, Steps
from ..waiting import moments

LEVELS = (0.5, 0.9)
EXACT = ((0.1, 0.5, 0.5), (0.1, 1.0, 0.5), (0.01, 0.5, 0.5), (0.1, 2.0, 0.5))
"""Initial probability, β, h."""

SAMPLED = ((0.05, 0.5, 0.5), (0.2, 1.0, 1.0))
OWN: Table = {**PREFERENCE, "pairs": "own"}


def cases(effort: Effort) -> Iterator[Case]:
    """In expectation, to the update; and by one pair an update, in mean and spread."""
    conditions, predictions = {}, []
    for start, beta, h in EXACT:
        name = f"{start} by {h}, β = {beta}"
        form = own_pairs(beta)
        waits = [form.updates(start, level, h) for level in LEVELS]
        if waits[-1] > effort.longest:
            continue
        conditions[name] = {
            "loss": {**OWN, "beta": beta},
            "policy": begins(start),
            "optimiser": descent(h),
            "training.updates": ceil(waits[-1]) + 10,
            "training.watch": [above(LEVELS[0], freeze=False), above(LEVELS[1])],
        }
        predictions.append(Steps(f"updates to each level, {name}", waits, _crossed(name), slack=0.05))
    tables = experiment("Own pairs", conditions)
    title = "preference between own actions: updates to a level in expectation"
    yield Case("L08.exact", title, tables, tuple(predictions), _plot)

    conditions, predictions = {}, []
    for start, beta, h in SAMPLED:
        name = f"{start} by {h}, β = {beta}"
        loss = {**OWN, "beta": beta, "estimator": "sampled", "episodes": 1}
        conditions[name] = {
            "loss": loss,
            "policy": begins(start),
            "optimiser": descent(h),
            "training.updates": 4000,
            "training.watch": [above(LEVELS[1])],
        }
        predictions += _waiting(name, rungs(start, beta, h))
    networks = {"networks": effort.population(10_000)}
    tables = experiment("Own pairs, sampled", conditions, population=networks)
    title = "preference between own actions, a pair an update: mean and spread"
    yield Case("L08.sampled", title, tables, tuple(predictions))


def own_pairs(beta: float) -> Form:
    """g, and F by quadrature."""
    from scipy.integrate import quad

    def g(z: float, z0: float) -> float:
        return 2 * sigmoid(z) * sigmoid(-z) * beta * sigmoid(-beta * (z - z0))

    return Form(g, lambda z, z0: quad(lambda x: 1 / g(x, z0), z0, z, epsrel=1e-11)[0])


def rungs(start: float, beta: float, h: float) -> Array:
    """q_k on every rung below the level."""
    z0 = z = logit(start)
    found = []
    while z <= logit(LEVELS[1]):
        found.append(2 * sigmoid(z) * sigmoid(-z))
        z += h * beta * sigmoid(-beta * (z - z0))
    return np.array(found)


def _waiting(name: str, q: Array) -> list[Prediction]:
    return moments(f"mean updates, {name}", f"their variance, {name}", q, lambda run: until(run, name))


def _crossed(name: str):
    return lambda run: crossings(run, name)[:, 0]


def _plot(run: Run) -> Plot:
    curves = []
    for start, beta, h in EXACT:
        name = f"{start} by {h}, β = {beta}"
        if name in run.conditions:
            levels = np.linspace(start, LEVELS[1], 60)[1:]
            waits = np.array([own_pairs(beta).updates(start, level, h) for level in levels])
            found = _crossed(name)(run).astype(float)
            curves.append(Curve(name, waits, levels, found, np.array(LEVELS)))
    return Plot("updates", "probability of the good action", tuple(curves), xscale="log")
