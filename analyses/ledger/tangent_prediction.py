"""What a frozen tangent kernel says of training: logits and accounts without a network that learns."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...sim.behaviour import Array

Activation = Literal["relu", "linear", "tanh"]


class Wide(NamedTuple):
    """N networks of one hidden layer of m units, z(x) = m^(−1/2) Σ_j a_j φ(w_j · x).

    Args:
        first: (N, m, D), w.
        last: (N, m), a.
        activation: φ.
    """

    first: Array
    last: Array
    activation: Activation


class Lesson(NamedTuple):
    """What cross-entropy teaches logits in S states.

    Args:
        share: (S,), the weight d of a state; sums to 1.
        target: (S,), the probability with which action 1 is demonstrated.
        rate: the learning rate η.
        taught: (S,), 1 where the state pushes, 0 where its push is left out.
    """

    share: Array
    target: Array
    rate: float
    taught: Array


class Predicted(NamedTuple):
    """Accounts at K times of N networks, by the S states that pushed.

    Args:
        margin: (K, N, S), of the probe's logit.
        rate: (K, N, S), of its probability of action 1.
        logit: (K, N), the probe's logit itself.
    """

    margin: Array
    rate: Array
    logit: Array


def wide(weights: Array, width: int, activation: Activation = "relu") -> Wide:
    """Networks from their parameters, (N, m D + m): first the w_j row by row, then a."""
    inputs = weights.shape[1] // width - 1
    return Wide(
        weights[:, : width * inputs].reshape(-1, width, inputs), weights[:, width * inputs :], activation
    )


def logits(networks: Wide, features: Array) -> Array:
    """(N, R): z at features (R, D)."""
    hidden, _ = _units(networks.first @ features.T, networks.activation)
    return np.einsum("nm,nmr->nr", networks.last, hidden) / np.sqrt(networks.last.shape[1])


def jacobian(network: Wide, features: Array) -> Array:
    """(R, m D + m): the derivative of a single network's logits by its parameters.

        ∂z/∂w_j = m^(−1/2) a_j φ′(w_j · x) x,    ∂z/∂a_j = m^(−1/2) φ(w_j · x)

    Args:
        network: with N = 1.
        features: (R, D).
    """
    hidden, slope = _units(features @ network.first[0].T, network.activation)
    by_first = (slope * network.last[0])[:, :, None] * features[:, None, :]
    rows = np.concatenate([by_first.reshape(len(features), -1), hidden], axis=1)
    return rows / np.sqrt(network.last.shape[1])


def _units(sums: Array, activation: Activation) -> tuple[Array, Array]:
    """φ and φ′."""
    if activation == "relu":
        return np.maximum(sums, 0.0), (sums > 0).astype(np.float64)
    if activation == "linear":
        return sums, np.ones_like(sums)
    hidden = np.tanh(sums)
    return hidden, 1 - hidden**2


def own_kernels(networks: Wide, features: Array) -> Array:
    """(N, R, R): each network's J Jᵀ, the tangent kernel where it stands.

    Reference: Jacot, Gabriel and Hongler 2018 (arXiv 1806.07572).
    """
    each = (
        jacobian(Wide(networks.first[n : n + 1], networks.last[n : n + 1], networks.activation), features)
        for n in range(len(networks.last))
    )
    return np.stack([rows @ rows.T for rows in each])


def limit_kernel(features: Array) -> Array:
    """(R, R): the tangent kernel of infinitely many ReLU units, w and a from N(0, 1).

        Θ(x, x′) = |x| |x′| (sin φ + (π − φ) cos φ) / 2π + x · x′ (π − φ) / 2π

    with φ the angle between x and x′: E relu relu for the last layer, x · x′ E relu′ relu′ for the first.

    Reference: Cho and Saul 2009, "Kernel methods for deep learning"; Jacot et al. 2018.
    """
    norm = np.sqrt((features**2).sum(axis=1))
    inner, scale = features @ features.T, np.outer(norm, norm)
    angle = np.arccos(np.clip(inner / scale, -1.0, 1.0))
    return (scale * np.sin(angle) + 2 * (np.pi - angle) * inner) / (2 * np.pi)


def frozen(kernel: Array, logit: Array, lesson: Lesson, times: ArrayLike) -> Predicted:
    """Gradient descent on logits under a kernel that never moves, and what each state did to the probe.

        z(x) ← z(x) − η Σ_s K(x, s) d_s (σ(z_s) − y_s)

    The term of s at the probe is its account of the margin; times the mean of σ′ over the two ends of the
    step, of the rate.

    Args:
        kernel: (N, S + 1, S + 1), or (S + 1, S + 1) for all networks; the states, then the probe.
        logit: (N, S + 1), before the first update.
        lesson: what the states are taught.
        times: (K,) updates done, ascending.

    Returns:
        What the accounts have come to at each time.
    """
    wanted = [int(each) for each in np.asarray(times)]
    z = logit.astype(np.float64)
    margin = np.zeros((len(z), z.shape[1] - 1))
    rate, kept = np.zeros_like(margin), []
    pulls = np.broadcast_to(kernel, (len(z), *kernel.shape[-2:]))[:, :, :-1]
    for update in range(wanted[-1] + 1):
        if update in wanted:
            kept.append((margin.copy(), rate.copy(), z[:, -1].copy()))
        push = lesson.share * lesson.taught * (lesson.target - sigmoid(z[:, :-1]))
        terms = lesson.rate * pulls[:, -1] * push
        after = z + lesson.rate * np.einsum("nrs,ns->nr", pulls, push)
        slope = (steepness(z[:, -1]) + steepness(after[:, -1])) / 2
        margin += terms
        rate += slope[:, None] * terms
        z = after
    return Predicted(*(np.stack(each) for each in zip(*kept, strict=True)))


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^(−z)), also far out."""
    return (1 + np.tanh(z / 2)) / 2


def steepness(z: Array) -> Array:
    """σ′(z)."""
    return sigmoid(z) * sigmoid(-z)
