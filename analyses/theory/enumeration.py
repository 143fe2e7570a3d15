"""All that one update by a few sampled episodes may do: each step and its probability."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product
from math import factorial, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .predictions import Array


class Outcomes(NamedTuple):
    """Steps that differ, (m, K), and the probability of each, (m,)."""

    step: Array
    probability: Array

    def mean(self, values: Array) -> float:
        """Expectation of a value of each step, (m,)."""
        return float(self.probability @ values)

    def spread(self, values: Array) -> float:
        """Its standard deviation."""
        return float(np.sqrt(self.probability @ (values - self.mean(values)) ** 2))

    def nearest(self, steps: Array) -> tuple[NDArray[np.int64], Array]:
        """Of steps that were taken, (n, K): the number of the nearest possible one, and how far it is."""
        far = np.full(len(steps), np.inf)
        which = np.zeros(len(steps), np.int64)
        for number, step in enumerate(self.step):
            distance = np.abs(steps - step).max(axis=1)
            which[distance < far] = number
            far = np.minimum(far, distance)
        return which, far


def gathered(steps: Sequence[Array], probabilities: Sequence[float]) -> Outcomes:
    """Steps with those that are the same put together."""
    rounded, where = np.unique(np.round(steps, 9) + 0.0, axis=0, return_inverse=True)
    total = np.zeros(len(rounded))
    np.add.at(total, where.ravel(), probabilities)
    return Outcomes(rounded, total)


def one_update(pi: Array, reward: Array, episodes: int, baseline: str | float) -> Outcomes:
    """Σ (R − b)(e_a − π)/E over every count of E draws of the arms.

    Args:
        pi, reward: (K,).
        episodes: E.
        baseline: `mean` of the episodes, `leave_one_out`, or a number.
    """
    steps, probabilities = [], []
    for draws in combinations_with_replacement(range(len(pi)), episodes):
        arms = list(draws)
        counts = np.bincount(arms, minlength=len(pi))
        ways = factorial(episodes) / prod(factorial(int(count)) for count in counts)
        paid = reward[arms]
        if baseline == "mean":
            left = paid - paid.mean()
        elif baseline == "leave_one_out":
            left = paid - (paid.sum() - paid) / (episodes - 1)
        else:
            left = paid - float(baseline)
        steps.append((left[:, None] * (np.eye(len(pi))[arms] - pi)).sum(axis=0) / episodes)
        probabilities.append(ways * float(np.prod(pi**counts)))
    return gathered(steps, probabilities)


def natural_update(pi: Array, reward: Array) -> Outcomes:
    """The same of one episode and the natural gradient, R/π_a (e_a − 1/K) for the arm a that is drawn."""
    K = len(pi)
    return gathered(list((reward / pi)[:, None] * (np.eye(K) - 1 / K)), list(pi))


def two_updates(theta: Array, reward: Array, eta: float, alpha: float) -> Outcomes:
    """The same of two updates by one episode each, under a critic V ← V + α(R − V) that begins at 0."""
    from .logits import softmax

    steps, probabilities = [], []
    arms = np.eye(len(theta))
    first = softmax(theta)
    for a, b in product(range(len(theta)), repeat=2):
        once = eta * reward[a] * (arms[a] - first)
        second = softmax(theta + once)
        steps.append(once + eta * (reward[b] - alpha * reward[a]) * (arms[b] - second))
        probabilities.append(float(first[a] * second[b]))
    return gathered(steps, probabilities)
