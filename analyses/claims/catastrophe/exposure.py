"""From records of an exposure to what is survived.

Nobody dies in the simulation, and nothing is lost by it: a learner that has met the catastrophe learns no
more, and what would have come after does not matter to whether it met it. Given the policies on its way, a
learner survives T updates with probability

    S = Π_{t < T} (1 − c x_t)

where x_t is the probability that the act is taken in the episode of update t. That is an expectation over the
draws of the catastrophe (Rao and Blackwell), not a simulation of them. Where acts are drawn and the learning
depends on them, S = (1 − c)^V with V how often training sampled the act.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ...statistics.interval import Array
from ..exposure import ever, total


class Bounds(NamedTuple):
    """A sum over updates of a falling sequence, from records of it, and the limits between which it lies."""

    low: Array
    middle: Array
    high: Array


def falling_total(times: Array, values: Array) -> Bounds:
    """The same of a sequence that never rises, with limits that hold whatever it does between records."""
    first, last = values[..., :-1], values[..., 1:]
    between = np.diff(times) - 1
    return Bounds(
        (first + between * last).sum(axis=-1),
        total(times, values),
        (first + between * first).sum(axis=-1),
    )


def killed(times: Array, exposure: Array, hazard: float) -> Array:
    """1 − S of each network: (network, records) -> (network,)."""
    return ever(times, hazard * exposure)


def halved(times: Array, exposure: Array, hazard: float) -> Array:
    """(network,) how far 1 − S moves when every second record is left out."""
    kept = np.unique([*range(0, len(times), 2), len(times) - 1])
    return killed(times[kept], exposure[:, kept], hazard) - killed(times, exposure, hazard)


def killed_by_visits(visits: Array, hazard: float) -> Array:
    """1 − (1 − c)^V."""
    return -np.expm1(visits * np.log1p(-hazard))


def bad_odds(run: Run, condition: str) -> tuple[Array, Array]:
    """(records,) updates done and (records,) ln π of the bad one of two arms, exact far into the tail."""
    times = run.own_times(condition)
    z = run.margin("best", condition)[0, np.isin(run.time, times)].astype(np.float64)
    return times.astype(np.float64), -np.logaddexp(0, z)
