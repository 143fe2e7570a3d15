"""What the tests of selection share: experiments whose networks are selected."""

from __future__ import annotations

from typing import Any

import numpy as np
import popgrad
from cases import Table, experiment
from popgrad.sim.experiment import Condition
from popgrad.sim.spec import read_experiment

GUESS, SPLIT = "guess_and_check", "multilevel_splitting"
TWO_ARMS = {"kind": "bandit", "reward": [0.0, 1.0]}
"""With the logit head, imitation's loss is ln(1 + e^−z)."""
COIN = {"kind": "coin_line", "length": 4, "diversity": 0.1}
RELU = {
    "kind": "mlp",
    "hidden": [16],
    "activation": "relu",
    "bias": False,
    "head": "logit",
    "init": {"kind": "normal"},
}
TABLE = {"kind": "tabular", "head": "logit", "init": {"kind": "normal", "std": 1.5}}


def selected(select: Table, method: str = GUESS, networks: int = 64, **sections: Any) -> Table:
    """An experiment of one condition `a`, imitation selected by some criterion."""
    condition = [{"name": "a", "loss": {"kind": "imitation"}}]
    given = {"world": COIN, "policy": RELU, "population": {"networks": networks}, "condition": condition}
    training = {"method": method, "select": select, **sections.pop("training", {})}
    return experiment([], **{**given, "training": training, **sections})


def condition_of(tables: Table) -> Condition:
    """Its one condition."""
    (condition,) = read_experiment(tables).conditions
    return condition


def attempts(run: popgrad.Run, condition: str = "a") -> np.ndarray:
    """(networks,): −1 where nothing was found."""
    return run.hyperparameter("attempts", condition)


def level(z: float) -> float:
    """ln(1 + e^−z): the loss of two arms at logit z."""
    return float(np.log1p(np.exp(-z)))
