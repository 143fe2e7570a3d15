"""Rare actions: when a policy that does not move first samples one, and how often.

An action of probability p is absent from the E episodes of an update with probability (1 − p)ᴱ, so the first
update that shows it is geometric, and its visits in U updates are binomial of UE draws:

    P(first at u) = (1 − q)^{u − 1} q,    q = 1 − (1 − p)ᴱ;    E N = UEp,    Var N = UEp(1 − p)

of fourth cumulant UEp(1 − p)(1 − 6p(1 − p)). A draw is one of 2³² words and p is rounded to a multiple of
2⁻³², so an action below half of that has no word, which `rare_at` notes at once; above, it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import expm1, log1p, sqrt

import numpy as np

from ....sim.runfile import Run
from ..arms import STILL, begins, experiment
from ..case import Case, Curve, Effort, Plot, Table
from ..predictions import Counts, Exact, Mean, Prediction, Share, Variance
from ..waiting import classes

SETTINGS = ((0.01, 1, 400), (0.001, 64, 40), (0.3, 7, 20))
"""p, E, U."""

RAREST = ((2.0**-20, 2**14, 2), (2.0**-25, 2**14, 12))
"""Rare enough that a sampler of 24 bits would never show the last, or show it twice as often."""

HALF_A_WORD = 2.0**-33


def cases(effort: Effort) -> Iterator[Case]:
    """Actions of all rarities, and one on either side of the last that there is a word for."""
    conditions, predictions = {}, []
    for p, episodes, updates in SETTINGS:
        name = _name(p, episodes)
        conditions[name] = _condition(p, episodes, updates)
        predictions += _first(name, p, episodes, updates) + _visits(name, p, episodes * updates)
    networks = {"networks": effort.population(10_000)}
    tables = _experiment("Rare actions", conditions, networks)
    title = "rare actions: the first update that shows one, and visits"
    yield Case("L06.first_sampled", title, tables, tuple(predictions), _plot)

    conditions, predictions = {}, []
    for p, episodes, updates in RAREST:
        name = _name(p, episodes)
        conditions[name] = _condition(p, episodes, updates)
        seen = -expm1(episodes * updates * log1p(-p))
        predictions.append(Share(f"share that saw it, {name}", seen, _seen(name)))
    for name, p in (("below", 0.99 * HALF_A_WORD), ("above", 1.01 * HALF_A_WORD)):
        conditions[name] = _condition(p, 1, 1)
        predictions.append(Exact(f"an action {name} 2⁻³³", 1 if name == "below" else -1, _rare(name)))
    tables = _experiment("The rarest actions", conditions, {"networks": effort.population(2000)})
    yield Case("L06.rarest", "actions near the resolution of the sampler", tables, tuple(predictions))


def _experiment(title: str, conditions: dict[str, Table], population: Table) -> Table:
    return experiment(title, conditions, optimiser=STILL, population=population)


def _condition(p: float, episodes: int, updates: int) -> Table:
    loss = {"kind": "outcome", "episodes": episodes}
    return {"loss": loss, "policy": begins(p), "training.updates": updates}


def _name(p: float, episodes: int) -> str:
    return f"p {p:.3g} by {episodes}"


def _first(name: str, p: float, episodes: int, updates: int) -> list[Prediction]:
    """The quarters of the geometric law, and never."""
    ends, share = classes(p, [0.25, 0.5, 0.75], episodes, updates)

    def counts(run: Run) -> np.ndarray:
        found = run.explored_at("best", name).astype(float)
        return np.histogram(np.where(found < 0, np.inf, found), [0, *(ends + 0.5), np.inf])[0]

    return [Counts(f"first update, {name}", share, counts)]


def _visits(name: str, p: float, draws: int) -> list[Prediction]:
    variance = draws * p * (1 - p)

    def visits(run: Run) -> np.ndarray:
        return run.visits("best", name).astype(float)

    return [
        Mean(f"visits, {name}", draws * p, visits, sd=sqrt(variance)),
        Variance(f"their variance, {name}", variance, visits, fourth=variance * (1 - 6 * p * (1 - p))),
    ]


def _seen(name: str):
    return lambda run: run.visits("best", name) > 0


def _rare(name: str):
    return lambda run: run.rare_at(name)


def _plot(run: Run) -> Plot:
    curves = []
    for p, episodes, updates in SETTINGS:
        found = run.explored_at("best", _name(p, episodes))
        at = np.unique(np.geomspace(1, updates, 15).astype(int))
        shares = np.array([((found > 0) & (found <= u)).mean() for u in at])
        line = np.arange(1.0, updates + 1)
        expected = -np.expm1(line * episodes * log1p(-p))
        curves.append(Curve(_name(p, episodes), line, expected, at.astype(float), shares))
    return Plot("updates", "share of networks that have shown it", tuple(curves), xscale="log")
