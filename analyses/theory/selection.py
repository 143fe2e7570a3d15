"""Selection of one logit z ~ N(0, σ²) by its loss ln(1 + e^−z): what is kept is z in an interval."""

from __future__ import annotations

from math import exp, log1p

from .arms import IMITATION
from .case import Table

SIGMA = 1.5
"""σ."""

REFUSED = (("jax", "selects no networks"),)


def selected(band: tuple[float, float], method: str = "guess_and_check", **options: object) -> Table:
    """A condition that selects for a logit in an interval."""
    low, high = (log1p(exp(-z)) for z in band)
    bounds = {"below": low} if high == 0 else {"above": high, "below": low}
    return {
        "loss": IMITATION,
        "policy": {"kind": "tabular", "head": "logit", "init": {"kind": "normal", "std": SIGMA}},
        "training.method": method,
        "training.select": {"loss": bounds},
        **options,
    }


def truncated(low: float, high: float, std: float):
    """The probability that N(0, std²) lies in an interval, and its distribution function there."""
    from scipy.special import ndtr

    begin, end = ndtr(-high / std), ndtr(-low / std)
    return float(end - begin), lambda z: 1 - (ndtr(-z / std) - begin) / (end - begin)
