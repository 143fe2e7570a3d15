"""A world of this claim: several choices of two actions each, whose features overlap."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
import popgrad
from numpy.typing import NDArray
from pydantic import Field

Array = NDArray[np.float64]

SHARED = 3
"""Dimensions in which the features of all states lie beside the state's own."""

KNOWN = 0.9
"""Probability of the good action, at first, where the behaviour is right."""


WANTED = 1.0
"""The gap where the behaviour is right: the largest, so that every loss wants the good action always."""


class Drawn(NamedTuple):
    """What differs between the states of one world, each (S,) or (S, D).

    Args:
        visits: how often the state is met; they sum to 1.
        gap: how much more the good action is worth, at most 1, and `WANTED` where the behaviour is right.
        initial: the probability of the good action that is taught before.
        good: which action is good.
        features: of length 1.
    """

    visits: Array
    gap: Array
    initial: Array
    good: NDArray[np.int64]
    features: Array


def drawn(
    *, seed: int, wrong: int, right: int, overlap: float, gaps: float, visits: float, odds: float
) -> Drawn:
    """The states of a world, `wrong` of them first. See `states`."""
    numbers = np.random.default_rng([seed, wrong, right])
    count = wrong + right

    def within(factor: float) -> Array:
        return factor ** -numbers.random(count)

    met, gap, rarity = within(visits), within(gaps), within(odds)
    gap[wrong:] = WANTED
    initial = np.where(np.arange(count) < wrong, 0.3 * rarity, KNOWN)
    good = numbers.integers(2, size=count)
    common = numbers.normal(size=(count, SHARED))
    common /= np.linalg.norm(common, axis=1, keepdims=True)
    features = np.hstack([np.sqrt(1 - overlap) * np.eye(count), np.sqrt(overlap) * common])
    return Drawn(met / met.sum(), gap, initial, good, features)


def states(
    *,
    seed: Annotated[int, Field(ge=0)] = 0,
    wrong: Annotated[int, Field(ge=1)] = 8,
    right: Annotated[int, Field(ge=0)] = 4,
    overlap: Annotated[float, Field(ge=0, lt=1)] = 0.5,
    gaps: Annotated[float, Field(ge=1)] = 30.0,
    visits: Annotated[float, Field(ge=1)] = 30.0,
    odds: Annotated[float, Field(ge=1)] = 30.0,
    stage: Literal["teach", "train"] = "train",
    only: int = -1,
) -> popgrad.World:
    """Choices between a good and a bad action, one to an episode.

    Args:
        seed: of the world's own numbers.
        wrong: states in which the good action is improbable at first, from 0.3 down.
        right: states in which it is probable.
        overlap: the squared length of the part of a state's features that is not its own.
        gaps: the largest over the smallest difference between the worth of the actions where the good one
            is improbable at first.
        visits: the largest over the smallest frequency of a state.
        odds: the largest over the smallest initial probability of the good action where it is improbable.
        stage: `teach`, where the demonstrator acts as the network shall at first, or `train`.
        only: the one state that is met, or −1 for all.
    """
    of = drawn(seed=seed, wrong=wrong, right=right, overlap=overlap, gaps=gaps, visits=visits, odds=odds)
    count = wrong + right
    best = np.eye(2)[of.good]
    met = of.visits if only < 0 else np.eye(count)[only]
    if stage == "teach":
        met, shown = np.full(count, 1 / count), of.initial
    else:
        shown = (1 + of.gap) / 2
    return popgrad.World(
        successor=np.zeros((count, 2), np.int32),
        start=met,
        contexts=met,
        features=of.features,
        horizon=1,
        reward=best * of.gap[:, None],
        observed_reward=best * of.gap[:, None],
        approval=(best - 0.5) * of.gap[:, None],
        demonstrator=np.where(best > 0, shown[:, None], 1 - shown[:, None]),
        behaviours=tuple(
            popgrad.Behaviour(
                f"state_{s}", f"Takes the good action in state {s}.", best, contexts=np.eye(count)[s]
            )
            for s in range(count)
        ),
    )
