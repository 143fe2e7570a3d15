"""A world in which the policy is told a return to aim at: its states are (bin, state)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .behaviour import Array, Behaviour
from .loss import Targets
from .world import ACTION_COLUMNS, ENTRY_COLUMNS, World


def conditioned(world: World, targets: Targets) -> World:
    """The world whose state b · S + s shows s and the bin b beside it.

    Episodes begin, and behaviours are measured, at the target bin, and the bin never changes.
    """
    bins, S = targets.bins, world.states
    first = (np.arange(bins) * S)[:, None, None, None]
    at_target = np.eye(bins)[targets.target]

    def placed(value: Array | None) -> Array | None:
        return None if value is None else np.kron(at_target, value)

    def everywhere(value: Array | None) -> Array | None:
        return None if value is None else np.tile(value, (bins,) + (1,) * (value.ndim - 1))

    def told(behaviour: Behaviour) -> Behaviour:
        return replace(
            behaviour,
            weight=everywhere(behaviour.weight),
            contexts=placed(behaviour.contexts),
            start=placed(behaviour.start),
            entry=everywhere(behaviour.entry),
            variant=conditioned(replace(behaviour.variant, behaviours=()), targets)
            if behaviour.variant
            else None,
        )

    columns = {name: everywhere(getattr(world, name)) for name in (*ACTION_COLUMNS, *ENTRY_COLUMNS)}
    return replace(
        world,
        successor=(world.successor + first).reshape(-1, *world.successor.shape[1:]).astype(np.int32),
        probability=everywhere(world.probability),
        start=placed(world.start),
        terminal=np.tile(world.terminal, bins),
        features=np.hstack([np.tile(world.features, (bins, 1)), np.repeat(codes(targets), S, axis=0)]),
        contexts=placed(world.contexts),
        behaviours=tuple(told(behaviour) for behaviour in world.behaviours),
        **columns,
    )


def codes(targets: Targets) -> Array:
    """(B, ·): what the policy sees of each bin."""
    if targets.encoding == "one_hot":
        return np.eye(targets.bins)
    return (np.arange(targets.bins) / (targets.bins - 1))[:, None]
