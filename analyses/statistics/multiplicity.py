"""Several tests at once: p values adjusted so that the level holds for all of them together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interval import Array, check_confidence, numbers, whole


def sidak_level(tests: int, level: float = 0.05) -> float:
    """The level for each of several tests under which all together err with probability `level`.

        1 − (1 − level)^(1/tests)

    Exact for independent tests; conservative for intervals of one normal estimate in several directions.

    Args:
        tests: how many.
        level: of all together.

    Returns:
        The level of each. 1 − it is the confidence for each of several intervals that are to hold together.

    Raises:
        ValueError: fewer than 1 test, a level outside (0, 1).

    Example:
        >>> print(f"{sidak_level(10):.6f}")
        0.005116

    Reference:
        Šidák (1967), J. Am. Stat. Assoc. 62:626-633.
    """
    check_confidence("sidak_level", level, "level")
    return float(-np.expm1(np.log1p(-level) / whole("sidak_level", "tests", tests)))


def sidak(p: ArrayLike) -> Array:
    """Šidák's adjusted p values, 1 − (1 − p)^m of m tests.

    Args:
        p: (m,) p values, all those that were looked at.

    Returns:
        (m,) in the same order; those below `level` may be claimed together.

    Raises:
        ValueError: NaN, values outside [0, 1], none at all.

    Example:
        >>> sidak([0.01, 0.04, 0.03]).round(4).tolist()
        [0.0297, 0.1153, 0.0873]

    Reference:
        Šidák (1967), J. Am. Stat. Assoc. 62:626-633.
    """
    return _adjusted("sidak", "sidak", p)


def holm(p: ArrayLike) -> Array:
    """Holm's adjusted p values: the level holds for all tests together, however they depend on each other.

    The i-th smallest of m is multiplied by m − i + 1, and none is below one before it.

    Args:
        p: (m,) p values, all those that were looked at.

    Returns:
        (m,) in the same order; those below `level` may be claimed together.

    Raises:
        ValueError: as `sidak`.

    Example:
        >>> holm([0.01, 0.04, 0.03]).round(4).tolist()
        [0.03, 0.06, 0.06]

    Reference:
        Holm (1979), Scand. J. Stat. 6:65-70.
    """
    return _adjusted("holm", "holm", p)


def benjamini_hochberg(p: ArrayLike) -> Array:
    """Benjamini and Hochberg's adjusted p values: of all claims a share `level` at most is expected wrong.

    The i-th smallest of m is multiplied by m/i, and none is above one behind it. For tests that are
    independent or depend positively, in a screening whose claims will be tested again.

    Args:
        p: (m,) p values, all those that were looked at.

    Returns:
        (m,) in the same order.

    Raises:
        ValueError: as `sidak`.

    Example:
        >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(4).tolist()
        [0.03, 0.04, 0.04]

    Reference:
        Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57:289-300.
    """
    return _adjusted("benjamini_hochberg", "fdr_bh", p)


def _adjusted(name: str, method: str, p: ArrayLike) -> Array:
    from statsmodels.stats.multitest import multipletests

    array = numbers(name, p)
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(f"{name}: p values must lie between 0 and 1")
    with np.errstate(divide="ignore"):  # log1p(−1) of a p value of 1
        return np.asarray(multipletests(array, method=method)[1])
