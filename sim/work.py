"""What is to be done: an experiment with its plans, and its blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..kernels.lanes.vector import LANES
from .estimate import block_size
from .experiment import Experiment
from .journal import Header
from .lower import Plan, lower
from .provenance import program


@dataclass(frozen=True)
class Job:
    """A block that is still to be done."""

    condition: int
    block: int
    ids: range


@dataclass
class Work:
    """An experiment with its plans, ready to run."""

    experiment: Experiment
    plans: list[Plan] = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.plans = [lower(condition) for condition in self.experiment.conditions]
        self.size = block_size(self.experiment, self.plans)

    def jobs(self, done: set[tuple[int, int]]) -> Iterator[Job]:
        """The blocks that are not done, condition after condition."""
        ids = range(self.experiment.networks)
        for condition in range(len(self.plans)):
            for block in range(self.blocks):
                if (condition, block) not in done:
                    yield Job(condition, block, ids[block * self.size : (block + 1) * self.size])

    @property
    def blocks(self) -> int:
        """How many a condition has."""
        return -(-self.experiment.networks // self.size)

    def updates_of(self, job: Job) -> int:
        """Network updates of a block, the lanes that fill its last tile included."""
        updates = max(1, self.experiment.conditions[job.condition].ends)  # a selection counts as one
        return -(-len(job.ids) // LANES) * LANES * updates

    def header(self) -> Header:
        """What a partial run must agree with to be taken up."""
        tables = json.loads(json.dumps(self.experiment.tables, default=str))
        own = {f"source of {plugin.name}": plugin.source.sha256 for plugin in self.experiment.plugins}
        return Header(f"{self.experiment.digest}-{program()}", {**tables, **own, "program": program()})
