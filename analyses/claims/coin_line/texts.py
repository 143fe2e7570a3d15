"""How numbers stand in the report."""

from __future__ import annotations

from ...statistics import Interval, share
from ..words import between
from .networks import Walks


def of(count: int, networks: int, confidence: float = 0.95) -> Interval:
    """Clopper and Pearson's interval of a share."""
    return share(count, networks, confidence, method="clopper_pearson")


def q(found: Walks) -> str:
    """The share that walks away, with its interval, or a dash where there is nobody."""
    return between(of(found.away, found.networks), 3) if found.networks else "–"


def percent(part: float, whole: float) -> str:
    """A percentage, with a decimal."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
