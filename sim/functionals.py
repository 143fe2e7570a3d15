"""What is measured, gathered for the kernels: linear functionals of the policy, their settings and rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..kernels.choices import Form
from ..kernels.tables import ROW_BLOCK, Evaluations, Rows
from .behaviour import Array, Behaviour
from .dynamics import Dynamics, dynamics, one_step
from .observations import observations
from .world import World


def padded(count: int) -> int:
    """A number of rows, rounded up to whole blocks."""
    return -(-count // ROW_BLOCK) * ROW_BLOCK


@dataclass(eq=False)
class RowTable:
    """Collects the states on which the policy is evaluated; a state seen twice has one row.

    Args:
        world: the one that is trained in, whose observations number a table's rows.
    """

    world: World
    features: list[Array] = field(default_factory=list)
    observation: list[int] = field(default_factory=list)
    _known: dict[tuple[int, int], int] = field(default_factory=dict)
    _seen: dict[int, np.ndarray] = field(default_factory=dict)

    def of(self, world: World, states: np.ndarray) -> np.ndarray:
        """The rows of some states of a world, the trained one or a variant of it."""
        if id(world) not in self._seen:
            self._seen[id(world)] = observations(world, self.world)
        seen = self._seen[id(world)]
        for state in map(int, states):
            if (id(world), state) not in self._known:
                self._known[id(world), state] = len(self.features)
                self.features.append(world.features[state])
                self.observation.append(int(seen[state]))
        return np.array([self._known[id(world), int(state)] for state in states], np.int32)

    def pad(self) -> int:
        """Fill the last block with rows that nothing reads; returns the number of rows."""
        while len(self.features) % ROW_BLOCK:
            self.features.append(np.zeros(self.world.features.shape[1]))
            self.observation.append(0)
        return len(self.features)

    def table(self, trained: int) -> Rows:
        """The rows as the kernels take them."""
        self.pad()
        features = np.array(self.features, np.float64).reshape(-1, self.world.features.shape[1])
        return Rows(features, np.array(self.observation, np.int32), trained)


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
    settings: list[tuple[Dynamics, float]] = []
    number = [_setting(functional, settings) for functional in functionals]
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
