"""Whole records of both backends: phases, epochs, references, watches, freezing, divergence, exploration."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from cases import experiment
from popgrad.sim.batches import simulate_batch
from popgrad.sim.blocks import simulate_block
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import lower
from popgrad.sim.pace import Control
from popgrad.sim.spec import read_experiment

IDS = range(48, 48 + 41)
SIZE = 48
UPDATES = 12
COIN_LINE = {"kind": "coin_line", "length": 2, "diversity": 0.3}
REGISTER = {"kind": "reward_register", "distance": 1, "horizon": 4}
ARMS = {"kind": "bandit", "reward": [1.0, 0.3, -0.5]}
CRITIC = {"kind": "mlp", "hidden": [3], "learning_rate": 0.1}

CONDITIONS: dict[str, dict[str, Any]] = {
    "clipped epochs after imitation": {
        "loss": {
            "kind": "outcome",
            "episodes": 4,
            "rule": "clipped",
            "clip": 0.02,
            "epochs": 3,
            "entropy": 0.1,
            "baseline": "critic",
            "critic": CRITIC,
        },
        "phase": [{"updates": 5, "loss": {"kind": "imitation", "estimator": "minibatch", "rows": 3}}],
        "world": COIN_LINE,
        "policy": {"kind": "mlp", "hidden": [4], "head": "logit", "init": {"kind": "normal"}},
        "optimiser": {"kind": "adam", "learning_rate": {"log_uniform": [0.05, 0.5]}, "eps": 1e-3},
        "watch": [
            {"behaviour": "walks_away", "below": 0.2, "freeze": True},
            {"behaviour": "collects_coin", "above": 0.8},
        ],
    },
    "preferences against the policy of a phase's end": {
        "loss": {"kind": "preference", "pairs": "own", "states": "own", "beta": 0.7, "label_noise": 0.2},
        "phase": [{"updates": 4, "loss": {"kind": "process", "labels": "all", "episodes": 3}}],
        "world": REGISTER,
        "policy": {"kind": "linear", "init": {"kind": "normal"}},
        "optimiser": {
            "kind": "sgd",
            "learning_rate": 0.3,
            "momentum": 0.5,
            "schedule": {"kind": "cosine", "warm_up": 2},
        },
        "watch": [],
    },
    "divergence": {
        "loss": {"kind": "consequence", "estimator": "exact"},
        "world": ARMS,
        "policy": {"kind": "tabular", "init": {"kind": "normal"}},
        "optimiser": {"kind": "sgd", "learning_rate": {"log_uniform": [1.0, 1e9]}},
        "watch": [{"behaviour": "best", "above": 0.5}],
    },
}
EVENTS = ("crossed_at", "explored_at", "visits", "rare_at", "diverged_at")
NEAR = {
    "clipped epochs after imitation": 1e-3,
    "preferences against the policy of a phase's end": 1e-4,
    "divergence": 1e-4,
}
"""Of a network's largest number in a record at a time, 0.01 at least. Measured: docs/parity.md."""


def condition_of(name: str, backend: str) -> Condition:
    """A condition, recorded at every update."""
    given = dict(CONDITIONS[name])
    loss, watch = given.pop("loss"), given.pop("watch")
    training = {"updates": UPDATES, "record": {"every": 1}, "watch": watch, "weights": True}
    tables = experiment(loss, training=training, **given)
    return read_experiment(tables, {"compute.backend": backend}).conditions[0]


@cache
def by_lanes(name: str) -> dict[str, np.ndarray]:
    condition = condition_of(name, "numba")
    return simulate_block(lower(condition), condition, IDS, Control())


def by_xla(name: str) -> dict[str, np.ndarray]:
    condition = condition_of(name, "jax")
    return simulate_batch(lower(condition), condition, IDS, SIZE, Control())


@pytest.mark.parametrize("name", CONDITIONS)
def test_records_are_the_same(name):
    lanes, xla = by_lanes(name), by_xla(name)
    assert lanes.keys() == xla.keys()
    events = [event for event in EVENTS if lanes[event].size]
    for event in events:
        np.testing.assert_array_equal(xla[event], lanes[event], err_msg=event)
    for record in sorted(lanes.keys() - set(EVENTS)):
        one, other = lanes[record], xla[record]
        assert (one.dtype, one.shape) == (other.dtype, other.shape), record
        known = np.isfinite(one)  # of what overflowed, only that it did
        np.testing.assert_array_equal(known, np.isfinite(other), err_msg=record)
        off = np.abs(np.where(known, one, 0) - np.where(known, other, 0)) / sizes(np.where(known, one, 0))
        print(f"{name}: {record} {off.max(initial=0):.2g}")
        assert off.max(initial=0) <= NEAR[name], record


def sizes(record: np.ndarray) -> np.ndarray:
    """What differences of a record are measured by: a network's largest number at that time, or 0.01."""
    along = (1,) if record.ndim == 2 and record.shape[1] > UPDATES + 10 else tuple(range(2, record.ndim))
    return np.maximum(np.abs(record).max(axis=along, keepdims=True, initial=0), 0.01)


def test_what_is_meant_to_happen_does():
    """Or the records would be the same because nothing was in them."""
    lanes = by_lanes("clipped epochs after imitation")
    frozen, first = lanes["crossed_at"].T
    assert (frozen > 5).any()
    assert (first > 0).any()
    assert {-1, 6} <= set(lanes["explored_at"].ravel().tolist())
    lanes = by_lanes("divergence")
    assert len(set(lanes["diverged_at"].tolist())) > 3
    assert -1 in lanes["diverged_at"]
