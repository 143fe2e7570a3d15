"""Worlds made of copies of another: what the policy is told or remembers becomes a part of the state."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .behaviour import Array, Behaviour
from .world import ACTION_COLUMNS, ENTRY_COLUMNS, LABELS, World


@dataclass(frozen=True, eq=False)
class Copies:
    """State c · S + s is state s in copy c; action a · J + j does what a does, and j besides.

    Consequences are those of s and a. Episodes begin, and behaviours are measured, in one of the copies.

    Args:
        codes: (C, ·), what the policy sees of each copy, behind the features.
        first: the copy in which episodes begin.
        after: (C, J), the copy that each j leads to from each copy.
    """

    codes: Array
    first: int
    after: NDArray[np.int64]

    def of(self, world: World) -> World:
        """The world of copies, its behaviours and their variants included."""
        C, J = self.after.shape
        S, A, K = world.successor.shape
        successor = world.successor[:, :, None, :] + S * self.after[:, None, None, :, None]
        columns = {name: self._acted(getattr(world, name)) for name in ACTION_COLUMNS}
        columns |= {name: self._seen(getattr(world, name)) for name in ENTRY_COLUMNS}
        if J > 1:  # whatever is done besides, no demonstrator does
            columns["demonstrator"] = None
        return replace(
            world,
            successor=successor.reshape(C * S, A * J, K).astype(np.int32),
            probability=self._acted(world.probability),
            start=self._placed(world.start),
            terminal=np.tile(world.terminal, C),
            features=np.hstack([np.tile(world.features, (C, 1)), np.repeat(self.codes, S, axis=0)]),
            contexts=self._placed(world.contexts),
            behaviours=tuple(self._measured(behaviour) for behaviour in world.behaviours),
            **dict.fromkeys((*LABELS, "state_places")),
            **columns,
        )

    def _measured(self, behaviour: Behaviour) -> Behaviour:
        variant = behaviour.variant
        return replace(
            behaviour,
            weight=self._acted(behaviour.weight),
            contexts=self._placed(behaviour.contexts),
            start=self._placed(behaviour.start),
            entry=self._seen(behaviour.entry),
            variant=self.of(replace(variant, behaviours=())) if variant else None,
        )

    def _placed(self, value: Array | None) -> Array | None:
        """(C · S,): a distribution of states, in the first copy."""
        return None if value is None else np.kron(np.eye(len(self.codes))[self.first], value)

    def _seen(self, value: Array | None) -> Array | None:
        """(C · S,): a column of states, in every copy."""
        return None if value is None else np.tile(value, len(self.codes))

    def _acted(self, value: Array | None) -> Array | None:
        """(C · S, A · J, ...): a column of actions, in every copy and whatever they do besides."""
        if value is None:
            return None
        repeats = (len(self.codes),) + (1,) * (value.ndim - 1)
        return np.tile(np.repeat(value, self.after.shape[1], axis=1), repeats)
