"""Acting on predictions: softmax at a temperature, and ε-greedy.

Under `consequence` the outputs of a table predict each arm's reward. In expectation they move by

    z_a ← z_a − η π_a (z_a − r_a),    π = softmax(z/T),
                                   or π = ε/A + (1 − ε)/m for the m largest z, ε/A for the others

from z = 0, where all A arms are equal whatever T or ε. Where every arm disappoints, the greedy one changes:
it falls below the next. Two arms that pay alike stay equal to the bit, and share what is greedy. What is
recorded is iterated here in float64, each network with a T or ε of its own.

Reference: Sutton and Barto 2018, sections 2.2 and 2.8.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import experiment
from ..case import Case, Curve, Effort, Plot
from ..predictions import Array, Exact

REWARD = np.array([-0.25, -1.0, -0.5])
ALIKE = np.array([0.75, 0.25, 0.75])
ETA, UPDATES = 0.3, 150
TEMPERATURES, EPSILONS = [0.05, 0.3, 1.0, 4.0], [0.02, 0.1, 0.5, 1.0]
GRIDS = {"softmax": ("temperature", TEMPERATURES), "epsilon_greedy": ("epsilon", EPSILONS)}


def cases(effort: Effort) -> Iterator[Case]:
    """Both ways of acting, at every update, and arms that are alike."""
    conditions, predictions = {}, []
    close = effort.tolerance(4e-6, 1e-12)
    for acting, (name, grid) in GRIDS.items():
        loss = {"kind": "consequence", "estimator": "exact", "acting": acting, name: {"grid": grid}}
        conditions[acting] = {"loss": loss}
        expected = learning(acting, grid)
        predictions.append(Exact(f"π of every arm by {acting}", expected, _rates(acting), close))
        returns = expected @ REWARD
        predictions.append(
            Exact(f"return by {acting}", returns, lambda run, n=acting: run.observed_return(n), close)
        )
    loss = conditions["epsilon_greedy"]["loss"]
    conditions["alike"] = {"loss": loss, "world.reward": ALIKE.tolist()}
    expected = learning("epsilon_greedy", EPSILONS, ALIKE)
    predictions.append(
        Exact("π where two arms are alike, by epsilon_greedy", expected, _rates("alike"), close)
    )
    tables = experiment(
        "Acting on predictions",
        conditions,
        world={"kind": "bandit", "reward": REWARD.tolist()},
        policy={"kind": "tabular"},
        optimiser={"kind": "sgd", "learning_rate": ETA},
        population={"networks": len(TEMPERATURES)},
        training={"updates": UPDATES, "record": {"every": 1}},
    )
    title = "policies that act on what they predict: softmax and ε-greedy"
    yield Case("L09.acting", title, tables, tuple(predictions), _plot)


def learning(acting: str, grid: list[float], reward: Array = REWARD) -> Array:
    """π after 0, 1, … updates, (network, time, arm)."""
    each = np.array(grid)[:, None]
    z, found = np.zeros((len(grid), 3)), []
    for _ in range(UPDATES + 1):
        if acting == "softmax":
            raised = np.exp((z - z.max(axis=1, keepdims=True)) / each)
            pi = raised / raised.sum(axis=1, keepdims=True)
        else:
            best = z == z.max(axis=1, keepdims=True)
            pi = each / 3 + (1 - each) * best / best.sum(axis=1, keepdims=True)
        found.append(pi)
        z = z - ETA * pi * (z - reward)
    return np.stack(found, axis=1)


def _rates(condition: str):
    return lambda run: np.stack([run.rate(f"arm_{k}", condition) for k in range(3)], axis=2)


def _plot(run: Run) -> Plot:
    few = np.unique(np.geomspace(1, UPDATES + 1, 25).astype(int)) - 1
    curves = []
    for acting, (name, grid) in GRIDS.items():
        expected, found = learning(acting, grid)[1], _rates(acting)(run)[1].astype(float)
        label = f"{acting}, {name} {grid[1]}"
        curves.append(Curve(label, run.time + 1.0, expected[:, 0], few + 1.0, found[few, 0]))
    return Plot("updates + 1", "probability of the best arm", tuple(curves), xscale="log")
