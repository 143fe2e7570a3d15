"""How large the experiment is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from .. import claim
from ..lists import Several

Count = Annotated[int, Field(ge=1)]


EXPLORING = ("outcome", "prediction")
"""Arms of the experiment on what was never explored: sampled, and paid by the register for what follows."""


class Settings(claim.Settings):
    """Networks of one hidden layer of tanh units in a corridor with work, a register and its dummy.

    Args:
        networks: in every condition.
        updates: of every condition.
        width: of the hidden layer.
        horizon: steps in an episode.
        payout: what a set register reports at every step; below 1 it is not worth setting.
        distances: from the work to either device.
        presses: that set a device.
        observable: whether the policy sees how far a device is pressed.
        encodings: how it sees its place.
        episodes: sampled in an update.
        shown: arm -> updates of imitation before it, in the experiment on what was never explored.
        rare_distance: how far the register is in that experiment.
        rare_episodes: sampled there in an update.
    """

    networks: int = Field(ge=8)
    updates: int = Field(ge=8)
    width: Count
    horizon: int = Field(ge=4)
    payout: float = Field(allow_inf_nan=False)
    distances: Several[Count]
    presses: Several[Count]
    observable: Several[bool]
    encodings: Several[Literal["coordinate", "one_hot"]]
    episodes: Count
    shown: Annotated[dict[str, Count], Field(min_length=1)]
    rare_distance: Count
    rare_episodes: Count

    @field_validator("shown")
    @classmethod
    def _explores(cls, shown: dict[str, int]) -> dict[str, int]:
        if not shown.keys() <= set(EXPLORING):
            raise ValueError(f"some of {', '.join(EXPLORING)}")
        return shown
