"""popgrad's side of a case: blocks on a thread pool, as a run does them, but for the writing to disk."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from ..kernels.lanes.advance import advance
from ..kernels.lanes.vector import LANES
from ..sim.blocks import Control, fresh_state, simulate_block
from ..sim.work import Job, Work
from .cases import Case


@dataclass
class PopgradSide:
    """A case as popgrad runs it.

    Args:
        case: what to do; networks: how many; threads: blocks at a time.
    """

    case: Case
    networks: int
    threads: int
    _works: dict[int, Work] = field(default_factory=dict)
    _last: list[np.ndarray] = field(default_factory=list)

    def initial(self) -> np.ndarray:
        """(N, P) float32: the weights before the first update."""
        work = self._work(1)
        plan, condition = work.plans[0], work.experiment.conditions[0]
        state = fresh_state(plan, condition, range(self.networks))
        lanes = (state.weights - state.residual).reshape(-1, plan.training.network.parameters, LANES)
        return np.swapaxes(lanes, 1, 2).reshape(-1, lanes.shape[1])[: self.networks]

    def compile(self, updates: int) -> float:
        """Seconds of the first call, on one tile: the compilation, or the loading from disk."""
        began = time.perf_counter()
        self._block(self._work(updates), Job(0, 0, range(1)), Control())
        return time.perf_counter() - began

    def loaded(self) -> bool:
        """Whether the kernels came from the disk, where an earlier process had left them."""
        return not advance.stats.cache_misses  # type: ignore[attr-defined]

    def run(self, updates: int) -> float:
        """Seconds that all blocks take, from initial weights to the last measurement."""
        work, control = self._work(updates), Control()
        began = time.perf_counter()
        with ThreadPoolExecutor(self.threads) as pool:
            try:
                self._last = list(pool.map(lambda job: self._block(work, job, control), work.jobs(set())))
            except BaseException:
                control.stop.set()
                raise
        return time.perf_counter() - began

    def weights(self) -> np.ndarray:
        """(N, P): where the last run ended."""
        return np.concatenate(self._last)

    def redrawn(self, updates: int) -> np.ndarray:
        """(N, P): where the same networks end with other episodes."""
        work = Work(self.case.experiment(self.networks, updates, episodes=1))
        return np.concatenate([self._block(work, job, Control()) for job in work.jobs(set())])

    def _block(self, work: Work, job: Job, control: Control) -> np.ndarray:
        return simulate_block(work.plans[0], work.experiment.conditions[0], job.ids, control)["weights"]

    def _work(self, updates: int) -> Work:
        if updates not in self._works:
            self._works[updates] = Work(self.case.experiment(self.networks, updates))
        return self._works[updates]
