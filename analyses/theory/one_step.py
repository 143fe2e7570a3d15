"""One update of many networks that begin alike, held against everything that it may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ...sim.runfile import Run
from .arms import STAYS, experiment
from .case import Curve, Effort, Plot, Table
from .enumeration import Outcomes
from .logits import ARMS_4, LOGITS_4, begins_with, softmax
from .predictions import Array, Counts, Exact, Mean, Prediction

REWARD, THETA = np.array(ARMS_4), np.array(LOGITS_4)
PI = softmax(THETA)


def outcome(episodes: int, baseline: str, **options: object) -> Table:
    """The loss, on the reward that is intended."""
    return {"kind": "secure_outcome", "episodes": episodes, "baseline": baseline, **options}


def taken(run: Run, name: str) -> Array:
    """The steps of all networks, (n, K)."""
    return run.weights(name)[:, :4] - run.weights("start")[0, :4]


def held(effort: Effort, name: str, possible: Outcomes, direction: Array) -> list[Prediction]:
    """That steps are possible ones, as often as they should be, with their mean and mean square."""
    uphill = direction / np.linalg.norm(direction)
    along, squares = possible.step @ uphill, (possible.step**2).sum(axis=1)
    numbers = np.arange(len(along) + 1) - 0.5
    return [
        Exact(
            f"{name}: distance from a possible step",
            0.0,
            lambda run: possible.nearest(taken(run, name))[1],
            effort.tolerance(1e-6, 1e-8),
        ),
        Counts(
            f"{name}: how often each",
            possible.probability,
            lambda run: np.histogram(possible.nearest(taken(run, name))[0], numbers)[0],
        ),
        Mean(
            f"{name}: step along its expectation",
            possible.mean(along),
            lambda run: taken(run, name) @ uphill,
            sd=possible.spread(along),
        ),
        Mean(
            f"{name}: square of its length",
            possible.mean(squares),
            lambda run: (taken(run, name) ** 2).sum(axis=1),
            sd=possible.spread(squares),
        ),
    ]


def from_the_same(effort: Effort, title: str, conditions: Mapping[str, Table], usual: int) -> Table:
    """Networks that all begin with `THETA`; the condition `start` keeps it."""
    given = begins_with(LOGITS_4)
    all_of_them = {"start": {"loss": outcome(1, "none"), **STAYS}, **conditions}
    return experiment(
        title,
        {name: {**given, **condition} for name, condition in all_of_them.items()},
        world={"kind": "bandit", "reward": list(ARMS_4)},
        population={"networks": effort.population(usual)},
        policy={"kind": "tabular"},
        optimiser={"kind": "sgd", "learning_rate": 1.0},
    )


def masses(possible: Mapping[str, Outcomes]) -> Callable[[Run], Plot]:
    """How often each possible step was taken, beside its probability."""

    def draw(run: Run) -> Plot:
        curves = []
        for name, outcomes in possible.items():
            which, _ = outcomes.nearest(taken(run, name))
            p = outcomes.probability
            share = np.bincount(which, minlength=len(p)) / len(which)
            ends = np.array([p.min(), p.max()])
            curves.append(Curve(name, ends, ends, p, share, np.sqrt(p * (1 - p) / len(which))))
        return Plot("probability of a step", "share of networks", tuple(curves), "log", "log")

    return draw
