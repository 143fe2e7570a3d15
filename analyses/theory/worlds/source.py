"""A world for tests: a source of symbols, each drawn given the two before it."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import popgrad
from pydantic import Field


def source(
    *,
    one: Annotated[list[float], Field(min_length=4, max_length=4)] = [0.1, 0.8, 0.6, 0.3],  # noqa: B006
    seen: Annotated[int, Field(ge=0, le=2)] = 2,
    length: Annotated[int, Field(ge=1)] = 8,
) -> popgrad.World:
    """State 2a + b is the last two symbols, an action is the next: state 2b + action.

    The demonstrator writes 1 after them with probability `one`, from the source's stationary law on. A policy
    sees the last `seen` of the two. Behaviour `one_after_ab` is the 1 after a, b.
    """
    last = np.arange(4)
    successor = 2 * (last % 2)[:, None] + [0, 1]
    demonstrator = np.stack([1 - np.array(one), one], axis=1)
    step = np.zeros((4, 4))
    np.put_along_axis(step, successor, demonstrator, axis=1)
    stays = np.vstack([step.T - np.eye(4), np.ones(4)])
    stationary = np.linalg.pinv(stays)[:, 4].astype(np.float64)
    return popgrad.World(
        successor=successor,
        start=stationary,
        features=np.eye(2**seen)[last % 2**seen],
        horizon=length,
        contexts=stationary,
        demonstrator=demonstrator,
        behaviours=tuple(
            popgrad.Behaviour(
                f"one_after_{i:02b}",
                f"Writes 1 after {i:02b}.",
                np.eye(4)[i][:, None] * np.array([0.0, 1.0]),
                contexts=np.eye(4)[i],
            )
            for i in range(4)
        ),
    )
