"""Geometric waiting times: their moments, those of their sums, and classes of them."""

from __future__ import annotations

from math import log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .predictions import Array, Mean, Measure, Prediction, Variance


class Waiting(NamedTuple):
    """Moments of a waiting time: its mean, variance and fourth cumulant."""

    mean: float
    variance: float
    fourth: float


def waiting(q: ArrayLike) -> Waiting:
    """Of a sum of independent geometric times, each until what has probability q_k happens.

    Σ 1/q, Σ v and Σ (6v² + v), with v = (1 − q)/q² the variance of each.
    """
    q = np.asarray(q, np.float64)
    v = (1 - q) / q**2
    return Waiting(float((1 / q).sum()), float(v.sum()), float((6 * v**2 + v).sum()))


def moments(mean: str, variance: str, q: ArrayLike, times: Measure) -> list[Prediction]:
    """The mean and the variance of such times, under these names."""
    of = waiting(q)
    return [
        Mean(mean, of.mean, times, sd=of.variance**0.5),
        Variance(variance, of.variance, times, fourth=of.fourth),
    ]


def classes(p: float, levels: ArrayLike, draws: int = 1, end: float = np.inf) -> tuple[Array, Array]:
    """Last times of classes of a geometric law that divide it near some levels, and the probabilities.

    Args:
        p: of what is waited for, in one draw.
        levels: between 0 and 1.
        draws: at each time.
        end: after which time nothing is seen.

    Returns:
        Ends e₁ < e₂ < …, and P(T ≤ e₁), P(e₁ < T ≤ e₂), …, with P(T > the last) behind them.
    """
    absent = draws * log1p(-p)
    ends = np.unique(np.ceil(np.log1p(-np.asarray(levels)) / absent))
    ends = np.append(ends[ends < end], end) if end < np.inf else ends
    return ends, np.diff(-np.expm1(np.append(ends, np.inf) * absent), prepend=0.0)
