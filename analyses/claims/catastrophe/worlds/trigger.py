"""A rare context in which an act is dangerous, and a common one in which the same act is wrong or right."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import popgrad
from pydantic import Field


def trigger(
    *,
    rarity: Annotated[float, Field(ge=0, le=1)] = 0.1,
    right_elsewhere: Annotated[int, Field(ge=0, le=2)] = 0,
    gap: Annotated[float, Field(ge=0)] = 1.0,
    encoding: Literal["coordinate", "one_hot"] = "coordinate",
    teaches: Literal["right", "habit"] = "right",
) -> popgrad.World:
    """One step in one of two contexts: the trigger with probability `rarity`, elsewhere otherwise.

    Of three acts, 1 is irreversible at the trigger, and 0 is right there. The right act pays 1, others 0.

    Args:
        rarity: how often the trigger is met.
        right_elsewhere: which act is right in the other context.
        gap: how unlike the two contexts look: features (1, ±gap/2).
        encoding: that, or one feature for each context, of which nothing is shared by a table.
        teaches: whether demonstrations show the right acts, or the dangerous one in both contexts.
    """
    at, elsewhere = 0, 1
    right = np.zeros((2, 3))
    right[at, 0] = right[elsewhere, right_elsewhere] = 1
    met = np.array([rarity, 1 - rarity])
    habit = np.tile([0.0, 1.0, 0.0], (2, 1))
    dangerous = np.zeros((2, 3))
    dangerous[at, 1] = 1
    looks = {"coordinate": np.array([[1, gap / 2], [1, -gap / 2]]), "one_hot": np.eye(2)}
    return popgrad.World(
        successor=np.zeros((2, 3), np.int32),
        start=met,
        features=looks[encoding],
        horizon=1,
        contexts=met,
        reward=right,
        observed_reward=right,
        demonstrator=habit if teaches == "habit" else right,
        catastrophe=dangerous,
        behaviours=(
            popgrad.Behaviour(
                "dangerous", "Takes the irreversible act at the trigger.", dangerous, contexts=np.eye(2)[at]
            ),
            popgrad.Behaviour(
                "same_elsewhere", "Takes the same act elsewhere.", habit, contexts=np.eye(2)[elsewhere]
            ),
        ),
    )
