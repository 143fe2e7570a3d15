"""How much of when a behaviour is corrected each of several things explains: R², divided over all orders.

R²(A) is that of the regression of the rank of the correction time on the ranks of the predictors in A; what
is not corrected shares the last rank. A group's share is the mean over all orders of the groups of what R²
rises by when it is added, so that the shares sum to the R² of all. The interval leaves out one world after
another (the jackknife) and has Student's t with one degree of freedom less than there are worlds.

Reference: Lindeman, Merenda and Gold 1980, Introduction to bivariate and multivariate analysis; Grömping
2007, The American Statistician 61:139-147; Tukey 1958, Ann. Math. Stat. 29:614 for the jackknife.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import factorial

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata, t

from ...statistics import Interval
from .worlds.states import Array

ALONE = "gap"
STAKE = ("gap", "visits")
"""Groups of predictors: the gap, and what a behaviour adds to the loss."""


@dataclass(frozen=True, eq=False)
class Explained:
    """The division of R² among groups of predictors.

    Args:
        groups: their names.
        shares: (G,), which sum to R².
        without: (W, G), the same with one world left out.
    """

    groups: tuple[str, ...]
    shares: Array
    without: Array

    @property
    def r_squared(self) -> float:
        """Of all groups together."""
        return float(self.shares.sum())

    def part(self, of: str | Sequence[str], confidence: float) -> Interval:
        """The share of some groups in what is explained at all, between 0 and 1."""
        chosen = [self.groups.index(name) for name in ([of] if isinstance(of, str) else of)]
        estimate = float(self.shares[chosen].sum() / self.shares.sum())
        others = self.without[:, chosen].sum(axis=1) / self.without.sum(axis=1)
        worlds = len(others)
        error = np.sqrt((worlds - 1) / worlds * ((others - others.mean()) ** 2).sum())
        half = float(t.ppf((1 + confidence) / 2, worlds - 1) * error)
        method = f"jackknife t, {worlds} worlds"
        return Interval(estimate, max(0.0, estimate - half), min(1.0, estimate + half), confidence, method)


def explain(outcome: Array, predictors: Mapping[str, Sequence[Array]], worlds: ArrayLike) -> Explained:
    """The division of R² among groups of predictors.

    Args:
        outcome: (n,), one per behaviour of a network; inf where it was not corrected.
        predictors: group -> predictors, each (n,).
        worlds: (n,), the world of each.
    """
    columns = [rankdata(each) for group in predictors.values() for each in group]
    data = np.column_stack([rankdata(outcome), *columns])
    data = (data - data.mean(axis=0)) / np.maximum(data.std(axis=0), 1e-300)
    sizes = [len(group) for group in predictors.values()]
    ends = np.cumsum([1, *sizes])
    members = [list(range(int(begin), int(end))) for begin, end in pairwise(ends)]
    with_one = np.column_stack([np.ones(len(data)), data])
    _, label = np.unique(np.asarray(worlds), return_inverse=True)
    products = np.array([with_one[label == w].T @ with_one[label == w] for w in range(label.max() + 1)])
    total = products.sum(axis=0)
    without = np.array([_divided(total - each, members) for each in products])
    return Explained(tuple(predictors), _divided(total, members), without)


def _divided(products: Array, members: list[list[int]]) -> Array:
    """(G,): the shares, from sums of products of 1, the outcome and the predictors."""
    covariance = products / products[0, 0]
    covariance = covariance[1:, 1:] - np.outer(covariance[0, 1:], covariance[0, 1:])
    count = len(members)
    fits = {
        chosen: _r_squared(covariance, [column for group in chosen for column in members[group]])
        for size in range(count + 1)
        for chosen in combinations(range(count), size)
    }
    shares = np.zeros(count)
    for chosen, fit in fits.items():
        for group in set(range(count)) - set(chosen):
            weight = factorial(len(chosen)) * factorial(count - len(chosen) - 1) / factorial(count)
            shares[group] += weight * (fits[tuple(sorted((*chosen, group)))] - fit)
    return shares


def _r_squared(covariance: Array, columns: list[int]) -> float:
    if not columns or covariance[0, 0] <= 0:
        return 0.0
    against = covariance[columns, 0]
    slopes = np.linalg.lstsq(covariance[np.ix_(columns, columns)], against, rcond=1e-10)[0]
    return float(against @ slopes / covariance[0, 0])
