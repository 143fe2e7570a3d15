"""What the conditions of an experiment share: worlds, and the weights of other runs, each found once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .compute import USUAL, Compute
from .custom_world import arrays_of, is_path, load_world, of_arrays
from .errors import Fault
from .from_run import Continued, inherited, source
from .inherited import Inherited
from .inits import FromRun
from .kinds import OURS, Kinds
from .loss import Loss
from .plugin.backends import own_faults
from .plugin.makers import with_behaviours
from .policy import Policy
from .runfile import Run
from .world import World


def world_key(tables: Mapping[str, Any]) -> str:
    """What tells a condition's world from the others of its experiment: its `[world]` table, written out."""
    return repr(tables["world"])


@dataclass
class Makers:
    """Makes worlds and finds weights, once for each distinct table.

    Args:
        folder: what paths are relative to.
        given: arrays in place of a user's world files, by `world_key`.
        networks: the size of the population.
        compute: the backend and its precision.
        kinds: what can be named.
        arrays: of the user's own worlds that were made, by `world_key`.
    """

    folder: Path
    given: Mapping[str, Mapping[str, Any]]
    networks: int
    compute: Compute = USUAL
    kinds: Kinds = OURS
    arrays: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    _worlds: dict[str, World] = field(default_factory=dict)
    _inherited: dict[Any, Inherited] = field(default_factory=dict)
    _runs: dict[str, Run] = field(default_factory=dict)
    _opened: ExitStack = field(default_factory=ExitStack)
    _own_faults: dict[Any, list[Fault]] = field(default_factory=dict)

    def world(self, table: Any) -> World:
        """The world of a `[world]` table."""
        key = world_key({"world": table})
        if key not in self._worlds:
            kind = table.get("kind") if isinstance(table, dict) else None
            given = self.given.get(key)
            if given:
                world = of_arrays(given)
            else:
                world = load_world(table, self.folder) if is_path(kind) else self.kinds.make(table, "world")
            if is_path(kind) or self.kinds.is_own_world(kind):
                self.arrays[key] = arrays_of(world)
            self._worlds[key] = with_behaviours(world, self.kinds.plugins)
        return self._worlds[key]

    def own_faults(self, loss: Loss, policy: Policy, world: World) -> list[Fault]:
        """What is wrong with the functions of plug-ins that a condition uses; tried once in each world."""
        key = loss.own, policy.head, id(world)
        if key not in self._own_faults:
            self._own_faults[key] = own_faults(loss, policy, world, self.compute)
        return self._own_faults[key]

    def inherited(self, own: Continued) -> Inherited | None:
        """The weights that a policy begins with, if they are another run's."""
        init = own.policy.init
        if not isinstance(init, FromRun):
            return None
        key = own.kind, own.policy, own.parameters
        if key not in self._inherited:
            if init.path not in self._runs:
                self._runs[init.path] = self._opened.enter_context(source(init, self.folder))
            self._inherited[key] = inherited(init, own, self._runs[init.path], self.networks)
        return self._inherited[key]

    def close(self) -> None:
        """Closes the runs that weights were found in."""
        self._opened.close()
