"""What is measured, gathered for the kernels: linear functionals of the policy, their settings and rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..kernels.choices import Form
from ..kernels.tables import Evaluations, Rows, padded
from .behaviour import Array, Behaviour
from .dynamics import Dynamics, dynamics, one_step
from .observations import observations
from .world import World


@dataclass(eq=False)
class RowTable:
    """Collects the states on which the policy is evaluated; a state seen twice has one row.

    Args:
        world: the one that is trained in, whose observations number a table's rows.
    """

    world: World
    rows: int = 0
    _features: list[Array] = field(default_factory=list)
    _observation: list[NDArray[np.int32]] = field(default_factory=list)
    _known: dict[int, NDArray[np.int32]] = field(default_factory=dict)
    _seen: dict[int, NDArray[np.int32]] = field(default_factory=dict)

    def of(self, world: World, states: np.ndarray) -> NDArray[np.int32]:
        """The rows of some states of a world, the trained one or a variant of it."""
        if id(world) not in self._seen:
            self._seen[id(world)] = observations(world, self.world)
            self._known[id(world)] = np.full(world.states, -1, np.int32)
        known = self._known[id(world)]
        fresh = states[known[states] < 0]
        _, first = np.unique(fresh, return_index=True)
        fresh = fresh[np.sort(first)]
        known[fresh] = self.rows + np.arange(len(fresh))
        self._append(world.features[fresh], self._seen[id(world)][fresh])
        return known[states]

    def pad(self) -> int:
        """Fill the last block with rows that nothing reads; returns the number of rows."""
        missing = padded(self.rows) - self.rows
        self._append(np.zeros((missing, self.world.features.shape[1])), np.zeros(missing, np.int32))
        return self.rows

    def table(self, trained: int) -> Rows:
        """The rows as the kernels take them."""
        self.pad()
        nothing = np.zeros((0, self.world.features.shape[1])), np.zeros(0, np.int32)
        return Rows(
            np.concatenate([nothing[0], *self._features]),
            np.concatenate([nothing[1], *self._observation]),
            trained,
        )

    def _append(self, features: Array, observation: NDArray[np.int32]) -> None:
        self._features.append(features)
        self._observation.append(observation)
        self.rows += len(features)


@dataclass(frozen=True, eq=False)
class Functional:
    """constant + Σ occupancy · weight · π in a setting, or another form's mean there.

    Args:
        name: what it is recorded as.
        episodes: the setting's states and transitions; discount: of its occupancy.
        weight: (N, A).
    """

    name: str
    episodes: Dynamics
    weight: Array
    constant: float = 0.0
    discount: float = 1.0
    form: Form = Form.LINEAR
    margin: bool = False


def of_behaviour(behaviour: Behaviour) -> Functional:
    """A placed behaviour as a functional: contexts are episodes of one step."""
    world = behaviour.variant
    assert world is not None
    assert behaviour.start is not None
    if behaviour.contexts is not None:
        episodes = one_step(world, behaviour.contexts)
        weight = behaviour.weight[episodes.acting]
        return Functional(behaviour.name, episodes, weight, margin=behaviour.margin_state is not None)
    episodes = dynamics(world, behaviour.start, world.horizon)
    return of_columns(behaviour.name, episodes, behaviour.weight, behaviour.entry)


def of_columns(
    name: str, episodes: Dynamics, column: Array, entry: Array | None, discount: float = 1.0
) -> Functional:
    """The expected sum of a (state, action) column and of an entry column over an episode."""
    entered = (episodes.probability * episodes.entered(entry)).sum(axis=2)
    weight = column[episodes.acting] + discount * entered
    return Functional(name, episodes, weight, episodes.started(entry), discount)


def evaluations(functionals: list[Functional], rows: RowTable) -> Evaluations:
    """Functionals as the kernels take them; those of one setting stand together and share it."""
    settings, number = settings_of(functionals)
    A = rows.world.actions
    K = max([setting.successor.shape[2] for setting, _ in settings], default=1)
    return Evaluations(
        states=np.cumsum([0, *(setting.live for setting, _ in settings)]),
        row=_joined([rows.of(setting.world, setting.acting) for setting, _ in settings], (0,), np.int32),
        start=_joined([setting.start[: setting.live] for setting, _ in settings], (0,), np.float64),
        successor=_joined(
            [_widened(s.successor, K, len(s.states)) for s, _ in settings], (0, A, K), np.int32
        ),
        probability=_joined([_widened(s.probability, K, 0) for s, _ in settings], (0, A, K), np.float64),
        horizon=np.array([setting.horizon for setting, _ in settings], np.int64),
        discount=np.array([discount for _, discount in settings], np.float64),
        setting=np.array(number, np.int64),
        weight_at=np.cumsum([0, *(len(f.weight) for f in functionals)])[:-1],
        weight=_joined([f.weight for f in functionals], (0, A), np.float64),
        constant=np.array([f.constant for f in functionals], np.float64),
        form=np.array([f.form for f in functionals], np.int64),
        margin=np.array([f.margin for f in functionals], bool),
    )


def settings_of(functionals: list[Functional]) -> tuple[list[tuple[Dynamics, float]], list[int]]:
    """The distinct settings of functionals, each an episode and a discount, and which one each has."""
    settings: list[tuple[Dynamics, float]] = []
    return settings, [_setting(functional, settings) for functional in functionals]


def _setting(functional: Functional, settings: list[tuple[Dynamics, float]]) -> int:
    own = functional.episodes
    for number, (known, discount) in enumerate(settings):
        same = known.world is own.world and known.horizon == own.horizon and discount == functional.discount
        if same and np.array_equal(known.states, own.states) and np.array_equal(known.start, own.start):
            return number
    settings.append((own, functional.discount))
    return len(settings) - 1


def _joined(parts: list[np.ndarray], empty: tuple[int, ...], dtype: type) -> np.ndarray:
    return np.ascontiguousarray(np.concatenate([np.zeros(empty), *parts]).astype(dtype))


def _widened(array: np.ndarray, branches: int, fill: float) -> np.ndarray:
    extra = branches - array.shape[2]
    return np.pad(array, ((0, 0), (0, 0), (0, extra)), constant_values=fill)
