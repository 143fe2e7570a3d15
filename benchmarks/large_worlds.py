"""What an update costs in a world of a hundred thousand states, beside one of fifty, on both backends.

python -m popgrad.benchmarks.large_worlds

The world is `levels`; the rows of an update are as many in both, those of a minibatch or the visits of
episodes. Each cell runs in a process of its own, whose peak of memory is its own too, on one thread of the
vectors' or on what JAX takes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from ..sim.machine import cores
from ..sim.spec import of_tables
from ..sim.work import Work
from .child import Child, Where
from .timing import Spread

WORLDS = {
    "small": {"kind": "levels", "size": 5, "levels": 1, "held_out": 1, "horizon": 20},
    "large": {"kind": "levels", "size": 7, "levels": 2000, "held_out": 200, "horizon": 20},
}
LOSSES = {
    "minibatch of 320": {"kind": "imitation", "estimator": "minibatch", "rows": 320},
    "16 episodes of 20": {"kind": "outcome", "episodes": 16, "baseline": "leave_one_out"},
}
NETWORKS, UPDATES, TURNS = 256, 100, 5


@dataclass
class Cell:
    """One world, loss and backend."""

    world: dict[str, Any]
    loss: dict[str, Any]
    backend: str

    def __post_init__(self) -> None:
        tables = {
            "world": self.world,
            "policy": {"kind": "mlp", "hidden": [16]},
            "optimiser": {"kind": "sgd", "learning_rate": 0.01},
            "population": {"networks": NETWORKS},
            "training": {"updates": UPDATES, "record": {"at": [0]}, "rows": "visits", "recorded": 1},
            "compute": {"backend": self.backend},
            "condition": [{"name": "one", "loss": self.loss}],
        }
        work = Work(of_tables(tables, Path(), "large worlds"))
        self.plan, self.condition = work.plans[0], work.experiment.conditions[0]

    def states(self) -> int:
        """How many the world has."""
        return self.condition.world.states

    def seconds(self, updates: int) -> float:
        """Of some updates of all networks, from weights that are there."""
        return (self.on_vectors if self.backend == "numba" else self.on_device)(updates)

    def on_vectors(self, updates: int) -> float:
        """On one thread of the processor."""
        from ..kernels.lanes.vector import LANES
        from ..sim.engine import Engine
        from ..sim.initial import fresh_state

        state, engine = fresh_state(self.plan, self.condition, range(NETWORKS)), Engine(self.plan)
        began = time.perf_counter()
        engine.advance(state, np.ones(updates, np.float32), (0, NETWORKS // LANES), (0, updates))
        return time.perf_counter() - began

    def on_device(self, updates: int) -> float:
        """On the first device of JAX's."""
        import jax

        from ..kernels.xla.advance import advance
        from ..sim.batches import Stage

        stage = Stage(self.plan, self.condition)
        population = stage.fresh(np.arange(NETWORKS, dtype=np.uint32))
        given = stage.factors(0, updates), np.int32(0), np.int32(updates)
        jax.block_until_ready(population)
        began = time.perf_counter()
        jax.block_until_ready(advance(*stage.training, population, *given))
        return time.perf_counter() - began


def main() -> None:
    """Time the cells, small and large in turns."""
    table = Table(box=None, pad_edge=False)
    for heading in ("backend", "rows", "states", "µs an update", "peak MB", "large / small"):
        table.add_column(heading, justify="left" if heading in ("backend", "rows") else "right")
    for backend in ("numba", "jax"):
        for rows, loss in LOSSES.items():
            where = Where(cores() if backend == "jax" else 1)
            with (
                Child(where, Cell, WORLDS["small"], loss, backend) as small,
                Child(where, Cell, WORLDS["large"], loss, backend) as large,
            ):
                sides = (small, large)
                taken: list[list[float]] = [[], []]
                for turn in range(TURNS + 1):  # the first compiles
                    for side, seconds in zip(sides, taken, strict=True):
                        seconds.append(side("seconds", UPDATES if turn else 1))
                ratio = Spread.of([b / a for a, b in zip(taken[0][1:], taken[1][1:], strict=True)])
                for side, seconds in zip(sides, taken, strict=True):
                    each = Spread.of([1e6 * s / UPDATES / NETWORKS for s in seconds[1:]])
                    table.add_row(
                        backend,
                        rows,
                        f"{side('states'):,}",
                        f"{each.median:.2f} ({each.least:.2f} to {each.most:.2f})",
                        f"{(side('peak_memory') or 0) / 1e6:,.0f}",
                        f"{ratio.median:.2f}" if side is large else "",
                    )
    Console().print(table)


if __name__ == "__main__":
    main()
