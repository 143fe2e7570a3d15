"""Multilevel splitting: rates too small to wait for, without bias.

A swarm moves to the criterion level by level; each level that half of it is beyond halves its estimate of p.
The mean over swarms is p itself (Bréhier et al. 2016), and in the ideal, where the particles of a level are
independent, its relative variance is

    (1 + 1/particles)^{log₂(1/p)} − 1

which moves that do not forget can only raise. One logit z ~ N(0, σ²) in an interval is kept as
guess-and-check keeps it.

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
from .l02_guessing import REFUSED, SIGMA, selected, truncated

BANDS = ((-1.0, inf), (2.0, 2.1), (6.0, inf), (9.0, inf))
"""Intervals of the logit: probabilities down to 10⁻⁹."""

SWARM = {"particles": 32, "moves": 8}


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
        population={"networks": effort.population(2000)},
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
