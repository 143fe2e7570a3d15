"""An experiment that has been read and found valid: what is run, in types."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ..kernels.choices import Hyperparameter
from ..kernels.threefry import Purpose
from .compute import USUAL, Compute
from .errors import Fault, brief, nearest, shown
from .inherited import Inherited
from .ledger import Ledger
from .loss import Loss
from .optimiser import Optimiser
from .plugin.backends import chosen
from .plugin.bound import Bound
from .plugin.contents import Plugin
from .policy import Policy
from .population import Scalar, Spread, per_network
from .registry import Options, prefixed
from .selection import Selection
from .world import World

MAX_UPDATES = 2**31 - 2
"""Numbers of updates are kept in 32 bits with a sign."""

MAX_HELD = 4096
"""States on which a policy is evaluated at every update; in a larger world only those of the update."""

MAX_RECORDED, DEFAULT_RECORDED = 2**16, 64
"""Episodes of a survey, at most (with more, two draws would share an address) and by default."""


class Watch(Options):
    """A criterion on a behaviour, checked before the first update and after every one; strict inequality."""

    behaviour: str
    below: float | None = None
    above: float | None = None
    freeze: bool = False

    @model_validator(mode="after")
    def _one_side(self) -> Watch:
        if (self.below is None) == (self.above is None):
            raise ValueError("either `below` or `above`")
        return self

    @property
    def level(self) -> float:
        """The value that is crossed."""
        return self.below if self.below is not None else self.above  # type: ignore[return-value]

    @property
    def name(self) -> str:
        """What files call it, for instance `tampers < 0.5`."""
        return f"{self.behaviour} {'<' if self.below is not None else '>'} {brief(self.level)}"


class Record(Options):
    """When to measure: just one of the keys; 0 and the last update always are.

    log = n: n distinct times, spaced like powers; linear = n: evenly spaced; every = k: each k-th update;
    at = [...]: these.
    """

    log: Annotated[int, Field(ge=2)] | None = None
    linear: Annotated[int, Field(ge=2)] | None = None
    every: Annotated[int, Field(ge=1)] | None = None
    at: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Record:
        if sum(value is not None for value in (self.log, self.linear, self.every, self.at)) != 1:
            raise ValueError("just one of log, linear, every and at")
        return self

    def times(self, updates: int) -> NDArray[np.int64]:
        """The numbers of updates done at which to measure, ascending, 0 and `updates` among them."""
        if self.at is not None:
            times = np.array(self.at)
        elif self.every is not None:
            times = np.arange(0, updates + 1, self.every)
        elif self.linear is not None:
            times = np.linspace(0, updates, min(self.linear, updates + 1)).round()
        else:
            assert self.log is not None
            times = _log_times(updates, min(self.log, updates + 1))
        return np.unique(np.concatenate([times.astype(np.int64), [0, updates]]))


def _log_times(updates: int, count: int) -> NDArray[np.int64]:
    """Distinct times, 0 and then as near to a geometric sequence as whole numbers allow."""
    for points in range(count, 64 * count):
        times = np.unique(np.geomspace(1, updates, points).round())
        if len(times) >= count - 1:
            break
    else:
        times = np.arange(1, updates + 1)
    chosen = np.linspace(len(times) - 1, 0, count - 1).round().astype(int)
    return np.concatenate([[0], times[chosen]]).astype(np.int64)


class Training(Options):
    """The `[training]` table."""

    updates: Annotated[int, Field(ge=1, le=MAX_UPDATES)] | None = None
    method: Literal["gradient", "guess_and_check", "multilevel_splitting"] = "gradient"
    select: Selection | None = None
    record: Record = Record(log=60)
    watch: list[Watch] = Field(default_factory=list)
    ledger: Ledger | None = None
    without: list[str] = Field(default_factory=list)
    weights: bool = True
    rows: Literal["states", "visits"] | None = None
    recorded: Annotated[int, Field(ge=1, le=MAX_RECORDED)] | None = None

    @model_validator(mode="after")
    def _distinct(self) -> Training:
        names = [watch.name for watch in self.watch]
        if len(set(names)) < len(names):
            raise ValueError("watches that differ")
        if self.method == "gradient" and self.updates is None:
            raise ValueError("`updates`, how many steps the optimiser takes")
        return self

    @property
    def steps(self) -> int:
        """The optimiser's steps; none where networks are selected."""
        return (self.updates or 0) if self.method == "gradient" else 0


def watch_faults(training: Any, world: World) -> list[Fault]:
    """What the watches of a `[training]` table, valid or not, ask of a world that does not have it."""
    watches = training.get("watch") if isinstance(training, dict) else None
    found = []
    for number, watch in enumerate(watches if isinstance(watches, list) else []):
        if isinstance(watch, dict) and isinstance(watch.get("behaviour"), str):
            found += [prefixed(fault, f"training.watch[{number}]") for fault in _watch_faults(watch, world)]
    return found


