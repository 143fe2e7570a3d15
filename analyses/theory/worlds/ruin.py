"""A world for tests: a walk between two ends, where a gambler is ruined or has won."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import popgrad
from pydantic import Field


def ruin(
    *,
    goal: Annotated[int, Field(ge=2)] = 10,
    start: Annotated[int, Field(ge=1)] = 5,
    discount: Annotated[float, Field(gt=0, le=1)] = 1.0,
    horizon: Annotated[int, Field(ge=1, le=4096)] = 2048,
) -> popgrad.World:
    """Steps left (action 0) or right (action 1) from `start` until 0 or `goal`; every place looks alike.

    The intended return is γᵀ where the goal is reached, the observed one counts steps, Σ γᵗ.
    """
    place = np.arange(goal + 1)
    ends = (place == 0) | (place == goal)
    steps = np.where(ends[:, None], place[:, None], place[:, None] + [-1, 1])
    right = np.broadcast_to([0.0, 1.0], (goal + 1, 2))
    acts = np.where(ends[:, None], 0.0, np.ones((goal + 1, 2)))
    first = np.eye(goal + 1)[start]
    return popgrad.World(
        successor=steps.astype(np.int32),
        start=first,
        terminal=ends,
        features=np.ones((goal + 1, 1)),
        horizon=horizon,
        discount=discount,
        reward=np.zeros((goal + 1, 2)),
        entry_reward=(place == goal).astype(float),
        observed_reward=acts,
        approval=np.zeros((goal + 1, 2)),
        behaviours=(
            popgrad.Behaviour("right", "Steps right.", right.copy(), contexts=first),
            popgrad.Behaviour("wins", "Reaches the goal.", 0 * acts, entry=(place == goal).astype(float)),
            popgrad.Behaviour("loses", "Reaches the other end.", 0 * acts, entry=(place == 0).astype(float)),
            popgrad.Behaviour("steps", "Takes a step.", acts),
        ),
    )
