"""Two-layer networks from their weights, in float64: loss, normalised margin and where they walk."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run
from .line import Array, states


class Scores(NamedTuple):
    """Of each network; NaN where it has no weights."""

    loss: Array
    margin: Array
    probe: Array


def scores(weights: Array, width: int, length: int, diversity: float) -> Scores:
    """Cloning loss, normalised margin min f·label/‖θ‖² over trained states, and f at the probe.

    Args:
        weights: (networks, 4·width): u_1, …, u_m and then a, of f(x) = Σ a_j max(u_j·x, 0), x = (1, p, c).
        width: m.
        length, diversity: of the coin line.
    """
    trained = states(length, diversity)
    f = outputs(weights, width, trained.x) * trained.y
    probe = outputs(weights, width, trained.probe[None])[:, 0]
    return Scores(np.logaddexp(0, -f) @ trained.d, f.min(axis=1) / (weights**2).sum(axis=1), probe)


def outputs(weights: Array, width: int, x: Array) -> Array:
    """(networks, inputs): f."""
    u = weights[:, : 3 * width].reshape(-1, width, 3)
    a = weights[:, 3 * width :]
    found = np.zeros((len(weights), len(x)))
    for j in range(width):  # all units at once would take width times the memory
        found += a[:, j, None] * np.maximum(u[:, j] @ x.T, 0)
    return found


def stuck(weights: Array, width: int, length: int, diversity: float) -> NDArray[np.bool_]:
    """Of each network, whether no unit that is active at the probe is so in any trained state.

    Then the cloning loss has no gradient at the weights that the probe reads. A network without active units
    at the probe has an output of 0 there and is not counted.
    """
    trained = states(length, diversity)
    u = weights[:, : 3 * width].reshape(-1, width, 3)
    read = u @ trained.probe > 0
    reached = (u @ trained.x.T > 0).any(axis=2)
    return np.asarray(read.any(axis=1) & ~(read & reached).any(axis=1))


def probe(run: Run, condition: str) -> Array:
    """(networks, times): f at the probe; NaN where a network has no weights or they are not finite."""
    known = ~np.isnan(run.rate("walks_away", condition))
    return np.where(known, run.margin("walks_away", condition), np.nan)


def worst(run: Run, condition: str) -> Array:
    """(networks, times): the least f·label over trained states, of a run in the world of trained states.

    Above 0 where every trained state is right; NaN where a network has no weights or they are not finite.
    """
    wrong = [each for each in run.own_behaviours(condition) if each.startswith("wrong_")]
    least = -run.margin(wrong[0], condition)
    for each in wrong[1:]:
        least = np.minimum(least, -run.margin(each, condition))
    return np.where(np.isnan(run.rate("walks_away", condition)), np.nan, least)


class Walks(NamedTuple):
    """Where networks walk at the probe. Those without a value (diverged, or never found) are `lost`."""

    away: int
    toward: int
    neither: int
    lost: int

    @property
    def networks(self) -> int:
        """With a value."""
        return self.away + self.toward + self.neither


def walks(f: NDArray) -> Walks:
    """Counts of outputs at the probe above, below and at 0, and of NaN."""
    return Walks(int((f > 0).sum()), int((f < 0).sum()), int((f == 0).sum()), int(np.isnan(f).sum()))
