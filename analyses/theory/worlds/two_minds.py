"""A world for tests: approval that is of two minds, so that gradients do not depend on the weights."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import popgrad
from pydantic import Field


def two_minds(
    *,
    odds: Annotated[float, Field(ge=0, le=1)] = 0.7,
    yes: float = 0.2,
    no: float = 1.0,
) -> popgrad.World:
    """One step; with probability `odds` action 0 is approved of by `yes`, otherwise disapproved of by `no`.

    The two kinds of state look alike. With `process` and labels for all actions the logit of action 0 has the
    gradient −yes or +no, whatever the policy, and that of action 1 its opposite.
    """
    score = np.array([[yes, -yes], [-no, no]])
    none = np.zeros((2, 2))
    return popgrad.World(
        successor=np.zeros((2, 2), np.int32),
        start=np.array([odds, 1 - odds]),
        features=np.ones((2, 1)),
        horizon=1,
        reward=none,
        observed_reward=none,
        approval=score,
    )
