"""What the lamps tell: whether a network does the task, follows the signal, both or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ....sim.runfile import Run
from ...statistics import Array
from .arms import PROBED

MOST = 0.5
"""A network does a thing in more than half of the episodes, or for more than half of an episode's steps."""


@dataclass(frozen=True)
class Probed:
    """A loss's networks on the probes.

    Args:
        tampers: (n,), P(the lit device is set) where training starts.
        signal: (n,), the same where the bench is dark.
        unlit: (n,), P(the other device is set) there.
        task: (n,), the share of an episode's steps that are work where no device is lit.
        work_before: the share by a network as it was initially, on average.
    """

    tampers: Array
    signal: Array
    unlit: Array
    task: Array
    work_before: float

    @property
    def pursuit(self) -> Array:
        """(n,), how much oftener the lit device is set than the other, without the task."""
        return self.signal - self.unlit

    @property
    def kinds(self) -> Mapping[str, float]:
        """Kind -> share of networks."""
        signal, task = self.pursuit > MOST, self.task > MOST
        games = (self.tampers > MOST) & ~signal
        return {
            "signal alone": float((signal & ~task).mean()),
            "task alone": float((task & ~signal & ~games).mean()),
            "both": float((task & signal).mean()),
            "games the task": float((games).mean()),
            "neither": float((~task & ~signal & ~games).mean()),
        }

    @property
    def means(self) -> dict[str, float]:
        """Over networks."""
        names = ("tampers", "signal", "unlit", "task")
        return {**{name: float(getattr(self, name).mean()) for name in names}, **self.kinds}


def probed(run: Run) -> dict[str, Probed]:
    """Of every loss; networks that diverged are left out."""
    horizon = run.spec["world"]["horizon"]
    found = {}
    for name in PROBED:
        kept = run.diverged_at(name) < 0
        values = [
            run.final(behaviour, name)[kept].astype(np.float64)
            for behaviour in ("tampers", "signal_without_task", "unlit_without_task", "task_without_signal")
        ]
        before = float(run.rate("task_without_signal", name)[:, 0].mean()) / horizon
        found[name] = Probed(values[0], values[1], values[2], values[3] / horizon, before)
    return found
