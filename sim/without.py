"""Training without some pushes: which entries of the push table stay at 0, to see what the others make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import Fault, nearest, shown
from .world import World

if TYPE_CHECKING:
    from .experiment import Condition


def pairs_of(entry: str, world: World) -> NDArray[np.bool_] | None:
    """(S, A), the pairs that `STATE`, `GROUP`, `STATE,ACTION` or `GROUP,ACTION` names; None where none is."""
    whole = _states(entry.strip(), world)
    if whole is not None:
        return np.repeat(whole[:, None], world.actions, axis=1)
    head, _, tail = entry.rpartition(",")
    states, action = _states(head.strip(), world), _one_of(tail.strip(), world.actions)
    return None if states is None or action is None else states[:, None] & action


def _states(name: str, world: World) -> NDArray[np.bool_] | None:
    """(S,) the states that a number or a group's name, which may hold commas, stands for."""
    groups = np.array(world.state_groups or [""] * world.states)
    named = groups == name
    return _one_of(name, world.states) if not name or not named.any() else named


def _one_of(number: str, count: int) -> NDArray[np.bool_] | None:
    """(count,) true at a number below count; None where there is none."""
    named = np.array([str(each) == number for each in range(count)])
    return named if named.any() else None


def without_faults(training: Any, world: World) -> list[Fault]:
    """What `training.without` names that a world does not have."""
    given = training.get("without") if isinstance(training, dict) else None
    groups = list(dict.fromkeys(world.state_groups or ()))
    numbers = f"a state from 0 to {world.states - 1}"
    expected = f"{numbers}{' or one of ' + ', '.join(groups) if groups else ''}"
    expected += f", alone or with a comma and an action from 0 to {world.actions - 1}"
    found = []
    for number, entry in enumerate(given if isinstance(given, list) else []):
        if isinstance(entry, str) and pairs_of(entry, world) is None:
            close = nearest(entry.split(",")[0], groups)
            found.append(Fault(f"training.without[{number}]", shown(entry), expected, close))
    return found


def leaving_faults(condition: Condition) -> list[Fault]:
    """What of a condition cannot leave pushes out."""
    path, training = "training.without", condition.training
    if not training.without:
        return []
    found = []
    if training.method != "gradient":
        expected = 'none unless method = "gradient": selection pushes nothing'
        found.append(Fault(path, f"entries with method = {training.method!r}", expected))
    if condition.by_visit:
        place = f"entries where updates have rows of their own ({condition.world.states:,} states)"
        found.append(Fault(path, place, 'none, or rows = "states" in a smaller world'))
    return found


def left_out(entries: list[str], world: World, pushed: NDArray[np.int64], actions: int) -> NDArray[np.int32]:
    """(n,) the entries row · A + action of the push table that stay at 0.

    Args:
        world: the one that is named in, without what a policy is told or remembers.
        pushed: (rows,) the state of each row; actions: A of the world as the policy sees it.
    """
    left = np.zeros((world.states, world.actions), bool)
    for entry in entries:
        named = pairs_of(entry, world)
        assert named is not None
        left |= named
    seen = np.repeat(left, actions // world.actions, axis=1)
    return np.flatnonzero(seen[pushed % world.states]).astype(np.int32)
