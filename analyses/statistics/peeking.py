"""What looking at a test several times costs, and the level at which each look may then be taken."""

from __future__ import annotations

import numpy as np

from .interval import check_confidence, whole
from .roots import root


def peeking(looks: int, level: float = 0.05) -> float:
    """How often a true null hypothesis is rejected when it is tested after each of several equal batches.

    With S_k the sum of k independent standard normals and z the two-sided quantile of `level`,

        P(|S_k| > z √k for some k ≤ looks)

    by integrating the density of S_k within the bounds from look to look, not by simulation.

    Args:
        looks: how often, after equal numbers of networks.
        level: of each test, two-sided.

    Returns:
        The level of them all together.

    Raises:
        ValueError: fewer than 1 look or more than 10,000, a level outside (0, 1).

    Example:
        >>> [round(peeking(looks), 3) for looks in (1, 2, 5, 10, 20)]
        [0.05, 0.083, 0.142, 0.193, 0.248]

    Reference:
        Armitage, McPherson and Rowe (1969), J. R. Stat. Soc. A 132:235-244.
    """
    from scipy.stats import norm

    check_confidence("peeking", level, "level")
    if whole("peeking", "looks", looks) > 10_000:
        raise ValueError(f"peeking: got {looks} looks, expected 1 to 10,000")
    z = norm.isf(level / 2)
    # The density is smooth between the bounds: with 80 nodes nothing changes in the tenth digit.
    node, weight = np.polynomial.legendre.leggauss(80 + 2 * int(np.sqrt(looks) * z))
    at, mass = z * node, z * weight * norm.pdf(z * node)
    for k in range(2, looks + 1):
        bound = z * np.sqrt(k)
        mass = bound * weight * (norm.pdf(bound * node[:, None] - at) @ mass)
        at = bound * node
    return float(1 - mass.sum())


def pocock_level(looks: int, level: float = 0.05) -> float:
    """The level for each of several looks that makes `level` of them all together.

    Args:
        looks: how often one will look, fixed beforehand.
        level: of all looks together.

    Returns:
        The level of each.

    Raises:
        ValueError: as `peeking`.

    Example:
        >>> [round(pocock_level(looks), 4) for looks in (2, 5, 10)]
        [0.0294, 0.0158, 0.0106]

    Reference:
        Pocock (1977), Biometrika 64:191-199.
    """
    check_confidence("pocock_level", level, "level")
    if whole("pocock_level", "looks", looks) == 1:
        return level
    return root(lambda each: peeking(looks, each) - level, level / looks, level)
