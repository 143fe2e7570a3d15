"""A world: a finite Markov decision process as a table of consequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .behaviour import Array, Behaviour, numbers
from .errors import Fault, InvalidInput, shown

MAX_HORIZON = 4096
"""An episode's step is the low twelve bits of a random number's index, so episodes are no longer."""

LARGEST = 1e30
"""Larger numbers would soon overflow float32."""

ACTION_COLUMNS = {
    "reward": (-np.inf, np.inf),
    "observed_reward": (-np.inf, np.inf),
    "demonstrator": (0.0, 1.0),
    "approval": (-1.0, 1.0),
    "observed_approval": (-1.0, 1.0),
    "catastrophe": (0.0, 1.0),
}
"""Consequences of taking an action in a state, each (S, A), with the range of their values."""

ENTRY_COLUMNS = ("entry_reward", "observed_entry_reward")
"""Consequences of entering a terminal state, starting there included, each (S,)."""


STATE_LABELS = ("state_names", "state_groups")
"""What states are called, each (S,)."""

SURROGATES = frozenset(map(chr, range(0xD800, 0xE000)))
"""Halves of characters, which no file can hold."""
LABELS = (*STATE_LABELS, "action_names")
"""What people read a world by; the names of actions are (A,)."""


@dataclass(frozen=True, eq=False)
class World:
    """A finite Markov decision process with one column for every kind of consequence.

    Arrays may be given as anything NumPy reads; they are kept as float64 (`successor` as int32,
    `terminal` as bool), `successor` and `probability` always with their third axis.

    Args:
        successor: (S, A) or (S, A, K), the state that an action leads to.
        start: (S,), the distribution of an episode's first state.
        features: (S, D), what the policy sees of a state.
        horizon: steps after which an episode ends, at most 4,096.
        probability: (S, A, K), the probability of each successor; needed when K > 1.
        terminal: (S,), true where an episode ends on entering; nowhere by default.
        discount: γ in (0, 1]. A reward at step t counts γᵗ; an entry reward counts by the step at which
            the state is entered (γ⁰ when the episode starts there).
        contexts: (S,), weights of states for losses that need no episodes, normalised when used.
        reward, entry_reward: what the designer intends; on acting, and on entering a terminal state.
        observed_reward, observed_entry_reward: what the physical implementation of the reward reports.
        demonstrator: (S, A), the probability that the demonstrator takes the action.
        approval: (S, A) in [−1, 1], the overseer's score of the action itself.
        observed_approval: (S, A) in [−1, 1], what arrives of that score once the action was executed.
        catastrophe: (S, A) in [0, 1], the probability of irreversible harm.
        behaviours: what can be measured in this world.
        state_names, state_groups: (S,), what people call a state, and which of them belong together.
        action_names: (A,), what people call an action.
        state_places: (S, 2), where a state is drawn, as a cell of width and height 1 with this centre (x to
            the right, y downwards); no two in one place.

    Raises:
        InvalidInput: every array of a wrong shape or range, all at once.

    Example:
        >>> import popgrad
        >>> one_state = popgrad.World(
        ...     successor=[[0, 0]], start=[1], features=[[1]], horizon=1, reward=[[1, 0]]
        ... )
        >>> one_state.states, one_state.actions
        (1, 2)

    Reference: Everitt et al. 2017 (arXiv 1705.08417) for observed beside true reward.
    """

    successor: NDArray[np.int32]
    start: Array
    features: Array
    horizon: int
    probability: Array = None  # type: ignore[assignment]
    terminal: NDArray[np.bool_] = None  # type: ignore[assignment]
    discount: float = 1.0
    contexts: Array | None = None
    reward: Array | None = None
    entry_reward: Array | None = None
    observed_reward: Array | None = None
    observed_entry_reward: Array | None = None
    demonstrator: Array | None = None
    approval: Array | None = None
    observed_approval: Array | None = None
    catastrophe: Array | None = None
    behaviours: tuple[Behaviour, ...] = ()
    state_names: tuple[str, ...] | None = None
    state_groups: tuple[str, ...] | None = None
    action_names: tuple[str, ...] | None = None
    state_places: Array | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        successor = np.asarray(self.successor)
        if successor.ndim == 2:
            successor = successor[:, :, None]
        if successor.ndim != 3 or 0 in successor.shape:
            given = f"shape {successor.shape}"
            raise InvalidInput(
                "world", [Fault("successor", given, "shape (S, A) or (S, A, K), none of them 0")]
            )
        whole = np.issubdtype(successor.dtype, np.integer) or bool((successor == np.floor(successor)).all())
        put(self, "successor", successor.astype(np.int32) if whole else successor)
        if self.terminal is None:
            put(self, "terminal", np.zeros(successor.shape[0], bool))
        put(self, "terminal", np.array(self.terminal, bool))
        if self.probability is None and successor.shape[2] == 1:
            put(self, "probability", np.ones(successor.shape))
        arrays = ("start", "features", "probability", "contexts", "state_places")
        for name in (*arrays, *ACTION_COLUMNS, *ENTRY_COLUMNS):
            value = getattr(self, name)
            if value is not None or name in ("start", "features"):
                put(self, name, numbers(name, value))
        if not all(isinstance(each, Behaviour) for each in _listed(self.behaviours)):
            raise InvalidInput("world", [Fault("behaviours", shown(self.behaviours), "a tuple of Behaviour")])
        put(self, "behaviours", tuple(self.behaviours))
        for name in LABELS:
            labels = getattr(self, name)
            put(self, name, None if labels is None else tuple(map(str, np.ravel(labels))))
        if np.isreal(self.horizon) and self.horizon == int(self.horizon):
            put(self, "horizon", int(self.horizon))
        faults = self._faults() or [
            fault for behaviour in self.behaviours for fault in behaviour.faults(self)
        ]
        if faults:
            raise InvalidInput("world", faults)

    @property
    def states(self) -> int:
        """S, the number of states."""
        return self.successor.shape[0]

    @property
    def actions(self) -> int:
        """A, the number of actions."""
        return self.successor.shape[1]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the consequences that this world has."""
        optional = ("contexts", *ACTION_COLUMNS, *ENTRY_COLUMNS)
        return tuple(name for name in optional if getattr(self, name) is not None)

    def behaviour(self, name: str) -> Behaviour:
        """The behaviour of that name, with its start distribution and variant filled in."""
        return {behaviour.name: behaviour for behaviour in self.behaviours}[name].placed(self)

    def __repr__(self) -> str:
        return (
            f"World({self.states} states, {self.actions} actions, horizon {self.horizon}, "
            f"{self.features.shape[1]} features; {', '.join(self.columns)}; "
            f"behaviours: {', '.join(b.name for b in self.behaviours) or 'none'})"
        )

    def _faults(self) -> list[Fault]:
        S, A, K = self.successor.shape
        shapes: dict[str, tuple[int, ...]] = {"probability": (S, A, K), "state_places": (S, 2)}
        shapes |= dict.fromkeys(("start", "terminal", "contexts", *ENTRY_COLUMNS), (S,))
        shapes |= dict.fromkeys(ACTION_COLUMNS, (S, A))
        found = []
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is not None and value.shape != shape:
                found.append(Fault(name, f"shape {value.shape}", f"shape {shape}"))
            elif value is not None and not (np.abs(value) < LARGEST).all():
                found.append(Fault(name, _extent(value), f"numbers between ±{LARGEST:g}"))
        if self.features.ndim != 2 or len(self.features) != S or self.features.shape[1] == 0:
            found.append(
                Fault("features", f"shape {self.features.shape}", f"shape ({S}, D) with D at least 1")
            )
        elif not (np.abs(self.features) < LARGEST).all():
            found.append(Fault("features", _extent(self.features), f"numbers between ±{LARGEST:g}"))
        for name in LABELS:
            labels, of = getattr(self, name), "state" if name in STATE_LABELS else "action"
            count = S if of == "state" else A
            if labels is not None and len(labels) != count:
                found.append(Fault(name, f"{len(labels)} of them", f"{count}, one for each {of}"))
            unwritable = [label for label in labels or () if any(c < " " or c in SURROGATES for c in label)]
            found += [Fault(name, ascii(label), "text without control characters") for label in unwritable]
        if self.probability is None:
            found.append(Fault("probability", "none", f"shape {(S, A, K)}, since successor names {K} states"))
        names = [behaviour.name for behaviour in self.behaviours]
        found += [
            Fault("behaviours", f"two of the name {name!r}", "names that differ")
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
        return found or self._range_faults()

    def _range_faults(self) -> list[Fault]:
        found = []
        if (
            self.successor.dtype != np.int32
            or self.successor.min() < 0
            or self.successor.max() >= self.states
        ):
            found.append(
                Fault("successor", _extent(self.successor), f"whole numbers from 0 to {self.states - 1}")
            )
        sums = {"start": self.start.sum(), "probability": self.probability.sum(axis=2)}
        if self.demonstrator is not None:
            sums["demonstrator"] = self.demonstrator[~self.terminal].sum(axis=1)
        for name, total in sums.items():
            off = np.abs(total - 1)
            if off.size and off.max() > 1e-6:
                where = np.unravel_index(int(off.argmax()), off.shape)
                at = f" at {tuple(int(i) for i in where)}" if where else ""
                given = f"a sum of {np.asarray(total)[where]:.6g}{at}"
                found.append(Fault(name, given, "probabilities that sum to 1"))
        ranges = dict(ACTION_COLUMNS, start=(0.0, 1.0), probability=(0.0, 1.0), contexts=(0.0, np.inf))
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is not None and (value.min() < low or value.max() > high):
                upper = f"to {high:g}" if np.isfinite(high) else "upwards"
                found.append(Fault(name, _extent(value), f"values from {low:g} {upper}"))
        if self.state_places is not None and len(np.unique(self.state_places, axis=0)) < self.states:
            found.append(Fault("state_places", "two states in one place", "a place of its own for each"))
        if self.contexts is not None and self.contexts.sum() == 0:
            found.append(Fault("contexts", "all zero", "at least one state with a weight above 0"))
        if self.contexts is not None and self.contexts[self.terminal].any():
            found.append(Fault("contexts", "a weight at a terminal state", "0 where no action is taken"))
        if int(self.horizon) != self.horizon or not 1 <= self.horizon <= MAX_HORIZON:
            found.append(Fault("horizon", str(self.horizon), f"a whole number from 1 to {MAX_HORIZON:,}"))
        if not 0 < self.discount <= 1:
            found.append(Fault("discount", str(self.discount), "a number above 0, at most 1"))
        return found


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value, None]


def _extent(value: NDArray) -> str:
    return f"values from {value.min():g} to {value.max():g}"
