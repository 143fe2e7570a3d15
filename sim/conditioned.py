"""A world in which the policy is told a return to aim at: its states are (bin, state)."""

from __future__ import annotations

import numpy as np

from .behaviour import Array
from .copies import Copies
from .loss import Targets
from .world import World


def conditioned(world: World, targets: Targets) -> World:
    """The world whose state b · S + s shows s and the bin b beside it.

    Episodes begin, and behaviours are measured, at the target bin, and the bin never changes.
    """
    unchanged = np.arange(targets.bins)[:, None]
    return Copies(codes(targets), targets.target, unchanged).of(world)


def codes(targets: Targets) -> Array:
    """(B, ·): what the policy sees of each bin."""
    if targets.encoding == "one_hot":
        return np.eye(targets.bins)
    return (np.arange(targets.bins) / (targets.bins - 1))[:, None]
