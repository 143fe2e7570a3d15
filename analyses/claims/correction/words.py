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
    return of.row.name + (", Adam" if of.row.adam else "")


def law_or_not(of: Times) -> str:
    """Whether a high loss is corrected under this rule, and where it was not within the cap."""
    exponent = of.exponent(CONFIDENCE)
    if REGION[0] <= exponent.low and exponent.high <= REGION[1]:
        word = "a law"
    elif exponent.low > REGION[1]:
        word = "a slow law"
    else:
        word = "undecided"
    lost = [epsilon for epsilon, part in zip(of.epsilons, of.corrected, strict=True) if part < 0.5]
    if lost:
        word += f"; false within {of.cap:,} updates from ε = {lost[0]:.0e} down"
    return word
