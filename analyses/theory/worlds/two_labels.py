"""A world for tests: two questions in a row, with noise of any covariance in the answers."""

from __future__ import annotations

import numpy as np
import popgrad


def two_labels(
    *,
    first: list[float] = [1.0, 0.0],  # noqa: B006  (never changed)
    second: list[float] = [0.0, 1.0],  # noqa: B006  (never changed)
    own: float = 1.0,
    shared: float = 1.0,
    discount: float = 1.0,
) -> popgrad.World:
    """An episode asks both questions, so their Hessian has no chance in it: x₁x₁ᵀ + x₂x₂ᵀ.

    The return from the second question on is ±b, the one from the first ±a ± γb, all signs even.

    Args:
        first, second: x₁ and x₂.
        own, shared: a and b.
        discount: γ.
    """
    plus, minus, last, won, lost = range(5)
    successor = np.repeat(np.arange(5, dtype=np.int32)[:, None, None], 2, axis=2)
    successor[[plus, minus]] = last
    successor[last, 0] = won, lost
    reward = np.array([own, -own, 0, 0, 0])[:, None]
    paid = np.array([0, 0, 0, shared, -shared]) / discount
    return popgrad.World(
        successor=successor,
        probability=np.full((5, 1, 2), 0.5),
        start=np.array([0.5, 0.5, 0, 0, 0]),
        terminal=np.arange(5) >= won,
        features=np.array([first, first, second, [0.0] * len(first), [0.0] * len(first)]),
        horizon=2,
        discount=discount,
        reward=reward,
        entry_reward=paid,
        observed_reward=reward,
        observed_entry_reward=paid,
    )
