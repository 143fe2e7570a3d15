"""What the kernels that select networks take besides a plan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .tables import Evaluations, Floats, Integers, Longs, Rows


class Criterion(NamedTuple):
    """What a guess must fulfil: bounds (2, 2) on its loss and on its normalised margin, lowest first.

    The loss is minus the one functional of `evaluations`. The normalised margin is the least, over rows r
    with a label, of (z[r, label] − the largest other z) / ‖θ‖ᴸ, L = `layers`; label (R) int32, −1 for none,
    all of them where no margin is asked for.
    """

    rows: Rows
    evaluations: Evaluations
    bounds: Floats
    label: Integers
    layers: int


class Guesses(NamedTuple):
    """What selection has come to: tried (n) uint64, weights drawn or moved so far; found (n), 1 once they
    fulfil the criterion; nearest (n) float32, the loss nearest to its bounds; rate (n) float64, the share of
    fresh weights that fulfil it, as multilevel splitting estimates it.
    """

    tried: NDArray[np.uint64]
    found: NDArray[np.bool_]
    nearest: Floats
    rate: NDArray[np.float64]


class Swarm(NamedTuple):
    """The particles of multilevel splitting.

    x (tiles, P, lane) standard normal coordinates, proposal (P, lane); loss and distance (M); order (M)
    int64, their numbers by distance.
    """

    x: Floats
    proposal: Floats
    loss: Floats
    distance: Floats
    order: Longs
