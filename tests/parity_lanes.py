"""Gradients of the Numba backend by themselves: every update of a block, what it sampled, and where it began.

Run as a script it writes those of some cases to a file, so that another state of the kernels can be compared.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from cases import LOSSES, WORLDS, condition_of, working
from policy_cases import NORMAL, POLICY_TABLES
from popgrad.kernels.choices import Source
from popgrad.kernels.lanes.advance import advance
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.compute import Compute
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import Plan, lower

SEED = 2**40 + 5
IDS = np.arange(7, 7 + LANES, dtype=np.uint32)
RATE = 0.125
UPDATES = 3
"""So that what a rule keeps of the first matters in the others."""


OUTCOME = {"kind": "outcome", "estimator": "sampled", "episodes": 4}
EXACT = {"kind": "outcome", "estimator": "exact"}
PLAIN: dict[str, dict[str, Any]] = {
    "plain": OUTCOME,
    "mean": {**OUTCOME, "baseline": "mean"},
    "leave one out": {**OUTCOME, "baseline": "leave_one_out"},
    "clipped": {**OUTCOME, "rule": "clipped", "clip": 0.05, "epochs": 3},
    "exact": EXACT,
    "normalised": {**EXACT, "rule": "normalised"},
    "natural": {**EXACT, "rule": "natural"},
    "entropy": {**EXACT, "entropy": 0.3},
    "unlikelihood": {"kind": "process", "estimator": "exact", "rule": "unlikelihood"},
    "asked": {"kind": "decoupled_approval", "episodes": 4},
    "conditioned": {"kind": "return_conditioned", "episodes": 4, "edges": [0.0, 0.6]},
    "noisy pairs": {"kind": "preference", "estimator": "exact", "label_noise": 0.2, "pairs": "all"},
    "squared error": {"kind": "imitation", "rule": "squared_error"},
    "cross-entropy": {"kind": "imitation"},
}
"""Losses of one part each, in which a fault in another is not to be seen."""


class Case(NamedTuple):
    """The names of a loss, a policy and a world that go together."""

    loss: str
    policy: str
    world: str

    def condition(self, precision: str = "float32") -> Condition:
        """Plain descent from weights that are drawn."""
        policy = {**POLICY_TABLES[self.policy], "init": NORMAL}
        found = condition_of(WORLDS[self.world], policy, {**LOSSES, **PLAIN}[self.loss], rate=RATE, seed=SEED)
        return replace(found, compute=Compute(backend="jax", precision=precision))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Update:
    """One update of a block: weights (n, P) that it begins from and the gradient (n, P) there.

    counts (n, pairs): how often its episodes took each action in each state, and where they ended; None where
    nothing is sampled, or where the update samples none of its own.
    """

    weights: np.ndarray
    gradient: np.ndarray
    counts: np.ndarray | None


def by_network(lanes: np.ndarray) -> np.ndarray:
    """(n, inner) of (inner, lane), flat, for one tile."""
    return lanes.reshape(-1, LANES).T.copy()


@cache
def lane_updates(case: Case) -> tuple[Update, ...]:
    """The updates of a tile of networks."""
    condition = case.condition()
    plan = lower(condition)
    state, scratch, found = fresh_state(plan, condition, IDS), working(plan), []
    for number in range(UPDATES):
        weights = by_network(state.weights)
        advance(plan.training, state, scratch, np.ones(1, np.float32), 0, 1, number, number + 1)
        counts = by_network(scratch.counts) if plan.training.source == Source.SAMPLED else None
        found.append(Update(weights, by_network(scratch.gradient), counts))
    return tuple(found)


def plan_of(case: Case, precision: str) -> tuple[Plan, Condition]:
    """A case as the kernels take it."""
    condition = case.condition(precision)
    return lower(condition), condition


def described(case: Case) -> str:
    """The case as a test's id."""
    return "-".join(case)


def save(path: str, cases: list[Case]) -> None:
    """Weights and gradients of some cases by their ids, (2, updates, n, P)."""
    arrays: dict[str, Any] = {
        described(case): np.array(
            [[update.weights, update.gradient] for update in lane_updates(case)]
        ).swapaxes(0, 1)
        for case in cases
    }
    np.savez(path, **arrays)


if __name__ == "__main__":
    save(sys.argv[1], [Case(*argument.split("/")) for argument in sys.argv[2:]])
