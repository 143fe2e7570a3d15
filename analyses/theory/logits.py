"""Tables of logits: where one begins, and in float64 its policy and the gradient of expected reward.

Nothing that is expected here is computed by popgrad.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .case import Table
from .predictions import Array

ARMS_5 = (0.912756, 0.606636, 0.729497, 0.543625, 0.935072)
LOGITS_5 = (0.12573, -0.132105, 0.640423, 0.1049, -0.535669)
ARMS_4 = (1.0, 0.6, 0.2, 0.9)
LOGITS_4 = (0.5, -0.2, 0.0, -1.0)
"""Rewards and logits that the catalogue has numbers for."""


def begins_with(theta: Sequence[float]) -> Table:
    """Keys of a condition whose one observation has these logits, less their mean, after its first update.

    An overseer who scores all actions moves logits by η · score where the scores sum to 0, so one update from
    zeros arrives anywhere; records and watches count it.
    """
    centred = np.asarray(theta, np.float64) - np.mean(theta)
    scale = float(np.abs(centred).max()) or 1.0
    phase = {
        "updates": 1,
        "loss": {"kind": "process", "labels": "all", "states": "contexts", "estimator": "exact"},
        "optimiser.kind": "sgd",
        "optimiser.learning_rate": scale,
    }
    return {"phase": [phase], "world.approval": (centred / scale).tolist()}


def softmax(theta: ArrayLike) -> Array:
    """π, (…, K)."""
    weights = np.exp(theta - np.max(theta, axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def climb(theta: ArrayLike, reward: ArrayLike) -> Array:
    """π_a (r_a − r̄), the gradient of J = Σ π r, (…, K)."""
    pi, r = softmax(theta), np.asarray(reward, np.float64)
    return pi * (r - (pi * r).sum(axis=-1, keepdims=True))
