"""Hyperparameters that are drawn for each network: uniform, uniform in the logarithm, or a choice.

u = F(x) is uniform for x of distribution function F, here (x − a)/(b − a) and ln(x/a)/ln(b/a). Two of them
are independent, so that (u₁ + u₂) mod 1 is uniform as well; a `grid` has no chance in it, and two conditions
that draw from one distribution give a network one value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import IMITATION, experiment
from ..case import Case, Curve, Effort, Plot
from ..predictions import Array, Counts, Exact, Law

LOW, HIGH = 0.01, 0.3
CHOICE, GRID = [0.1, 0.2, 0.4, 0.8], [0.25, 0.5, 0.75]


def cases(effort: Effort) -> Iterator[Case]:
    """A learning rate, a momentum and a decay."""
    spread = {
        "kind": "sgd",
        "learning_rate": {"log_uniform": [LOW, HIGH]},
        "momentum": {"uniform": [0.0, 0.9]},
        "weight_decay": {"choice": CHOICE},
    }
    grid = {**spread, "momentum": {"grid": GRID}}
    tables = experiment(
        "Drawn hyperparameters",
        {
            "drawn": {"loss": IMITATION, "optimiser": spread},
            "grid": {"loss": IMITATION, "optimiser": grid},
        },
        population={"networks": effort.population(20_000)},
    )
    predictions = (
        Law("a learning rate, uniform in the logarithm", lambda x: x, _rate),
        Law("a momentum, uniform", lambda x: x, _momentum),
        Law("their sum modulo 1: independent", lambda x: x, lambda run: (_rate(run) + _momentum(run)) % 1),
        Counts("a weight decay, a choice of four", [0.25] * 4, _choices),
        Exact("a momentum, from a grid", 0, _off_grid, absolute=1e-7),
        Exact("learning rates of two conditions", 0, lambda run: _rate(run) - _rate(run, "grid")),
    )
    yield Case("L01.hyperparameters", "drawn hyperparameters by their laws", tables, predictions, _plot)


def _rate(run: Run, condition: str = "drawn") -> Array:
    return np.log(run.hyperparameter("learning_rate", condition) / LOW) / np.log(HIGH / LOW)


def _momentum(run: Run) -> Array:
    return run.hyperparameter("momentum", "drawn") / 0.9


def _choices(run: Run) -> Array:
    found = run.hyperparameter("weight_decay", "drawn")
    return np.isclose(found[:, None], CHOICE, rtol=1e-6).sum(axis=0).astype(float)


def _off_grid(run: Run) -> Array:
    return run.hyperparameter("momentum", "grid") - np.resize(GRID, len(run.networks))


def _plot(run: Run) -> Plot:
    laws: dict[str, Callable[[Run], Array]] = {"learning rate": _rate, "momentum": _momentum}
    share = np.linspace(0, 1, 26)
    curves = [Curve(n, share, share, np.quantile(found(run), share), share) for n, found in laws.items()]
    return Plot("distribution function at what was drawn", "share of networks", tuple(curves))
