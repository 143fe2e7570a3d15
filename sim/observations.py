"""What a policy can tell apart: states by the rows of features that they show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .world import World


def observations(world: World, seen_as: World | None = None) -> NDArray[np.int32]:
    """(S,): which distinct row of features each state shows, numbered by first appearance.

    `seen_as` gives the numbering of another world; what it never shows gets −1.
    """
    shown = (seen_as or world).features
    rows = np.ascontiguousarray(np.concatenate([shown, world.features]) + 0.0)
    whole = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]
    _, first, kind = np.unique(whole, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int32)
    number[np.argsort(first)] = np.arange(len(first))
    number[first >= len(shown)] = -1
    return number[kind[len(shown) :]]
