"""The cases: one table that feeds the check that both sides compute the same, and the timings.

A case is stated twice: as an ordinary experiment of popgrad's, and as a setup from which the peer's own code
builds the same problem. Neither is derived from the other, so a slip in one is found by the check.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..sim.custom_world import arrays_of
from ..sim.errors import Fault, InvalidInput, nearest
from ..sim.experiment import Experiment
from ..sim.makers import world_key
from ..sim.spec import of_tables
from ..sim.world import World
from .jax_problems import Imitation, Outcome

LENGTH, DIVERSITY = 4, 0.1


@dataclass(frozen=True, eq=False)
class Case:
    """One piece of work for both sides.

    Args:
        name: what the command line calls it.
        meaning: one line.
        tables: an experiment without numbers of networks and updates.
        peer: the same problem for the peer.
        updates: how many are timed by default, and checked at most: beyond them the two sides' rounding may
            have grown into different networks.
        world: what `[world]` stands for where it is none of popgrad's.
        outliers: the share of networks, rounded up, that may differ by more than rounding.
    """

    name: str
    meaning: str
    tables: dict[str, Any]
    peer: Imitation | Outcome
    updates: int
    world: World | None = None
    outliers: float = 0.0

    def experiment(self, networks: int, updates: int, episodes: int = 0) -> Experiment:
        """The case as popgrad runs it, measured before the first update and after the last.

        `episodes` is the seed of the draws that make them; initial weights do not depend on it.
        """
        tables = copy.deepcopy(self.tables)
        tables["seed"] = {"all": 0, "start": episodes, "action": episodes}
        tables["population"] = {"networks": networks}
        tables["training"] = {"updates": updates, "record": {"at": [0]}}
        own = {world_key(tables): arrays_of(self.world)} if self.world else None
        return of_tables(tables, Path(), self.name, own)


def random_features(
    name: str,
    *,
    inputs: int,
    hidden: int,
    actions: int,
    rows: int,
    activation: str,
    updates: int,
    **limits: Any,
) -> Case:
    """Full-batch cross-entropy on random rows, each labelled with what a random linear teacher does there."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((rows, inputs)).astype(np.float32).astype(float)
    labels = (features @ rng.standard_normal((inputs, actions))).argmax(axis=1)
    world = World(
        successor=np.zeros((rows, actions), int),
        start=np.full(rows, 1 / rows),
        features=features,
        horizon=1,
        contexts=np.ones(rows),
        demonstrator=np.eye(actions)[labels],
    )
    tables = {
        "world": {"kind": "random_features.npz"},
        "policy": {"kind": "mlp", "hidden": [hidden], "activation": activation, "bias": True},
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "condition": [{"name": "imitation", "loss": {"kind": "imitation"}}],
    }
    meaning = f"{inputs}-{hidden}-{actions} {activation} with biases, cross-entropy on {rows} rows"
    peer = Imitation(
        features.astype(np.float32),
        labels,
        np.full(rows, 1 / rows),
        (hidden,),
        actions,
        activation,
        True,
        learning_rate=0.1,
    )
    return Case(name, meaning, tables, peer, updates, world, **limits)


def coin_line(
    name: str, meaning: str, loss: dict[str, Any], peer: Imitation | Outcome, **limits: Any
) -> Case:
    """A case on the coin line: 3 features, 16 hidden ReLU without bias, one logit."""
    tables = {
        "world": {"kind": "coin_line", "length": LENGTH, "diversity": DIVERSITY},
        "policy": {
            "kind": "mlp",
            "hidden": [16],
            "activation": "relu",
            "bias": False,
            "head": "logit",
            "init": {"kind": "normal", "std": 1.0},
        },
        "optimiser": {"kind": "sgd", "learning_rate": 0.05},
        "condition": [{"name": loss["kind"], "loss": loss}],
    }
    return Case(name, meaning, tables, peer, **limits)


def coin_line_rows() -> Imitation:
    """Imitation on the coin line as plain supervised learning: which way to step, where not at the coin."""
    places = [(p, c) for p in range(LENGTH + 1) for c in range(1, LENGTH + 1) if p != c]
    weight = np.array([DIVERSITY / LENGTH + (1 - DIVERSITY) * (c == LENGTH) for _, c in places])
    return Imitation(
        features=np.array([(1, p, c) for p, c in places], np.float32),
        labels=np.array([c > p for p, c in places], int),
        weight=weight / weight.sum(),
        hidden=(16,),
        outputs=1,
        activation="relu",
        bias=False,
        learning_rate=0.05,
    )


OUTCOME = {"kind": "outcome", "estimator": "sampled", "episodes": 32, "baseline": "leave_one_out"}
ROLLOUTS = Outcome(LENGTH, DIVERSITY, episodes=32, hidden=(16,), learning_rate=0.05, tables=False)
TABLES = Outcome(LENGTH, DIVERSITY, episodes=32, hidden=(16,), learning_rate=0.05, tables=True)
KINK = 0.01
"""ReLU has a kink: where rounding takes a sum to its other side, one update differs by more than rounding."""

_ALL = (
    random_features(
        "imitation_tanh", inputs=8, hidden=16, actions=4, rows=32, activation="tanh", updates=200
    ),
    random_features(
        "imitation_relu",
        inputs=8,
        hidden=8,
        actions=4,
        rows=16,
        activation="relu",
        updates=400,
        outliers=KINK,
    ),
    coin_line(
        "coin_line_imitation",
        "coin line, 3-16-1 ReLU, exact imitation on its 16 rows",
        {"kind": "imitation"},
        coin_line_rows(),
        updates=400,
        outliers=KINK,
    ),
    coin_line(
        "coin_line_outcome",
        "coin line, REINFORCE on 32 episodes of at most 8 steps; JAX by vmapped rollouts",
        OUTCOME,
        ROLLOUTS,
        updates=30,
    ),
    coin_line(
        "coin_line_outcome_tables",
        "the same; JAX by popgrad's algorithm, the policy evaluated once on all states",
        OUTCOME,
        TABLES,
        updates=30,
    ),
)
CASES = {case.name: case for case in _ALL}


def chosen(names: tuple[str, ...]) -> list[Case]:
    """The cases of these names, all where none is given.

    Raises:
        InvalidInput: names that no case has.
    """
    expected = f"one of {', '.join(CASES)}"
    faults = [
        Fault("CASE", repr(name), expected, nearest(name, CASES)) for name in names if name not in CASES
    ]
    if faults:
        raise InvalidInput("bench", faults)
    return [CASES[name] for name in dict.fromkeys(names or CASES)]
