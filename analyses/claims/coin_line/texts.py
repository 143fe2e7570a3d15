"""How numbers stand in the report."""

from __future__ import annotations

from ...statistics import Interval, share
from .networks import Walks


def between(interval: Interval, digits: int = 3) -> str:
    """An estimate with its limits."""
    estimate, low, high = (
        f"{value:.{digits}f}" for value in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate} ({low} to {high})"


def of(count: int, networks: int, confidence: float = 0.95) -> Interval:
    """Clopper and Pearson's interval of a share."""
    return share(count, networks, confidence, method="clopper_pearson")


def q(found: Walks) -> str:
    """The share that walks away, with its interval, or a dash where there is nobody."""
    return between(of(found.away, found.networks)) if found.networks else "–"


def percent(part: float, whole: float) -> str:
    """A percentage, with a decimal."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
