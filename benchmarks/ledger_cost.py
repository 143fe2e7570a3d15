"""What a ledger costs: updates of a population that books K behaviours, beside the same that books none.

python -m popgrad.benchmarks.ledger_cost

The coin line with 16 tanh units by SGD, on one thread, all in turns; K behaviours in contexts should cost at
most 1 + 1.5 K. The weights are checked to be the same bits first.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from ..analyses.ledger.forecast_experiments import EVERY_MARGIN
from ..kernels.lanes.vector import LANES
from ..sim.engine import Engine
from ..sim.initial import fresh_state
from ..sim.spec import of_tables
from ..sim.work import Work
from .timing import Spread

LOSSES = {
    "exact imitation": {"kind": "imitation", "estimator": "exact"},
    "sampled outcome, 16 episodes": {"kind": "outcome", "episodes": 16, "baseline": "leave_one_out"},
}
BOOKED = {
    "none": [],
    "1 in contexts": ["walks_away"],
    "2 in contexts": ["walks_away", "right_9"],
    "3 in contexts": ["walks_away", "right_9", "right_16"],
    "1 of an episode": ["collects_coin"],
}
NETWORKS, UPDATES, TURNS = 256, 2000, 5


class Side:
    """One loss with a ledger of some behaviours, or without any."""

    def __init__(self, loss: dict[str, Any], behaviours: list[str]):
        training: dict[str, Any] = {"updates": UPDATES, "record": {"at": [0]}}
        if behaviours:
            training["ledger"] = {"behaviours": behaviours}
        tables = {
            "world": {"kind": EVERY_MARGIN, "length": 4, "diversity": 0.1},
            "policy": {"kind": "mlp", "hidden": [16], "init": {"kind": "normal", "std": 1.0}},
            "optimiser": {"kind": "sgd", "learning_rate": 0.05},
            "population": {"networks": NETWORKS},
            "training": training,
            "condition": [{"name": "one", "loss": loss}],
        }
        work = Work(of_tables(tables, Path(), "ledger's cost"))
        self.plan, self.condition = work.plans[0], work.experiment.conditions[0]
        self.weights = np.zeros(0)

    def seconds(self, updates: int) -> float:
        """Of processor, for some updates of all networks from their beginning."""
        state, engine = fresh_state(self.plan, self.condition, range(NETWORKS)), Engine(self.plan)
        began = time.process_time()
        engine.advance(state, np.ones(updates, np.float32), (0, NETWORKS // LANES), (0, updates))
        taken = time.process_time() - began
        self.weights = state.weights
        return taken


def main() -> None:
    """Time them in turns."""
    table = Table(box=None, pad_edge=False)
    for heading in ("loss", "booked", "µs an update of 16 networks", "times without"):
        table.add_column(heading, justify="left" if heading in ("loss", "booked") else "right")
    for loss, options in LOSSES.items():
        sides = {name: Side(options, behaviours) for name, behaviours in BOOKED.items()}
        for side in sides.values():
            side.seconds(20)
            np.testing.assert_array_equal(side.weights, sides["none"].weights)
        taken = [{name: side.seconds(UPDATES) for name, side in sides.items()} for _ in range(TURNS)]
        for name in sides:
            spread = Spread.of([turn[name] / turn["none"] for turn in taken])
            each = np.median([turn[name] for turn in taken]) * 1e6 / UPDATES / (NETWORKS // LANES)
            table.add_row(
                loss, name, f"{each:.1f}", f"{spread.median:.2f} ({spread.least:.2f} to {spread.most:.2f})"
            )
    Console().print(table)


if __name__ == "__main__":
    main()
