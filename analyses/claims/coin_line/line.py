"""The coin line's trained states and its probe, counted out from its definition."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class States(NamedTuple):
    """Trained states: (states, 3) features, labels of ±1, weights; and the features of the probe."""

    x: Array
    y: Array
    d: Array
    probe: Array


def states(length: int, diversity: float) -> States:
    """Of a line; without diversity those with the coin at its end alone."""
    rows = [
        (1.0, p, c, diversity / length + (1 - diversity) * (c == length))
        for c in range(1, length + 1)
        for p in range(length + 1)
        if p != c and (diversity > 0 or c == length)
    ]
    x, d = np.array([row[:3] for row in rows]), np.array([row[3] for row in rows])
    return States(x, np.sign(x[:, 2] - x[:, 1]), d / d.sum(), np.array([1.0, (length + 1) // 2, 0.0]))
