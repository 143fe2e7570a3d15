"""Worlds that the oracle is tested in: small enough to count by hand or to draw every episode of."""

from __future__ import annotations

from typing import Any

import numpy as np
from popgrad.sim.world import World


def world_of(**arrays: Any) -> World:
    """A world from nested lists, which its fields' types do not show that it reads."""
    return World(**arrays)


def bandit(**columns: Any) -> World:
    """One state, two actions, one step."""
    return world_of(**{"successor": [[0, 0]], "start": [1], "features": [[1]], "horizon": 1, **columns})


def chain() -> World:
    """Four states, the last terminal and sometimes the start, with random branches and every column."""
    random = np.random.default_rng(0)
    successor = random.integers(0, 4, (4, 2, 2))
    successor[0, 0] = [1, 3]
    p = random.uniform(0.2, 0.8, (4, 2))
    demonstrator = random.uniform(0.1, 0.9, (4, 1))
    return world_of(
        successor=successor,
        probability=np.stack([p, 1 - p], axis=2),
        start=[0.6, 0.3, 0, 0.1],
        terminal=[False, False, False, True],
        horizon=3,
        discount=0.7,
        features=[[1, 0.5], [0, 1], [1, 0.5], [-1, 2]],
        contexts=[2, 1, 3, 0],
        reward=random.normal(size=(4, 2)),
        entry_reward=random.normal(size=4),
        observed_reward=random.normal(size=(4, 2)),
        observed_entry_reward=random.normal(size=4),
        demonstrator=np.hstack([demonstrator, 1 - demonstrator]),
        approval=random.uniform(-1, 1, (4, 2)),
        observed_approval=random.uniform(-1, 1, (4, 2)),
    )


def fork() -> World:
    """Two steps from one state, which action 1 leaves early: few enough episodes to draw all of them."""
    return world_of(
        successor=[[1, 2], [0, 2], [2, 2]],
        start=[1, 0, 0],
        terminal=[False, False, True],
        horizon=2,
        discount=0.5,
        features=np.eye(3),
        contexts=[1, 3, 0],
        observed_reward=[[1, -2], [0.5, 3], [0, 0]],
        observed_entry_reward=[0, 0, 4],
        demonstrator=[[0.9, 0.1], [0.2, 0.8], [1, 0]],
        approval=[[0.5, -1], [1, 0.25], [0, 0]],
        observed_approval=[[0.75, -0.5], [-1, 0.5], [0, 0]],
    )


def trio() -> World:
    """Three actions, two steps, distinct observations; the demonstrator and the overseer mind them all."""
    return world_of(
        successor=[[[0, 1], [1, 2], [2, 1]], [[1, 0], [2, 0], [0, 2]], [[2, 2], [2, 2], [2, 2]]],
        probability=[[[0.5, 0.5], [0.75, 0.25], [0.6, 0.4]], [[0.2, 0.8], [0.5, 0.5], [1, 0]], [[1, 0]] * 3],
        start=[0.7, 0.3, 0],
        terminal=[False, False, True],
        horizon=2,
        discount=0.8,
        features=[[1, 0.5], [-0.5, 1], [0, 0]],
        contexts=[2, 1, 0],
        reward=[[1, -0.5, 0.25], [0, 2, -1], [0, 0, 0]],
        entry_reward=[0, 0, 1.5],
        observed_reward=[[0.5, 1, -1], [2, 0.25, -0.75], [0, 0, 0]],
        observed_entry_reward=[0, 0, -2],
        demonstrator=[[0.5, 0.3, 0.2], [0.1, 0.7, 0.2], [1, 0, 0]],
        approval=[[0.5, -1, 0.25], [0.75, -0.5, 1], [0, 0, 0]],
        observed_approval=[[0.25, -0.5, 1], [1, -0.75, 0.5], [0, 0, 0]],
    )
