"""A band for a whole distribution at once: how times or rates are spread over networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .interval import Array, check_confidence, numbers, whole


@dataclass(frozen=True, eq=False)
class Band:
    """An empirical distribution function with its band. V is the number of distinct finite values.

    Args:
        value: (V,), ascending.
        share: (V,), of networks at or below that value.
        low: (V,), lower edge of the band.
        high: (V,), upper edge.
        confidence: that the true distribution function lies within the band everywhere.
    """

    value: Array
    share: Array
    low: Array
    high: Array
    confidence: float


def dkw_width(networks: int, confidence: float = 0.95) -> float:
    """How far an empirical distribution may be from the true one, anywhere.

    By the Dvoretzky-Kiefer-Wolfowitz inequality with Massart's constant, with probability `confidence`,

        sup_x |F̂(x) − F(x)|  ≤  √(ln(2/α) / 2n),    α = 1 − confidence

    Args:
        networks: n.
        confidence: met at least, for every n and every distribution.

    Returns:
        The half width of the band, at most 1.

    Raises:
        ValueError: no networks, a confidence outside (0, 1).

    Example:
        >>> print(f"{dkw_width(10_000):.5f}")
        0.01358

    Reference:
        Massart (1990), Ann. Probab. 18:1269-1283.
    """
    check_confidence("dkw_width", confidence)
    n = whole("dkw_width", "networks", networks)
    return float(min(1.0, np.sqrt(np.log(2 / (1 - confidence)) / (2 * n))))


def distribution_band(values: ArrayLike, confidence: float = 0.95) -> Band:
    """The distribution of a value over networks, with a band that holds all of it at once.

    Args:
        values: (n,), inf where only known to be larger than every finite one (networks all watched until the
            same update); no NaN.
        confidence: that the band holds the whole distribution function.

    Returns:
        The share of networks at or below each value seen, and the band around it cut to between 0 and 1.

    Raises:
        ValueError: NaN, no values, a confidence outside (0, 1).

    Example:
        >>> band = distribution_band([1, 1, 2, 5, float("inf")] * 200)
        >>> band.value.tolist(), band.share.tolist(), band.high.round(3).tolist()
        ([1.0, 2.0, 5.0], [0.4, 0.6, 0.8], [0.443, 0.643, 0.843])

    Reference:
        Massart (1990), Ann. Probab. 18:1269-1283.
    """
    array = numbers("distribution_band", values, infinite=True)
    width = dkw_width(array.size, confidence)
    value, count = np.unique(array, return_counts=True)
    share = np.cumsum(count)[np.isfinite(value)] / array.size
    value = value[np.isfinite(value)]
    return Band(value, share, np.maximum(share - width, 0), np.minimum(share + width, 1), confidence)
