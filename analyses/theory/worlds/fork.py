"""A world for tests: paths that part by choice and by chance, where every column is another."""

from __future__ import annotations

import numpy as np
import popgrad

AHEAD = np.array([[[1, 2], [2, 1]], [[3, 4], [4, 0]], [[4, 3], [0, 2]]])
CHANCE = np.array([[0.75, 0.625], [0.875, 0.5], [0.5, 0.75]])
"""Of the first of the two states that an action may lead to."""

FEATURES = np.array([[1.0, 0.5, 0.0], [0.25, -1.0, 1.0], [-0.5, 0.75, 1.0]])
START, DISCOUNT, HORIZON = np.array([0.625, 0.25, 0.125]), 0.875, 4
REWARD = np.array([[0.5, 0.0], [-0.25, 1.0], [0.25, -0.5]])
OBSERVED_REWARD = np.array([[0.0, 0.75], [0.5, -0.25], [1.0, 0.0]])
ENTRY, OBSERVED_ENTRY = np.array([1.0, -0.5]), np.array([-1.0, 1.5])
DEMONSTRATOR = np.array([0.25, 0.875, 0.5])
"""The probability of its action 1."""

APPROVAL = np.array([[0.5, -0.25], [-1.0, 0.75], [0.25, 1.0]])
OBSERVED_APPROVAL = np.array([[-0.75, 0.75], [0.5, 0.25], [1.0, -0.5]])
CONTEXTS = np.array([0.5, 0.125, 0.375])


def fork() -> popgrad.World:
    """Three states where one chooses, two where it ends; an episode may come back and meets a horizon."""
    count = np.arange(5)
    successor = np.repeat(np.repeat(count[:, None, None], 2, axis=1), 2, axis=2)
    probability = np.full((5, 2, 2), 0.5)
    successor[:3] = AHEAD
    probability[:3] = np.stack([CHANCE, 1 - CHANCE], axis=2)
    return popgrad.World(
        successor=successor.astype(np.int32),
        probability=probability,
        start=_padded(START),
        terminal=count > 2,
        features=_padded(FEATURES),
        horizon=HORIZON,
        discount=DISCOUNT,
        contexts=_padded(CONTEXTS),
        reward=_padded(REWARD),
        entry_reward=np.append(np.zeros(3), ENTRY),
        observed_reward=_padded(OBSERVED_REWARD),
        observed_entry_reward=np.append(np.zeros(3), OBSERVED_ENTRY),
        demonstrator=np.append(
            np.stack([1 - DEMONSTRATOR, DEMONSTRATOR], axis=1), np.full((2, 2), 0.5), axis=0
        ),
        approval=_padded(APPROVAL),
        observed_approval=_padded(OBSERVED_APPROVAL),
        behaviours=tuple(
            popgrad.Behaviour(
                f"one_in_{i}",
                f"Takes action 1 in state {i}.",
                np.eye(5)[i][:, None] * np.array([0.0, 1.0]),
                contexts=np.eye(5)[i],
            )
            for i in range(3)
        ),
    )


def _padded(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values, np.zeros((2, *values.shape[1:]))])
