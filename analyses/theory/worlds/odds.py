"""A world for tests: arms that pay by chance."""

from __future__ import annotations

import numpy as np
import popgrad


def odds(*, success: list[float] = [0.9, 0.6]) -> popgrad.World:  # noqa: B006  (never changed)
    """One step; arm k pays 1, on entering a terminal state, with probability `success[k]`."""
    won, lost, arms = 1, 2, len(success)
    chances = np.array(success)
    probability = np.zeros((3, arms, 2))
    probability[0] = np.stack([chances, 1 - chances], axis=1)
    probability[1:, :, 0] = 1
    successor = np.tile(np.array([won, lost], np.int32), (3, arms, 1))
    best = np.zeros((3, arms))
    best[0, int(chances.argmax())] = 1
    first = np.eye(3)[0]
    pay = np.eye(3)[won]
    return popgrad.World(
        successor=successor,
        probability=probability,
        start=first,
        terminal=np.array([False, True, True]),
        features=np.ones((3, 1)),
        horizon=1,
        reward=np.zeros((3, arms)),
        entry_reward=pay,
        observed_reward=np.zeros((3, arms)),
        observed_entry_reward=pay,
        behaviours=(popgrad.Behaviour("best", "Takes the arm most likely to pay.", best, contexts=first),),
    )
