"""Runs that are not finished, for the tests of how their blocks are kept."""

from pathlib import Path

import numpy as np
from popgrad.sim.journal import Header
from popgrad.sim.store import PartialRun

EXPERIMENT = {
    "seed": 0,
    "world": {"kind": "coin_line", "length": 4},
    "condition": [{"name": "imitation", "loss": {"kind": "imitation"}}],
}
HEADER = Header("ab12", EXPERIMENT)
OTHER = Header("cd34", {**EXPERIMENT, "world": {"kind": "coin_line", "length": 8, "diversity": 0.02}})


def block(value: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(value)
    rate = rng.random((3, 4, 2), np.float32)
    rate[0, 0] = np.nan
    return {"rate": rate, "diverged_at": np.full(3, -value), "optimiser.learning_rate": rng.random(3)}


def write(output: Path, *keys: tuple[int, int], header: Header = HEADER, overwrite: bool = False) -> None:
    with PartialRun.open(output, header, overwrite) as run:
        for condition, index in keys:
            run.add(condition, index, block(10 * condition + index))


KILLED = """
import os, sys
import numpy as np
from pathlib import Path
from popgrad.sim.journal import Header
from popgrad.sim.store import PartialRun
run = PartialRun.open(Path(sys.argv[1]), Header("ab12", {}))
for index in range(10_000):
    run.add(0, index, {"diverged_at": np.full(1000, index)})
    print(index, flush=True)
"""
