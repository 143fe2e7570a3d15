"""Intervals that hold at every number of networks at once, for runs that go on until the result is clear."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import Array, Interval, check_confidence, numbers, whole
from .roots import root


def confidence_sequence(
    values: ArrayLike, confidence: float = 0.95, rho: float = 100.0, bounds: tuple[float, float] = (0.0, 1.0)
) -> Interval:
    """The mean after each network, with intervals that all hold the true mean at once.

    However often one looks, and whatever makes one stop, they miss with probability α = 1 − confidence at
    most. With S_n the sum of n values less their mean and σ = (upper − lower bound)/2,

        |S_n| ≤ σ √((n + ρ) ln((n + ρ) / (ρ α²)))    for every n

    Args:
        values: (n,), in the order in which they came, independent, each within `bounds`: rates, or 0 and 1.
        confidence: met at least, over all n together.
        rho: ρ > 0, fixed beforehand; the sequence is narrowest near the number for which `best_rho` gives it.
        bounds: between which a value must lie.

    Returns:
        Estimates and limits, (n,) each; limits are cut to the bounds.

    Raises:
        ValueError: values outside the bounds, NaN, no values, ρ not above 0, a confidence outside (0, 1).

    Example:
        >>> found = confidence_sequence([1, 0, 1, 1] * 250)
        >>> print(f"{found.estimate[-1]} {found.low[-1]:.3f} {found.high[-1]:.3f}")
        0.75 0.702 0.798

    Reference:
        Robbins (1970), Ann. Math. Stat. 41:1397-1409; Howard, Ramdas, McAuliffe and Sekhon (2021), Ann. Stat.
        49:1055-1080.
    """
    array = numbers("confidence_sequence", values)
    lower, upper = bounds
    if not (lower < upper and (array >= lower).all() and (array <= upper).all()):
        raise ValueError(f"confidence_sequence: values must lie within the bounds, {lower:g} to {upper:g}")
    n = np.arange(1, array.size + 1)
    mean = np.cumsum(array) / n
    half = (upper - lower) / 2 * boundary(n, confidence, rho) / n
    limits = np.maximum(mean - half, lower), np.minimum(mean + half, upper)
    return Interval(mean, *limits, confidence, "normal mixture, at every n at once")


def boundary(n: ArrayLike, confidence: float, rho: float) -> Array:
    """√((n + ρ) ln((n + ρ) / (ρ α²))): what |S_n|/σ stays below at every n, with probability 1 − α.

    Args:
        n: numbers of values, any shape.
        confidence: 1 − α.
        rho: ρ > 0.

    Returns:
        float64, in the shape of `n`.

    Raises:
        ValueError: ρ that is not above 0, a confidence outside (0, 1).

    Example:
        >>> boundary([100, 10_000], 0.95, 100.0).round(1).tolist()
        [36.6, 327.3]
    """
    check_confidence("confidence_sequence", confidence)
    if not rho > 0:
        raise ValueError(f"confidence_sequence: rho is {rho}, expected a number above 0")
    n = np.asarray(n, np.float64)
    return np.sqrt((n + rho) * np.log((n + rho) / (rho * (1 - confidence) ** 2)))


def best_rho(networks: int, confidence: float = 0.95) -> float:
    """The ρ whose sequence is narrowest at a number of networks.

    The minimum over ρ of the boundary at n lies where n/ρ = x solves x = 2 ln(1/α) + ln(1 + x).

    Args:
        networks: n, near which the run is expected to stop.
        confidence: 1 − α.

    Returns:
        ρ.

    Raises:
        ValueError: no networks, a confidence outside (0, 1).

    Example:
        >>> round(best_rho(1000), 1)
        121.8

    Reference:
        Howard, Ramdas, McAuliffe and Sekhon (2021), Ann. Stat. 49:1055-1080, section 3.5.
    """
    check_confidence("best_rho", confidence)
    networks = whole("best_rho", "networks", networks)
    twice = -2 * float(np.log(1 - confidence))
    return networks / root(lambda x: x - twice - float(np.log1p(x)), 1e-12, 10 * twice + 10)


def ever_missed(networks: int, p: float, confidence: float = 0.95, rho: float = 100.0) -> float:
    """The exact chance that a confidence sequence for a share misses it at some number up to `networks`.

    The number of successes walks one up or stays; walks that leave the boundary are added up.

    Args:
        networks: the largest number at which one looks.
        p: the true share.
        confidence, rho: of the sequence.

    Returns:
        A probability, below 1 − confidence for every p.

    Raises:
        ValueError: no networks, a share outside [0, 1], ρ that is not above 0, a confidence outside (0, 1).

    Example:
        >>> print(f"{ever_missed(5000, 0.5):.3f}")
        0.033
    """
    networks = whole("ever_missed", "networks", networks)
    if not 0 <= p <= 1:
        raise ValueError(f"ever_missed: got a share of {p}, expected a number from 0 to 1")
    limits = boundary(np.arange(1, networks + 1), confidence, rho) / 2
    successes = np.arange(networks + 1)
    inside = np.zeros(networks + 1)
    inside[0], missed = 1.0, 0.0
    for n, limit in enumerate(limits, start=1):
        inside[1 : n + 1] = inside[1 : n + 1] * (1 - p) + inside[:n] * p
        inside[0] *= 1 - p
        out = np.abs(successes[: n + 1] - n * p) > limit
        missed += inside[: n + 1][out].sum()
        inside[: n + 1][out] = 0.0
    return float(missed)
