"""A world for tests: n bits are seen, and one answer is given."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import popgrad
from pydantic import Field


def boolean(
    *, bits: Annotated[int, Field(ge=1, le=6)] = 3, encoding: Literal["binary", "signs"] = "binary"
) -> popgrad.World:
    """State i shows the bits of i, the highest first, as 0 and 1 or as −1 and 1.

    A policy is a Boolean function: behaviour `row_i` is the answer 1 in state i, so its margin is above 0
    where the function is true. Nothing is right; the demonstrator answers at random.
    """
    states = 2**bits
    seen = np.arange(states)[:, None] >> np.arange(bits)[::-1] & 1
    answer, row = np.zeros((states, 2)), np.eye(states)
    answer[:, 1] = 1
    return popgrad.World(
        successor=np.zeros((states, 2), np.int32),
        start=np.full(states, 1 / states),
        features=seen.astype(float) if encoding == "binary" else 2.0 * seen - 1,
        horizon=1,
        contexts=np.full(states, 1 / states),
        reward=np.zeros((states, 2)),
        demonstrator=np.full((states, 2), 0.5),
        behaviours=tuple(
            popgrad.Behaviour(
                f"row_{i}", f"Answers 1 to input {i}.", answer * row[i][:, None], contexts=row[i]
            )
            for i in range(states)
        ),
    )
