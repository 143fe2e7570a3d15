"""A world for tests: how much there is to learn behind a gate depends on how often it is opened."""

from __future__ import annotations

import numpy as np
import popgrad


def gate() -> popgrad.World:
    """Action 0 opens the gate, action 1 ends the episode; behind the gate one more action does.

    Action 0 is approved of in both. With labels for all actions the logits behind the gate have the gradient
    ∓P(gate opened), which no weight of theirs changes.
    """
    front, behind, over = range(3)
    score = np.array([[1.0, -1.0], [1.0, -1.0], [0.0, 0.0]])
    none = np.zeros((3, 2))
    opens = np.zeros((3, 2))
    opens[front, 0] = 1
    first = np.eye(3)[front]
    return popgrad.World(
        successor=np.array([[behind, over], [over, over], [over, over]], np.int32),
        start=first,
        terminal=np.arange(3) == over,
        features=np.eye(3),
        horizon=2,
        reward=none,
        observed_reward=none,
        approval=score,
        behaviours=(popgrad.Behaviour("opens", "Opens the gate.", opens, contexts=first),),
    )
