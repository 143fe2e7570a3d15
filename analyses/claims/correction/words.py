"""How the report puts what was found."""

from __future__ import annotations

from pathlib import Path

from ...statistics import Interval
from ..registered import FILE, registered
from .exponents import Times

CONFIDENCE = 0.95
"""Of each interval in tables and figures; those of the verdict are wider, since all hold together."""

REGION = registered(Path(__file__).parent / FILE)[0].point("exact").region

WAYS = {"exact": "exact gradient", "sampled": "sampled episodes", "layer": "one hidden layer"}


def interval(of: Interval, digits: int = 2) -> str:
    """An estimate and its limits."""
    return f"{of.estimate:.{digits}f} ({of.low:.{digits}f} to {of.high:.{digits}f})"


def name(of: Times) -> str:
    """Of a row, among rows of its way."""
    return of.row.name + (" by Adam" if of.row.adam else "")


def grade(of: Times) -> str:
    """Whether a high loss is corrected under this rule as a law, a slow one, or undecided."""
    exponent = of.exponent(CONFIDENCE)
    if REGION[0] <= exponent.low and exponent.high <= REGION[1]:
        return "a law"
    return "a slow law" if exponent.low > REGION[1] else "undecided"


def lost(of: Times) -> str:
    """From which initial probability down most were not corrected within the cap; empty where they were."""
    most = [epsilon for epsilon, part in zip(of.epsilons, of.corrected, strict=True) if part < 0.5]
    return f"from ε = {most[0]:.0e} down" if most else ""


def law_or_not(of: Times) -> str:
    """Both."""
    return grade(of) + (f"; false within {of.cap:,} updates {lost(of)}" if lost(of) else "")
