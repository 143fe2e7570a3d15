"""A behaviour: a weight on (state, action), averaged over contexts or summed over an episode."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import Fault, InvalidInput, shown

if TYPE_CHECKING:
    from .world import World

Array = NDArray[np.float64]


def numbers(path: str, value: Any) -> Array:
    """An array of float64 from what a user gave.

    Raises:
        InvalidInput: what is not numbers in rows of equal length.
    """
    try:
        return np.array(value, np.float64)
    except (TypeError, ValueError):
        expected = "numbers, in rows of equal length"
        raise InvalidInput("world", [Fault(path, shown(value), expected)]) from None


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
                object.__setattr__(self, name, numbers(f"behaviours.{self.name}.{name}", value))

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
        if not isinstance(self.name, str) or not re.fullmatch(r"[^\x00-\x1f/.]+", self.name):
            expected = "a name without slashes, dots and control characters"
            return [Fault("behaviours", shown(self.name), expected)]
        shapes = {"weight": (world.states, world.actions)}
        shapes |= dict.fromkeys(("contexts", "start", "entry"), (world.states,))
        found = []
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is not None and value.shape != shape:
                found.append(Fault(f"{path}.{name}", f"shape {value.shape}", f"shape {shape}"))
            elif value is not None and not np.isfinite(value).all():
                found.append(Fault(f"{path}.{name}", "a value that is not finite", "finite numbers"))
        if self.variant is not None:
            given, wanted = ((w.states, w.actions, w.features.shape[1]) for w in (self.variant, world))
            if given != wanted:
                shape = "{} states, {} actions and {} features"
                expected = f"{shape.format(*wanted)}, as in its world"
                found.append(Fault(f"{path}.variant", shape.format(*given), expected))
        return found or self._distribution_faults(path, (self.variant or world).terminal)

    def _distribution_faults(self, path: str, terminal: NDArray[np.bool_]) -> list[Fault]:
        found = []
        if self.contexts is not None and (self.contexts.min() < 0 or self.contexts.sum() == 0):
            expected = "weights of states, none negative, not all zero"
            found.append(Fault(f"{path}.contexts", shown(self.contexts.tolist()), expected))
        if self.contexts is not None and self.contexts[terminal].any():
            expected = "0 where no action is taken"
            found.append(Fault(f"{path}.contexts", "a weight at a terminal state", expected))
        if self.start is not None and (self.start.min() < 0 or abs(self.start.sum() - 1) > 1e-6):
            given = f"a sum of {self.start.sum():.6g}"
            found.append(Fault(f"{path}.start", given, "probabilities that sum to 1"))
        if self.contexts is not None and (self.start is not None or self.entry is not None):
            found.append(Fault(path, "contexts beside start or entry", "either contexts or an episode"))
        return found
