"""A world for tests: the same choice again and again."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import popgrad
from pydantic import Field


def chain(*, steps: Annotated[int, Field(ge=1)] = 2, forgiving: bool = False) -> popgrad.World:
    """H steps that all look alike; action 0 is good, and H good ones in a row pay 1.

    A bad action ends the episode without pay, or goes on like a good one when the chain is `forgiving`.
    """
    goal, failed = steps, steps + 1
    successor = np.tile(np.arange(steps + 2, dtype=np.int32)[:, None], 2)
    successor[:steps, 0] += 1
    successor[:steps, 1] = successor[:steps, 0] if forgiving else failed
    ends = np.arange(steps + 2) >= goal
    good = np.where(ends[:, None], 0.0, [1.0, 0.0])
    pay = (np.arange(steps + 2) == goal).astype(float)
    first = np.eye(steps + 2)[0]
    return popgrad.World(
        successor=successor,
        start=first,
        terminal=ends,
        features=np.ones((steps + 2, 1)),
        horizon=steps,
        reward=np.zeros((steps + 2, 2)),
        entry_reward=pay,
        observed_reward=np.zeros((steps + 2, 2)),
        observed_entry_reward=pay,
        approval=good,
        behaviours=(popgrad.Behaviour("best", "Takes the good action.", good, contexts=first),),
    )