def _watch_faults(watch: dict[str, Any], world: World) -> list[Fault]:
    behaviours = {behaviour.name: behaviour for behaviour in world.behaviours}
    name = watch["behaviour"]
    if name not in behaviours:
        expected = (
            f"one of {', '.join(behaviours)}" if behaviours else "none, for this world has no behaviours"
        )
        return [Fault("behaviour", repr(name), expected, nearest(name, behaviours))]
    weight = behaviours[name].weight
    if not behaviours[name].is_probability or weight.min() < 0 or weight.max() > 1:
        return []
    below, above = watch.get("below"), watch.get("above")
    found = []
    if isinstance(below, int | float) and not 0 < below <= 1:
        found.append(Fault("below", shown(below), "a level that a probability can be below: up to 1"))
    if isinstance(above, int | float) and not 0 <= above < 1:
        found.append(Fault("above", shown(above), "a level that a probability can be above: from 0"))
    return found


@dataclass(frozen=True, eq=False)
class Condition:
    """One cell of an experiment: everything that a block is a pure function of, beside the network ids.

    Args:
        name: what files and figures call it.
        resolved: its tables, every override applied.
        coordinates: the swept values, by dotted key.
        phases: conditions under which the networks train first, in order.
        begins: updates done before this one.
        inherited: the weights that the networks begin with, where they are another run's.
        compute: the backend and its precision.
    """

    name: str
    world: World
    policy: Policy
    loss: Loss
    optimiser: Optimiser
    training: Training
    seeds: dict[Purpose, int]
    resolved: dict[str, Any]
    coordinates: dict[str, Any] = field(default_factory=dict)
    phases: tuple[Condition, ...] = ()
    begins: int = 0
    inherited: Inherited | None = None
    compute: Compute = USUAL

    @property
    def ends(self) -> int:
        """Updates done in the end, those of earlier phases included."""
        return self.begins + self.training.steps

    @property
    def scalars(self) -> dict[Hyperparameter, Scalar]:
        """Every hyperparameter that is used, one value or a distribution over networks."""
        return dict((*self.policy.scalars, *self.optimiser.scalars, *self.loss.scalars))

    @property
    def own(self) -> tuple[Bound, ...]:
        """The functions of plug-ins that it trains and acts by."""
        return tuple(own for _, own in chosen(self.loss, self.policy))

    @property
    def drawn(self) -> dict[Hyperparameter, Condition]:
        """The hyperparameters that differ between networks, each with the last phase in which it does."""
        stages = (*self.phases, self)
        return {w: stage for stage in stages for w, v in stage.scalars.items() if isinstance(v, Spread)}

    def hyperparameter(self, which: Hyperparameter, networks: NDArray[np.uint32]) -> NDArray[np.float64]:
        """A hyperparameter of some networks; 1 where nothing uses it."""
        seed = self.seeds[Purpose.HYPERPARAMETERS]
        return per_network(self.scalars.get(which, 1.0), seed, networks, which, self.compute.dtype)

    @property
    def by_visit(self) -> bool:
        """Whether the policy is evaluated on an update's own rows, and not on every state of the world."""
        if self.training.rows is None:
            return self.policy.recurrent or self.world.states > MAX_HELD
        return self.training.rows == "visits"

    @property
    def recorded(self) -> int:
        """Episodes from which a functional of too many states is estimated."""
        return self.training.recorded or DEFAULT_RECORDED

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The criteria that are checked at every update."""
        return tuple(self.training.watch)

    @property
    def times(self) -> NDArray[np.int64]:
        """The numbers of updates done at which the networks are measured.

        Where they are selected nothing changes; records repeat for as long as `updates` says.
        """
        if self.training.method != "gradient":
            updates = self.training.updates
            return self.training.record.times(updates) if updates else np.zeros(1, np.int64)
        return self.training.record.times(self.ends)


@dataclass(frozen=True, eq=False)
class Experiment:
    """A validated experiment.

    Args:
        title: one line.
        tables: the file's tables, with `--set` applied and defaults filled in, enough to run it again.
        networks: the size of the population in every condition.
        conditions: the cells, sweeps multiplied out.
        own_worlds: arrays of worlds that are the user's own, by `world_key`.
        folder: what paths in the tables are relative to.
        compute: the backend and its precision.
        plugins: files of the user's own functions.
    """

    title: str
    tables: dict[str, Any]
    networks: int
    conditions: tuple[Condition, ...]
    own_worlds: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    folder: Path = Path()
    compute: Compute = USUAL
    plugins: tuple[Plugin, ...] = ()

    @property
    def inherited(self) -> dict[str, Inherited]:
        """What the networks of a condition begin with, for those that begin from another run."""
        return {each.name: each.inherited for each in self.conditions if each.inherited}

    @property
    def digest(self) -> str:
        """A hash of everything that determines the results, except the program."""
        text = json.dumps(self.tables, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode())
        for plugin in self.plugins:
            digest.update(f"{plugin.name} {plugin.source.sha256}".encode())
        for kind, arrays in sorted(self.own_worlds.items()):
            for name, array in sorted(arrays.items()):
                digest.update(f"{kind} {name} {array.dtype} {array.shape}".encode() + array.tobytes())
        return digest.hexdigest()

    def __repr__(self) -> str:
        names = ", ".join(condition.name for condition in self.conditions)
        return f"Experiment({self.title!r}: {self.networks:,} networks; {names})"
