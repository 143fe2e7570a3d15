"""From records of a probability to what it comes to over updates."""

from __future__ import annotations

import numpy as np

from ...sim.runfile import Run
from ..statistics import Array

ALMOST_ONE = 1 - 1e-12


def followed(run: Run, behaviour: str, condition: str) -> tuple[Array, Array]:
    """(records,) updates done and (network, records) the behaviour's rate, float64."""
    times = run.own_times(condition)
    rates = run.rate(behaviour, condition)[:, np.isin(run.time, times)]
    return times.astype(np.float64), rates.astype(np.float64)


def total(times: Array, values: Array) -> Array:
    """Σ_{t < T} x_t from records of x, straight between them: (…, records) -> (…,).

    Exact where every update was recorded.
    """
    first, last = values[..., :-1], values[..., 1:]
    width = np.diff(times)
    return (width * (first + last) / 2 + (first - last) / 2).sum(axis=-1)


def ever(times: Array, probability: Array) -> Array:
    """1 − Π_{t < T} (1 − p_t), whether what may happen at each update ever does: (…, records) -> (…,)."""
    return -np.expm1(total(times, np.log1p(-np.minimum(probability, ALMOST_ONE))))
