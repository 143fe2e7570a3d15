"""A world for tests: numbers to be predicted from features, one answer to each question."""

from __future__ import annotations

import numpy as np
import popgrad


def regression(
    *,
    features: list[list[float]] = [[1.0]],  # noqa: B006  (never changed)
    target: list[float] | None = None,
    noise: list[float] | None = None,
    start: list[float] | None = None,
) -> popgrad.World:
    """One step, one action: question s is asked with probability d_s and pays y_s + ε_s or y_s − ε_s, evenly.

    To predict the reward (`consequence`) by a linear map of the features is least squares,
    L = ½ Σ_s d_s ((w · x_s − y_s)² + ε_s²), with the Hessian H = Σ_s d_s x_s x_sᵀ.

    Args:
        features: x_s, (S, D).
        target: y_s, (S,); 0 by default.
        noise: ε_s, (S,); 0 by default.
        start: d_s, (S,); all the same by default.
    """
    x = np.array(features, float)
    asked = len(x)
    y, e = (np.zeros(asked) if part is None else np.array(part, float) for part in (target, noise))
    states = 3 * asked
    own = np.arange(states, dtype=np.int32)
    successor = np.repeat(own[:, None, None], 2, axis=2)
    successor[:asked, 0] = np.stack([own[:asked] + asked, own[:asked] + 2 * asked], axis=1)
    paid = np.concatenate([np.zeros(asked), y + e, y - e])
    d = np.full(asked, 1 / asked) if start is None else np.array(start, float)
    return popgrad.World(
        successor=successor,
        probability=np.full((states, 1, 2), 0.5),
        start=np.concatenate([d, np.zeros(2 * asked)]),
        terminal=own >= asked,
        features=np.concatenate([x, np.zeros((2 * asked, x.shape[1]))]),
        horizon=1,
        reward=np.zeros((states, 1)),
        entry_reward=paid,
        observed_reward=np.zeros((states, 1)),
        observed_entry_reward=paid,
    )
