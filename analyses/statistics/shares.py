"""Intervals for a share of networks: x of n do something. Wilson unless there is a reason."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .interval import Array, Interval, check_confidence, counts

Limits = tuple[Array, Array]


def wilson(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> Limits:
    """Wilson's score interval for a share.

    The shares p that a score test at size 1 − confidence does not reject: with x successes in n trials,
    q = x / n and z the standard normal quantile at (1 + confidence) / 2,

        (q + z²/2n ± z √(q(1 − q)/n + z²/4n²)) / (1 + z²/n)

    With no trials nothing is known and the interval is (0, 1). Trials are taken to be independent.

    Args:
        successes: whole numbers, any shape.
        trials: whole numbers, any shape that broadcasts with `successes`.
        confidence: the coverage aimed at, between 0 and 1; met on average over p, not at each p.

    Returns:
        The lower and the upper limit, float64, in the shape that the two counts broadcast to.

    Raises:
        ValueError: counts that are not whole, are negative or exceed their trials; a confidence
            outside (0, 1).

    Example:
        >>> low, high = wilson(0, [20, 0])
        >>> low.round(4).tolist(), high.round(4).tolist()
        ([0.0, 0.0], [0.1611, 1.0])

    Reference:
        Wilson (1927), J. Am. Stat. Assoc. 22:209-212; Brown, Cai and DasGupta (2001), Stat. Sci. 16:101-133.
    """
    return _limits("wilson", "wilson", successes, trials, confidence)


def clopper_pearson(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> Limits:
    """Clopper and Pearson's interval for a share: covers at least as often as it says, at every p.

    The shares that neither one-sided binomial test rejects at α/2, α = 1 − confidence: with B(q; a, b) the
    quantile of the beta distribution,

        B(α/2; x, n − x + 1)  to  B(1 − α/2; x + 1, n − x)

    Args:
        successes: whole numbers, any shape.
        trials: whole numbers, any shape that broadcasts with `successes`.
        confidence: the coverage met at least, between 0 and 1.

    Returns:
        The lower and the upper limit, float64, in the shape that the two counts broadcast to.

    Raises:
        ValueError: as `wilson`.

    Example:
        >>> low, high = clopper_pearson(7, 50)
        >>> print(f"{low:.4f} {high:.4f}")
        0.0582 0.2674

    Reference:
        Clopper and Pearson (1934), Biometrika 26:404-413.
    """
    return _limits("clopper_pearson", "beta", successes, trials, confidence)


def jeffreys(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> Limits:
    """Jeffreys' interval for a share: equal tails of the posterior under the prior Beta(½, ½).

        B(α/2; x + ½, n − x + ½)  to  B(1 − α/2; x + ½, n − x + ½)

    The lower limit is 0 at x = 0 and the upper 1 at x = n, as Brown, Cai and DasGupta modify it: otherwise it
    never covers p near 0.

    Args:
        successes: whole numbers, any shape.
        trials: whole numbers, any shape that broadcasts with `successes`.
        confidence: the posterior probability of the interval; met as coverage on average over p.

    Returns:
        The lower and the upper limit, float64, in the shape that the two counts broadcast to.

    Raises:
        ValueError: as `wilson`.

    Example:
        >>> low, high = jeffreys(0, 32)
        >>> print(f"{low:.4f} {high:.4f}")
        0.0000 0.0749

    Reference:
        Brown, Cai and DasGupta (2001), Stat. Sci. 16:101-133, section 3.1.3 and 4.1.1.
    """
    return _limits("jeffreys", "jeffreys", successes, trials, confidence)


def wald(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> Limits:
    """The interval to compare with, not to report: q ± z √(q(1 − q)/n), cut to between 0 and 1.

    At x = 0 it has no width. `coverage` shows how often it then misses.

    Args:
        successes: whole numbers, any shape.
        trials: whole numbers, any shape that broadcasts with `successes`.
        confidence: the coverage aimed at, and missed.

    Returns:
        The lower and the upper limit, float64, in the shape that the two counts broadcast to.

    Raises:
        ValueError: as `wilson`.

    Example:
        >>> low, high = wald(0, 32)
        >>> print(low, high)
        0.0 0.0
    """
    return _limits("wald", "normal", successes, trials, confidence)


METHODS: dict[str, tuple[str, Callable[..., Limits]]] = {
    "wilson": ("Wilson", wilson),
    "clopper_pearson": ("Clopper-Pearson", clopper_pearson),
    "jeffreys": ("Jeffreys", jeffreys),
    "wald": ("Wald", wald),
}
"""What `share` and `coverage` take: the name in papers and the function."""


def share(
    successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95, method: str = "wilson"
) -> Interval:
    """A share with its interval.

    Args:
        successes: how many networks; whole numbers, any shape.
        trials: of how many; any shape that broadcasts with `successes`.
        confidence: the coverage aimed at.
        method: a name from `METHODS`.

    Returns:
        The share x / n between the method's limits.

    Raises:
        ValueError: an unknown method, no trials, or as `wilson`.

    Example:
        >>> print(share(7, 50))
        0.14 (95 % interval 0.06951 to 0.2619, Wilson)
    """
    name, limits = method_called("share", method)
    x, n = counts("share", successes, trials)
    if not n.all():
        raise ValueError("share: got 0 trials, expected at least 1")
    low, high = limits(x, n, confidence)
    if x.ndim == 0:
        return Interval(float(x / n), float(low), float(high), confidence, name)
    return Interval(x / n, low, high, confidence, name)


def method_called(caller: str, method: str) -> tuple[str, Callable[..., Limits]]:
    """The method's name in papers and its function; ValueError for a name that is none."""
    if method not in METHODS:
        raise ValueError(f"{caller}: got method {method!r}, expected one of {', '.join(METHODS)}")
    return METHODS[method]


def _limits(name: str, method: str, successes: ArrayLike, trials: ArrayLike, confidence: float) -> Limits:
    from statsmodels.stats.proportion import proportion_confint  # a second to import, so only on use

    x, n = counts(name, successes, trials)
    check_confidence(name, confidence)
    ravelled = x.ravel(), np.maximum(n.ravel(), 1)
    low, high = (
        np.reshape(limit, x.shape)
        for limit in proportion_confint(*ravelled, alpha=1 - confidence, method=method)
    )
    if method == "normal":
        return np.where(n == 0, 0.0, low), np.where(n == 0, 1.0, high)
    # Exact at the ends, where rounding would leave a residue of about 1e-17.
    return np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)
