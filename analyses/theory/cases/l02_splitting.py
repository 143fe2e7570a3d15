"""Multilevel splitting: rates too small to wait for, without bias.

A swarm moves to the criterion level by level; the share that a level leaves, multiplied over levels,
estimates p. Its mean over swarms is p itself where the particles of a level are a fresh sample beyond the
last, and in that ideal its relative variance is

    (1 + 1/particles)^{log₂(1/p)} − 1

Moves forget which particle was copied, but not at once: with 32 particles the rate of 10⁻⁹ comes out 1.7 %
too large after 8 moves a level (standard error 0.4 %), and without a bias that 20,000 swarms show after 20
and more. One logit z ~ N(0, σ²) in an interval is kept as guess-and-check keeps it.

Reference: Au and Beck 2001; Cérou, Del Moral, Furon and Guyader 2012, "Sequential Monte Carlo for rare event
estimation"; Bréhier et al. 2016 (arXiv 1505.02674).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np

from ....sim.runfile import Run
from ..arms import experiment
from ..case import Case, Curve, Effort, Plot
from ..predictions import Law, Mean
from ..selection import REFUSED, SIGMA, selected, truncated

BANDS = ((-1.0, inf), (2.0, 2.1), (6.0, inf), (9.0, inf))
"""Intervals of the logit: probabilities down to 10⁻⁹."""

SWARM = {"particles": 32, "moves": 20}


def cases(effort: Effort) -> Iterator[Case]:
    """Intervals of one logit."""
    conditions = {}
    for band in BANDS:
        condition = selected(band, "multilevel_splitting")
        conditions[str(band)] = condition | {"training.select": condition["training.select"] | SWARM}
    predictions = []
    for band in BANDS:
        p, law = truncated(*band, SIGMA)
        name = str(band)
        predictions += [
            Mean(f"rate of {band} over its probability", 1, lambda run, n=name, p=p: _rate(run, n) / p),
            Law(f"the logit in {band}", law, lambda run, n=name: run.weights(n)[:, 0]),
        ]
    tables = experiment(
        "Multilevel splitting",
        conditions,
        world={"kind": "bandit", "reward": [0.0, 1.0]},
        population={"networks": effort.population(1000)},
        training={},
    )
    title = "the rate of multilevel splitting has no bias, down to one in a thousand million"
    yield Case("L02.splitting", title, tables, tuple(predictions), _plot, refused=REFUSED)


def _rate(run: Run, name: str) -> np.ndarray:
    return run.hyperparameter("hit_rate", name)


def _plot(run: Run) -> Plot:
    p = np.array([truncated(*band, SIGMA)[0] for band in BANDS])
    rates = np.array([_rate(run, str(band)) for band in BANDS])
    error = rates.std(axis=1) / np.sqrt(rates.shape[1])
    line = np.geomspace(p.min(), 1)
    curve = Curve("intervals of a logit", line, line, p, rates.mean(axis=1), error)
    return Plot("probability", "mean hit rate", (curve,), xscale="log", yscale="log")
