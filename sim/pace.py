"""How a block's work is cut into short pieces, and how somebody outside may stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SLICE_SECONDS = 0.25
"""How long a kernel runs before it looks up: for progress, and for Ctrl-C."""


class Stopped(Exception):  # noqa: N818  (not an error: somebody asked)
    """A block was given up because the run is to stop."""


@dataclass
class Control:
    """How a running block is watched and stopped from outside.

    Args:
        stop: set to make every block give up at its next slice.
        progress: told the network updates done since it was last told.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[int], None] = lambda updates: None


@dataclass
class Pace:
    """How much work fits in `SLICE_SECONDS`, by the speed of the last call."""

    units: float = 1.0

    def of(self, work: Callable[[], None], units: int) -> None:
        """Do `units` of work and learn from it; a first guess grows eightfold at most."""
        began = time.perf_counter()
        work()
        seconds = max(time.perf_counter() - began, 1e-5)
        self.units = min(units * SLICE_SECONDS / seconds, 8 * max(self.units, units))
