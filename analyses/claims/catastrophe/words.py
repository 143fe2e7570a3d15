"""How numbers and lists read in a report."""

from __future__ import annotations

from collections.abc import Iterable

from ...statistics import Interval

CONFIDENCE = 0.95
"""Of intervals in tables and figures; those of points are wider, so that all hold at once."""


def number(value: float) -> str:
    """Three digits."""
    return f"{value:.3g}"


def interval(found: Interval) -> str:
    """An estimate and its limits."""
    return f"{number(found.estimate)} ({number(found.low)} to {number(found.high)})"


def listed(names: Iterable[str]) -> str:
    """One after the other."""
    return "; ".join(names) or "none"
