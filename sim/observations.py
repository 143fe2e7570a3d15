"""What a policy can tell apart: states by the rows of features that they show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .world import World


def observations(world: World, seen_as: World | None = None) -> NDArray[np.int32]:
    """(S,): which distinct row of features each state shows, numbered by first appearance.

    `seen_as` gives the numbering of another world; what it never shows gets −1.
    """
    numbers: dict[bytes, int] = {}
    for row in (seen_as or world).features + 0.0:
        numbers.setdefault(row.tobytes(), len(numbers))
    return np.array([numbers.get(row.tobytes(), -1) for row in world.features + 0.0], np.int32)
