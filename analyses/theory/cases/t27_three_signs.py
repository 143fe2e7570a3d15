"""Boolean functions of three signs by rectified units without biases, at random weights.

relu(u) = (u + |u|)/2, so the odd part of a network is linear, and parity of three inputs, odd and orthogonal
to all that is linear, has coefficient 0: neither it nor its complement is reached at any width.

Two inputs at angle θ meet hidden layers φ, φ′; given these the outputs are normal with correlation
ρ_w = φ·φ′/(‖φ‖‖φ′‖), so P(agree) = E ½ + asin(ρ_w)/π. With A, B, C the means of φ², φ′² and φφ′ over w units
and g(A, B, C) = ½ + asin(C/√(AB))/π,

    P(agree) = g(μ) + ½ tr(g″(μ) Σ)/w + O(w⁻²),    g(μ) at ρ = [sin θ + (π − θ) cos θ]/π

where μ and Σ are integrals over the angle of a weight; at width 64 the second term is half a standard error
of 20,000 networks. Opposite inputs share no unit: they agree by chance.

Reference: Cho and Saul 2009 for the kernel; Lee et al. 2018 (arXiv 1711.00165) for wide networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import acos

import numpy as np

from ....sim.runfile import Run
from ..arms import experiment, share_error
from ..booleans import rectified, truths
from ..case import Case, Curve, Effort, Plot
from ..predictions import Array, Exact, Share

WIDE = 64
PARITY = np.array([-1, 1, 1, -1, 1, -1, -1, 1])
"""x₁x₂x₃ of the eight inputs."""


def cases(effort: Effort) -> Iterator[Case]:
    """Parity and agreement."""
    tables = experiment(
        "Rectified units on three signs",
        {f"width {width}": rectified(3, width) for width in (4, WIDE)},
        population={"networks": effort.population(20_000)},
    )
    parity = [
        Exact(
            f"parity's coefficient at width {width}",
            0,
            _coefficient(width),
            absolute=effort.tolerance(5e-6, 1e-14),
        )
        for width in (4, WIDE)
    ]
    agreement = [
        Share(
            f"agree on inputs that differ in {flips}, width {WIDE}",
            agreement_of(flips, WIDE),
            _agree(flips),
            slack=1 / WIDE**2 if flips < 3 else 0,
        )
        for flips in (1, 2, 3)
    ]
    title = "functions of three signs: parity is out of reach, and agreement is nearly the kernel's"
    yield Case("T27.rectified", title, tables, (*parity, *agreement), _plot)


def agreement_of(flips: int, width: float) -> float:
    """P(agree) on two inputs of three signs that differ in `flips`, to the first order in 1/w."""
    if flips == 3:
        return 0.5
    theta = acos(1 - 2 * flips / 3)
    moment = {(i, j): _moment(theta, i, j) for i in range(5) for j in range(5) if i + j in (2, 4)}
    powers = np.array([[2, 0], [0, 2], [1, 1]])
    mean = np.array([moment[tuple(p)] for p in powers])
    second = np.array([[moment[tuple(p + q)] for q in powers] for p in powers])
    covariance = second - np.outer(mean, mean)

    def g(at: Array) -> float:
        return 0.5 + float(np.arcsin(at[2] / np.sqrt(at[0] * at[1]))) / np.pi

    step = 1e-4 * np.eye(3)
    hessian = np.array(
        [
            [(g(mean + a + b) - g(mean + a - b) - g(mean - a + b) + g(mean - a - b)) / 4e-8 for b in step]
            for a in step
        ]
    )
    return g(mean) + float((hessian * covariance).sum()) / (2 * width)


def _moment(theta: float, i: int, j: int) -> float:
    """E relu(u)ⁱ relu(v)ʲ of standard normals with correlation cos θ: E rⁱ⁺ʲ times a mean over angles."""
    from scipy.integrate import quad

    low, high = (theta - np.pi / 2, np.pi / 2) if i and j else (-np.pi / 2, np.pi / 2)
    shift = theta if i and j else 0.0
    mean = quad(lambda alpha: np.cos(alpha) ** i * np.cos(alpha - shift) ** j, low, high)[0] / (2 * np.pi)
    return {2: 2.0, 4: 8.0}[i + j] * mean


def _coefficient(width: int):
    """Σ_x χ(x) z(x) of every network, beside the largest of its outputs."""

    def measure(run: Run) -> Array:
        z = np.stack([run.margin(f"row_{i}", f"width {width}")[:, 0] for i in range(8)], axis=1)
        return z.astype(float) @ PARITY / np.abs(z).max(axis=1)

    return measure


def _agree(flips: int):
    other = 2**flips - 1
    return lambda run: np.equal(*truths(run, f"width {WIDE}", 3)[:, [0, other]].T)


def _plot(run: Run) -> Plot:
    flips = np.array([1.0, 2.0, 3.0])
    limit = np.array([agreement_of(int(k), np.inf) for k in flips])
    found = np.array([_agree(int(k))(run).mean() for k in flips])
    error = share_error(found, run)
    return Plot(
        "inputs' differing signs",
        "share of networks that agree",
        (Curve(f"width {WIDE}", flips, limit, flips, found, error),),
    )
