"""How numbers read in a report."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..statistics import Interval

CONFIDENCE = 0.95
"""Of each interval in tables and figures; those of points are wider, so that all hold at once."""


def number(value: float | np.floating, decimals: int | None = None) -> str:
    """Three digits, or as many decimals; what rounds to nothing has no sign."""
    text = f"{value:.3g}" if decimals is None else f"{value:.{decimals}f}"
    return text.replace("inf", "∞") if float(text) else text.removeprefix("-")


def between(found: Interval, decimals: int | None = None) -> str:
    """An estimate and its limits."""
    estimate, low, high = (number(each, decimals) for each in (found.estimate, found.low, found.high))
    return f"{estimate} ({low} to {high})"


def listed(names: Iterable[str]) -> str:
    """One after the other."""
    return "; ".join(names) or "none"
