"""A world in which the policy has a memory: its states are (memory, state), its actions (action, memory)."""

from __future__ import annotations

import numpy as np

from .copies import Copies
from .world import World


def with_memory(world: World, memory: int) -> World:
    """The world whose state m · S + s shows s and, by one of M = `memory` features, the memory m beside it.

    Action a · M + m′ does what a does and leaves the memory at m′:

        P(m′, s′ | m, s; a, m′) = P(s′ | s, a)

    and every other consequence is that of s and a. Episodes begin, and behaviours are measured, at memory 0.
    There is no demonstrator, who would have to be one that remembers.
    """
    written = np.tile(np.arange(memory), (memory, 1))
    return Copies(np.eye(memory), 0, written).of(world)
