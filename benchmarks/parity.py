"""Whether both sides compute the same: weight by weight, or in distribution where both draw episodes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..sim.errors import PopgradError
from .cases import Case
from .jax_peer import unpacked
from .jax_problems import Outcome

TOLERANCE = 1e-4
"""Of weights, relative to how far training moved the network's."""

CHANCE = 1e-6
"""How often two samples of the same may look different: their means 4.9 standard errors apart, if of many."""


@dataclass(frozen=True)
class Parity:
    """What the comparison of both sides' final weights found.

    Args:
        networks, updates: how many were compared, after how many updates.
        measure: what `difference` is.
        difference: the largest that was found; tolerance: the largest that is rounding, or chance.
        beyond: the networks beyond it; allowed: how many may be.
    """

    networks: int
    updates: int
    measure: str
    difference: float
    tolerance: float
    beyond: int
    allowed: int

    @property
    def agrees(self) -> bool:
        """Whether both sides did the same."""
        return bool(np.isfinite(self.difference)) and self.beyond <= self.allowed


class Finals(NamedTuple):
    """Where networks that began with the same weights ended, each (N, P): popgrad's, the peer's, and, if they
    draw episodes, popgrad's with other ones."""

    initial: np.ndarray
    ours: np.ndarray
    theirs: np.ndarray
    redrawn: np.ndarray | None = None


def compared(case: Case, updates: int, finals: Finals) -> Parity:
    """Compare where both sides ended after some updates.

    Raises:
        PopgradError: the sides disagree, so that their times would compare different work.
    """
    if isinstance(case.peer, Outcome):
        parity = in_distribution(case.peer, updates, finals)
    else:
        parity = by_weights(case.outliers, updates, finals)
    if not parity.agrees:
        raise PopgradError(
            f"{case.name}: after {updates} updates from the same weights popgrad and its peer disagree:"
            f" {parity.measure} is {parity.difference:.3g}, expected at most {parity.tolerance:.3g}"
            f" in all but {parity.allowed:,} of {parity.networks:,} networks. Nothing was timed."
        )
    return parity


def by_weights(outliers: float, updates: int, finals: Finals) -> Parity:
    """Each network's distance between the two sides, relative to how far it was moved.

    A network that training hardly moves (all of its units are dead) is compared with its size instead.
    """
    initial, ours, theirs, _ = finals
    size = np.linalg.norm(initial, axis=1)
    scale = np.maximum(np.linalg.norm(ours - initial, axis=1), 0.01 * size)
    apart = np.linalg.norm(ours - theirs, axis=1) / scale
    beyond = int((~(apart <= TOLERANCE)).sum())
    measure = "the distance of the weights, relative to how far training moved them,"
    allowed = math.ceil(outliers * len(ours))
    return Parity(len(ours), updates, measure, float(apart.max()), TOLERANCE, beyond, allowed)


def in_distribution(setup: Outcome, updates: int, finals: Finals) -> Parity:
    """Means over networks, paired by their initial weights, that are 0 when both sides draw from the same.

    What was learnt answers to the expectation of the gradient, and how far networks went to its size. How far
    the peer's end from popgrad's, beside how far popgrad's end from its own with other episodes, answers to
    its variance. Of distances the logarithms count, lest the few that go furthest drown the others.
    """
    initial, ours, theirs, redrawn = finals
    assert redrawn is not None
    if len(ours) < 2:
        raise PopgradError("got 1 network, expected at least 2 to compare where both sides draw episodes")
    apart = (
        standard_errors(competence(setup, ours) - competence(setup, theirs)),
        standard_errors(log_ratio(ours - initial, theirs - initial)),
        standard_errors(log_ratio(ours - theirs, ours - redrawn)),
    )
    difference = float(np.max(apart))  # which is not a number if one of them is not, as Python's would not be
    tolerance = float(stats.t.isf(CHANCE / 2, len(ours) - 1))
    measure = "the difference of the means, in standard errors,"
    beyond = 0 if difference <= tolerance else len(ours)
    return Parity(len(ours), updates, measure, difference, tolerance, beyond, 0)


def log_ratio(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """ln |first| − ln |second| of the rows in which neither is 0."""
    lengths = np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)
    both = (lengths[0] != 0) & (lengths[1] != 0)
    return np.log(lengths[0][both]) - np.log(lengths[1][both])


def standard_errors(differences: np.ndarray) -> float:
    """How many standard errors a sample's mean lies from 0."""
    if not differences.any() or len(differences) < 2:
        return 0.0
    error = differences.std(ddof=1) / len(differences) ** 0.5
    return float(abs(differences.mean()) / error)


def competence(setup: Outcome, flat: np.ndarray) -> np.ndarray:
    """(N,): the probability of a step towards the coin, over all places of both."""
    places = [(p, c) for p in range(setup.length + 1) for c in range(1, setup.length + 1) if p != c]
    x = np.array([(1, p, c) for p, c in places], float)
    towards = np.array([1.0 if c > p else -1.0 for p, c in places])
    for number, layer in enumerate(unpacked(flat, setup.widths, setup.bias)):
        x = (np.maximum(x, 0) if number else x) @ layer["w"]
    return (1 / (1 + np.exp(-towards * x[..., 0]))).mean(axis=1)
