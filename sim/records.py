"""What a block leaves: its arrays by name, as in the run file, without the axis of conditions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kernels.choices import Source
from ..kernels.lanes.vector import LANES
from ..kernels.selection_tables import Guesses
from ..kernels.state import State
from .experiment import Condition
from .lower import INTENDED, LOSS, OBSERVED, Plan


@dataclass(frozen=True, eq=False)
class Records:
    """What was measured of a block at one time: out (tiles, 2 · functionals + 2, lane)."""

    plan: Plan
    out: NDArray[np.float32]

    def functional(self, name: str) -> NDArray[np.float32]:
        """(lanes,): not a number where the condition has none of that name."""
        names = self.plan.functionals
        return (
            self._row(names.index(name))
            if name in names
            else np.full(self._row(0).shape, np.nan, self.out.dtype)
        )

    def margin(self, name: str) -> NDArray[np.float32]:
        """(lanes,): the log-odds of a behaviour; not a number where its rate is none."""
        odds = self._row(len(self.plan.functionals) + self.plan.functionals.index(name))
        return np.where(np.isnan(self.functional(name)), np.array(np.nan, odds.dtype), odds)

    def loss(self) -> NDArray[np.float32]:
        """(lanes,): the policy's, where it has one, or else that of the update that starts here."""
        return -self.functional(LOSS) if LOSS in self.plan.functionals else self._row(-1)

    def gradient_norm(self) -> NDArray[np.float32]:
        """(lanes,): of the update that starts here."""
        return np.sqrt(self._row(-2))

    def _row(self, row: int) -> NDArray[np.float32]:
        return self.out[:, row].ravel()


def by_network(lanes: np.ndarray, inner: int, networks: int) -> np.ndarray:
    """(tiles, inner, lane), flat, of as many networks or more, as (networks, inner)."""
    tiles = len(lanes) // (inner * LANES) if inner else -(-networks // LANES)
    return np.swapaxes(lanes.reshape(tiles, inner, LANES), 1, 2).reshape(tiles * LANES, inner)[:networks]


def arrays_of(
    condition: Condition, plan: Plan, state: State, measured: list[Records], networks: int
) -> dict[str, np.ndarray]:
    """The block's records, network first, what came after a divergence not a number."""
    diverged = state.diverged_at[:networks].astype(np.int64)
    lost = (diverged[:, None] >= 0) & (condition.times[None, :] >= diverged[:, None])
    names = [behaviour.name for behaviour in condition.world.behaviours]

    def curve(values: list[np.ndarray]) -> np.ndarray:
        table = np.stack(values, axis=1)[:networks]
        table[lost] = np.nan
        return table

    def curves(which: list[list[np.ndarray]]) -> np.ndarray:
        tables = [curve(values) for values in which]
        return np.stack(tables, axis=2) if tables else np.empty((*lost.shape, 0), measured[0].out.dtype)

    sampled = any(own.training.source == Source.SAMPLED for own in (*plan.phases, plan))

    def noted(lanes: np.ndarray, inner: int) -> np.ndarray:
        return by_network(lanes, inner, networks) if sampled else np.full((networks, inner), -2)

    arrays = {
        "rate": curves([[at.functional(name) for at in measured] for name in names]),
        "margin": curves([[at.margin(name) for at in measured] for name in names]),
        "loss": curve([at.loss() for at in measured]),
        "observed_return": curve([at.functional(OBSERVED) for at in measured]),
        "intended_return": curve([at.functional(INTENDED) for at in measured]),
        "gradient_norm": curve([at.gradient_norm() for at in measured]),
        "crossed_at": by_network(state.crossed_at, len(condition.watches), networks).astype(np.int64),
        "explored_at": noted(state.explored_at, len(names)).astype(np.int64),
        "visits": noted(state.visits, len(names)).astype(np.int64),
        "rare_at": noted(state.rare_at, 1)[:, 0].astype(np.int64),
        "diverged_at": diverged,
    }
    ids = state.network[:networks]
    for which, stage in condition.drawn.items():
        arrays[which.name.lower()] = stage.hyperparameter(which, ids)
    if condition.training.weights:
        exact = state.weights.astype(np.float64) - state.residual.astype(np.float64)
        arrays["weights"] = by_network(exact, len(plan.centre), networks)
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def arrays_of_guesses(guesses: Guesses) -> dict[str, np.ndarray]:
    """What selection adds to a block's arrays."""
    return {
        "attempts": np.where(guesses.found, guesses.tried.astype(np.float64), -1.0),
        "nearest_loss": guesses.nearest.astype(np.float64),
        "hit_rate": guesses.rate,
    }
