"""A behaviour: a weight on (state, action), averaged over contexts or summed over an episode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import Fault

if TYPE_CHECKING:
    from .world import World

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Behaviour:
    """Something a policy does, as a number that can be followed through training.

    Averaged over a fixed distribution of contexts c(s), a probability:

        rate = Σ_s c(s) Σ_a weight[s, a] π(a|s)

    or summed over an episode, an expected count by exact occupancy:

        rate = E[ Σ_t weight[s_t, a_t] + entry[s_T] ]

    Args:
        name: what files and figures call it.
        meaning: one sentence that says what the policy does when it shows the behaviour.
        weight: (S, A), 1 where taking the action is the behaviour, 0 elsewhere; other values weigh.
        contexts: (S,), weights of states; given, the behaviour is averaged over them (normalised).
        start: (S,), the distribution episodes start from; the world's own when None.
        entry: (S,), counted once on entering a terminal state, starting there included.
        variant: a world with the same numbers of states and actions in which the behaviour is measured
            instead (other dynamics, horizon or features); the world it stands in when None.
    """

    name: str
    meaning: str
    weight: Array
    contexts: Array | None = None
    start: Array | None = None
    entry: Array | None = None
    variant: World | None = None

    def __post_init__(self) -> None:
        for name in ("weight", "contexts", "start", "entry"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, np.array(value, np.float64))

    @property
    def is_probability(self) -> bool:
        """Whether `rate` is an average over contexts; otherwise it is an expected count per episode."""
        return self.contexts is not None

    @property
    def margin_state(self) -> int | None:
        """The state whose log-odds log π(in) − log π(out) are the behaviour's margin, or None.

        There is a margin for a contexts behaviour of one state whose weights there are 0 and 1, with at
        least one action of each kind.
        """
        if self.contexts is None:
            return None
        states = np.flatnonzero(self.contexts)
        if len(states) != 1 or set(np.unique(self.weight[states[0]])) != {0.0, 1.0}:
            return None
        return int(states[0])

    def placed(self, world: World) -> Behaviour:
        """The same behaviour with `start` and `variant` filled in from the world it stands in."""
        variant = self.variant or world
        return replace(self, start=variant.start if self.start is None else self.start, variant=variant)

    def faults(self, world: World) -> list[Fault]:
        """What does not fit the world that the behaviour stands in."""
        path = f"behaviours.{self.name}"
        found = []
        shapes = {"weight": (world.states, world.actions)}
        shapes |= dict.fromkeys(("contexts", "start", "entry"), (world.states,))
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is None:
                continue
            if value.shape != shape:
                found.append(Fault(f"{path}.{name}", f"shape {value.shape}", f"shape {shape}"))
            elif not np.isfinite(value).all():
                found.append(Fault(f"{path}.{name}", "a value that is not finite", "finite numbers"))
        if found:
            return found
        if self.contexts is not None and (self.contexts.min() < 0 or self.contexts.sum() == 0):
            found.append(Fault(f"{path}.contexts", "", "weights of states, none negative, not all zero"))
        if self.start is not None and (self.start.min() < 0 or abs(self.start.sum() - 1) > 1e-6):
            found.append(
                Fault(f"{path}.start", f"a sum of {self.start.sum():.6g}", "probabilities that sum to 1")
            )
        if self.contexts is not None and (self.start is not None or self.entry is not None):
            found.append(Fault(path, "contexts beside start or entry", "either contexts or an episode"))
        if self.variant is not None and (self.variant.states, self.variant.actions) != (
            world.states,
            world.actions,
        ):
            found.append(
                Fault(
                    f"{path}.variant",
                    f"{self.variant.states} states and {self.variant.actions} actions",
                    f"{world.states} states and {world.actions} actions, as in its world",
                )
            )
        return found
