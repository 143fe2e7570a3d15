"""Deep linear networks of several units: neighbouring layers keep the difference of their squares.

With W = W_L ⋯ W₁ and L = ½ Σ_s d_s (W x_s − y_s)², G = ∂L/∂W, the gradient of a layer is what is above it
transposed, times G, times what is below it transposed. Along the flow

    W_l W_lᵀ − W_{l+1}ᵀ W_{l+1} is conserved

and as η → 0 descent tends to (θ(η) − 6θ(η/2) + 8θ(η/4))/3, off by O(η³).

Reference: Fukumizu 1998; Arora, Cohen and Hazan 2018 (arXiv 1802.06509).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ....sim.runfile import Run
from ..case import Case, Curve, Effort, Plot
from ..least_squares import (
    OPTIMUM,
    UNTOUCHED,
    VALLEY,
    after,
    at_zero,
    hessian,
    least_squares,
    updates_of,
    weights_after,
)
from ..predictions import Array, Exact

HIDDEN = [3, 2]
SHAPES = ((3, 2), (2, 3), (1, 2))
STEPS, TIMES = (0.01, 0.005, 0.0025), (1.0, 4.0, 10.0)
"""η, and η · updates."""


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    conditions = {"start": dict(UNTOUCHED)}
    for eta in STEPS:
        conditions |= after(updates_of(TIMES, eta), f"{eta}", **{"optimiser.learning_rate": eta})
    tables = least_squares(
        "Layers of several units",
        conditions,
        VALLEY,
        policy={"kind": "deep_linear", "hidden": HIDDEN, "init": {"kind": "normal", "std": 0.4}},
        population={"networks": 16},
    )
    predictions = (
        Exact("weights minus those iterated", 0.0, _beside, absolute=effort.tolerance(5e-7, 1e-12)),
        Exact("change of what the flow conserves", 0.0, _change, absolute=5e-6),
    )
    yield Case("T16.matrices", "layers of several units", tables, predictions, _plot)


def layers(flat: Array) -> list[Array]:
    """W₁ … W_L, (network, out, in), from rows of weights."""
    ends = np.cumsum([rows * columns for rows, columns in SHAPES])
    parts = np.split(flat, ends[:-1], axis=-1)
    return [part.reshape(-1, *shape) for part, shape in zip(parts, SHAPES, strict=True)]


def descended(flat: Array, eta: float, updates: int) -> Array:
    """Weights after some updates."""
    H = hessian()
    for _ in range(updates):
        below = [np.broadcast_to(np.eye(2), (len(flat), 2, 2))]
        for W in layers(flat):
            below.append(W @ below[-1])
        back = (below.pop() - OPTIMUM) @ H
        above = np.ones((len(flat), 1, 1))
        gradients = []
        for W, product in zip(reversed(layers(flat)), reversed(below), strict=True):
            gradient = above.transpose(0, 2, 1) @ back @ product.transpose(0, 2, 1)
            gradients.insert(0, gradient.reshape(len(flat), -1))
            above = above @ W
        flat = flat - eta * np.concatenate(gradients, axis=1)
    return flat


def conserved(flat: Array) -> Array:
    """W_l W_lᵀ − W_{l+1}ᵀ W_{l+1} of all neighbours, (network, element)."""
    W = layers(flat)
    found = [low @ low.transpose(0, 2, 1) - high.transpose(0, 2, 1) @ high for low, high in pairwise(W)]
    return np.concatenate([part.reshape(len(flat), -1) for part in found], axis=1)


def _beside(run: Run) -> Array:
    start, eta = run.weights("start"), STEPS[0]
    expected = np.array([descended(start, eta, k) for k in updates_of(TIMES, eta)])
    return weights_after(run, updates_of(TIMES, eta), f"{eta}") - expected


def _change(run: Run) -> Array:
    """In the limit of small steps."""
    ends = [weights_after(run, updates_of(TIMES, eta), f"{eta}") for eta in STEPS]
    kept = [np.array([conserved(weights) for weights in end]) for end in ends]
    return at_zero(*kept) - conserved(run.weights("start"))


def _plot(run: Run) -> Plot:
    """The coefficients that the network computes."""
    eta, t = STEPS[-1], np.linspace(0, TIMES[-1], 50)
    start = run.weights("start")[:1]
    line = np.array([_product(descended(start, eta, round(s / eta))) for s in t])
    found = np.array([_product(w[:1]) for w in weights_after(run, updates_of(TIMES, eta), f"{eta}")])
    curves = [Curve(f"feature {i + 1}", t, line[:, i], np.array(TIMES), found[:, i]) for i in range(2)]
    return Plot("η · updates", "coefficient", tuple(curves))


def _product(flat: Array) -> Array:
    first, second, third = layers(flat)
    return (third @ second @ first)[0, 0]
