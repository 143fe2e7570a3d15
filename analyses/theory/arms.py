"""Experiments on a few arms, the smallest that theory speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ...sim.runfile import Run
from .case import Table

HEADS = MappingProxyType({"softmax": 2.0, "logit": 1.0})
"""κ, how far one step on the logits moves their difference; h = κη."""

STILL: Table = {"kind": "sgd", "learning_rate": 1e-30}
"""An optimiser under which the last weights are the first."""

STAYS: Table = {"optimiser.learning_rate": STILL["learning_rate"]}
"""The same of one condition."""

IMITATION: Table = {"kind": "imitation"}
OUTCOME: Table = {"kind": "outcome", "estimator": "exact"}
PROCESS: Table = {"kind": "process", "estimator": "exact"}
PREFERENCE: Table = {"kind": "preference", "estimator": "exact", "pairs": "all", "compare": "actions"}


def own_world(name: str, **options: Any) -> Table:
    """The `[world]` table of a file in worlds/."""
    return {"kind": str(Path(__file__).parent / "worlds" / f"{name}.py"), **options}


def begins(probability: float, of: str = "best") -> Table:
    """A table of logits whose behaviour begins at a probability."""
    return {"kind": "tabular", "init": {"kind": "probability", "of": of, "value": probability}}


def above(level: float, behaviour: str = "best", freeze: bool = True) -> Table:
    """A watch."""
    return {"behaviour": behaviour, "above": level, "freeze": freeze}


def experiment(title: str, conditions: Mapping[str, Table], **sections: Any) -> Table:
    """Two arms that pay 1 and 0, one network from even odds, whatever `sections` do not say otherwise."""
    base = {
        "title": title,
        "world": {"kind": "bandit"},
        "policy": begins(0.5),
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "population": {"networks": 1},
        "training": {"updates": 1, "record": {"at": [0]}},
    }
    named = [{"name": name, **condition} for name, condition in conditions.items()]
    return {**base, **sections, "condition": named}


def descent(h: float, head: str = "softmax", **options: Any) -> Table:
    """Gradient descent whose step moves the difference of two logits by h times the gradient's."""
    return {"kind": "sgd", "learning_rate": h / HEADS[head], **options}


def crossings(run: Run, condition: str) -> np.ndarray:
    """(watch, network): when a condition crossed its own watches, in the order in which they stand."""
    own = [watch for watch in run.watches if watch in run.own_watches(condition)]
    return np.array([run.crossed_at(watch, condition) for watch in own])


def recorded(run: Run, values: np.ndarray, condition: str) -> np.ndarray:
    """Of values along all of a run's times, those at the condition's own: (..., time) in either case."""
    return values[..., np.isin(run.time, run.own_times(condition))]


def contrast(weights: np.ndarray, head: str = "softmax") -> np.ndarray:
    """(network, D): the weights of the first of two actions less those of the second, of either head.

    A table of one row has D = 1, and this is its log-odds; a head of one logit has the second action's.
    """
    outputs = weights.reshape(len(weights), 2 if head == "softmax" else 1, -1)
    return outputs[:, 0] - outputs[:, 1] if head == "softmax" else -outputs[:, 0]


def final_log_odds(run: Run, condition: str) -> np.ndarray:
    """(network,) float64: z of the first of two arms at the end, from a table of either head."""
    weights = run.weights(condition)
    return contrast(weights, "softmax" if weights.shape[1] == 2 else "logit")[:, 0]


def until(run: Run, condition: str) -> np.ndarray:
    """(network,) float64: updates to the watch that a network crossed, NaN where it crossed none."""
    times = crossings(run, condition).max(axis=0)
    return np.where(times < 0, np.nan, times)


def share_error(share: np.ndarray, run: Run) -> np.ndarray:
    """The standard error √(q(1 − q)/n) of shares of a run's networks."""
    return np.sqrt(share * (1 - share) / len(run.networks))


def by_condition(
    measure: Callable[[Run, str], Any], conditions: Iterable[str]
) -> Callable[[Run], np.ndarray]:
    """What a measure finds of each of some conditions, as one array."""
    names = list(conditions)
    return lambda run: np.array([measure(run, name) for name in names])


def first_crossing(run: Run, condition: str) -> int:
    """When the first network of a condition crossed its first watch."""
    return int(crossings(run, condition)[0, 0])
