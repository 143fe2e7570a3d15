"""What every estimate here comes with: an interval, its confidence and the method that gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Interval:
    """An estimate between two limits.

    Args:
        estimate: a number, or float64 of any shape.
        low: the lower limit, in the same shape. −inf where the data exclude nothing below.
        high: the upper limit, in the same shape. inf where the data exclude nothing above: for a time, the
            end was not reached within what was watched.
        confidence: the coverage aimed at.
        method: its name, as a paper would give it.

    Example:
        >>> print(Interval(0.14, 0.0695, 0.2619, 0.95, "Wilson"))
        0.14 (95 % interval 0.0695 to 0.2619, Wilson)
    """

    estimate: Any
    low: Any
    high: Any
    confidence: float
    method: str

    def limits(self) -> str:
        """The two limits in words, for tables."""
        return f"{_number(self.low)} to {_number(self.high)}"

    def __str__(self) -> str:
        if np.ndim(self.estimate):
            many = np.size(self.estimate)
            return (
                f"{many} estimate{'s' * (many != 1)} with {percent(self.confidence)} intervals, {self.method}"
            )
        what = f"{percent(self.confidence)} interval {self.limits()}"
        return f"{_number(self.estimate)} ({what}, {self.method})"


def _number(value: Any) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 or np.isinf(value) else f"{value:,.0f}"


def percent(confidence: float) -> str:
    """`95 %`, with as many digits as the number has."""
    return f"{100 * confidence:.10g} %"


def check_confidence(name: str, confidence: float, what: str = "confidence") -> None:
    """Raises ValueError unless the number lies strictly between 0 and 1."""
    if not 0 < confidence < 1:
        percent = f"; {confidence} % is {confidence / 100:g}" if 1 < confidence < 100 else ""
        raise ValueError(f"{name}: {what} is {confidence}, expected a number between 0 and 1{percent}")


def counts(name: str, successes: ArrayLike, trials: ArrayLike) -> tuple[Array, Array]:
    """Both counts as float64 in the shape they broadcast to; ValueError where they are not counts."""
    x, n = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(trials, np.float64))
    if not ((x >= 0) & (x <= n) & (x == np.floor(x)) & (n == np.floor(n)) & np.isfinite(n)).all():
        raise ValueError(f"{name}: successes and trials must be whole numbers with 0 <= successes <= trials")
    return x.copy(), n.copy()  # SciPy warns of views with a single element


def whole(name: str, what: str, value: int, least: int = 1) -> int:
    """One whole number; ValueError for anything else, and for less than `least`."""
    if np.ndim(value) or not isinstance(value, int | float | np.number) or value != np.floor(value):
        raise ValueError(f"{name}: got {value!r} {what}, expected one whole number")
    if value < least:
        raise ValueError(f"{name}: got {value} {what}, expected at least {least}")
    return int(value)


def numbers(name: str, values: ArrayLike, least: int = 1, infinite: bool = False) -> Array:
    """(n,) float64; ValueError for NaN, for another shape and for fewer than `least`."""
    array = np.asarray(values, np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name}: got an array of shape {array.shape}, expected one number per network")
    if array.size < least:
        raise ValueError(f"{name}: got {array.size} values, expected at least {least}")
    lost = np.count_nonzero(np.isnan(array) if infinite else ~np.isfinite(array))
    if lost:
        kinds = "NaN" if infinite else "NaN or infinite"
        raise ValueError(f"{name}: {lost} of {array.size} values are {kinds}; leave these out and count them")
    return array


def pairs(name: str, first: ArrayLike, second: ArrayLike, least: int = 1) -> tuple[Array, Array]:
    """Both values of every network; ValueError where they cannot be paired."""
    one, two = numbers(name, first, least), numbers(name, second, least)
    if one.size != two.size:
        raise ValueError(f"{name}: got {one.size} and {two.size} values, expected two of the same networks")
    return one, two
