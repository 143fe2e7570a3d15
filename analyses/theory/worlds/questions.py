"""A world for tests: questions with two answers, one of which is shown more often."""

from __future__ import annotations

import numpy as np
import popgrad


def questions(
    *,
    features: list[list[float]] = [[1.0]],  # noqa: B006  (never changed)
    odds: list[float] = [1.0],  # noqa: B006  (never changed)
    weights: list[float] | None = None,
) -> popgrad.World:
    """One step; the demonstrator answers question s by action 1 with probability q_s.

    Args:
        features: x_s, (S, D).
        odds: q_s, (S,).
        weights: d_s of the contexts, (S,); all the same by default.
    """
    q, asked = np.array(odds), len(odds)
    d = np.full(asked, 1 / asked) if weights is None else np.array(weights, float)
    none = np.zeros((asked, 2))
    shown = np.stack([1 - q, q], axis=1)
    favoured = np.where(shown >= 0.5, 1.0, 0.0)
    return popgrad.World(
        successor=np.zeros((asked, 2), np.int32),
        start=d,
        contexts=d,
        features=np.array(features, float),
        horizon=1,
        reward=none,
        observed_reward=none,
        demonstrator=shown,
        behaviours=tuple(
            popgrad.Behaviour(
                f"question_{s}",
                f"Answers question {s} as it is mostly shown.",
                favoured,
                contexts=np.eye(asked)[s],
            )
            for s in range(asked)
        ),
    )
