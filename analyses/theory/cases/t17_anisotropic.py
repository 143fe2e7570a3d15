"""Noise in two weights of a curved valley: the covariance solves an equation of Lyapunov's kind.

With w ← w − η(Hw + ξ), Cov ξ = C, the covariance Σ of the weights ends at

    ΣH + HΣ − ηHΣH = ηC

Two questions x₁, x₂ in every episode have H = FFᵀ with F = (x₁ x₂), and C = FMFᵀ with M the covariance of
their answers. Here F is H's Cholesky factor and M = F⁻¹CF⁻ᵀ, by answers ±a ± γb and ±b (see
`worlds/two_labels.py`).
Of a projection u the variance is uᵀΣu and the fourth cumulant

    −2η⁴ Σ_k ((uᵀAᵏx₁ a)⁴ + (uᵀAᵏ(γx₁ + x₂) b)⁴),    A = 1 − ηH

Reference: Liu, Ziyin and Ueda 2021 (arXiv 2012.03636).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import own_world
from ..case import Case, Curve, Effort, Plot
from ..least_squares import least_squares, sampled
from ..predictions import Array, Variance

H = np.array([[2.0, 0.5], [0.5, 1.0]])
C = np.array([[1.0, 0.3], [0.3, 0.5]])
ETA, UPDATES = 0.3, 100
SIDES = {"w₁": (1.0, 0.0), "w₂": (0.0, 1.0), "w₁ + w₂": (1.0, 1.0), "w₁ − w₂": (1.0, -1.0)}


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    F, a, b, discount = factors()
    world = own_world(
        "two_labels", first=F[:, 0].tolist(), second=F[:, 1].tolist(), own=a, shared=b, discount=discount
    )
    tables = least_squares(
        "Noise in a valley",
        {"descent": {"loss": sampled(), "world": world}},
        {},
        optimiser={"kind": "sgd", "learning_rate": ETA},
        population={"networks": effort.population(40_000)},
        training={"updates": UPDATES, "record": {"at": [0]}},
    )
    sigma = stationary(ETA)
    predictions = tuple(
        Variance(f"variance of {name}", float(np.array(u) @ sigma @ u), _along(u), fourth(np.array(u)))
        for name, u in SIDES.items()
    )
    yield Case("T17.anisotropic", "the covariance of two weights in a valley", tables, predictions, _plot)


def factors() -> tuple[Array, float, float, float]:
    """F, a, b and γ."""
    F = np.linalg.cholesky(H)
    root = np.linalg.inv(F)
    M = root @ C @ root.T
    if M[0, 1] < 0:
        F, M = F * [1, -1], M * [[1, -1], [-1, 1]]
    discount = M[0, 1] / M[1, 1]
    return F, float(np.sqrt(M[0, 0] - discount * M[0, 1])), float(np.sqrt(M[1, 1])), float(discount)


def stationary(eta: float) -> Array:
    """Σ, from a linear equation for its four elements."""
    one = np.eye(2)
    operator = np.kron(one, H) + np.kron(H, one) - eta * np.kron(H, H)
    return np.asarray(np.linalg.solve(operator, eta * C.ravel()), np.float64).reshape(2, 2)


def fourth(u: Array) -> float:
    """The fourth cumulant of u · w."""
    F, a, b, discount = factors()
    found, step = 0.0, np.eye(2) - ETA * H
    for _ in range(UPDATES):
        found += (u @ F[:, 0] * a) ** 4 + (u @ (discount * F[:, 0] + F[:, 1]) * b) ** 4
        u = u @ step
    return float(-2 * ETA**4 * found)


def _along(u: tuple[float, float]):
    return lambda run: run.weights("descent") @ np.array(u)


def _plot(run: Run) -> Plot:
    """The variance in every direction."""
    weights, sigma = run.weights("descent"), stationary(ETA)
    angle, at = np.linspace(0, np.pi, 100), np.linspace(0, np.pi, 13)
    expected, found = (
        np.einsum("it,ij,jt->t", np.stack([np.cos(t), np.sin(t)]), matrix, np.stack([np.cos(t), np.sin(t)]))
        for t, matrix in ((angle, sigma), (at, np.cov(weights.T)))
    )
    error = found * np.sqrt(2 / len(weights))
    curve = Curve("descent", angle, expected, at, found, error)
    return Plot("angle of the projection", "its variance", (curve,))
