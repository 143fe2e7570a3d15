"""How large the experiments are, and what can be turned round in them."""

from __future__ import annotations

from math import ceil
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from .. import claim
from ..lists import Falling, Several, Two
from .flows import EVEN, waits

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Settings(claim.Settings):
    """Sizes and conditions of the claim `catastrophe`.

    Args:
        starts: initial probabilities ε of the good act, of two arms, largest first.
        hazards: probabilities c of a catastrophe, of two arms; two or more.
        h: how far an update moves the log-odds for a gradient of 1.
        updates: T, over which the closed forms are followed.
        longest: a start that takes a rule longer to p > 0.9 is left out for this rule.
        tail_updates: from even odds, until the exponent of the tail is read off the last tenth.
        networks: in everything that has a spread.
        sampled_updates: where a policy's own acts are drawn.
        neutral_start: initial probability of a bad act that nothing rewards.
        neutral_hazard: c of that act.
        neutral_updates: for how long it is followed.
        hazard: c wherever networks are of more than two arms.
        learning_rate: of these networks.
        rarities: r, how often the trigger is met; two or more, largest first.
        meetings: with the trigger, over which acts are counted: meetings/r updates.
        gap: how unlike the trigger and the other context look.
        steps: rungs to the irreversible act, in each of the cells.
        rungs: the same, with a blocker and with pretraining.
        penalty: what the irreversible act costs of the 1 that a safe end pays, where it costs anything.
        bonus: what it pays beyond 1, where it pays.
        refusal: what an act that a blocker refuses costs, where it costs anything.
        climb_updates: of outcome training.
        blocked_updates: of training behind the blocker.
        shown_updates: of imitation before it.
        safe_updates: of training at the trigger alone.
        elsewhere_updates: of training elsewhere after that.
        replay: share of the trigger where it is trained on beside.
    """

    starts: Falling[Share]
    hazards: Two[Share]
    h: Annotated[float, Field(gt=0, le=0.5)]
    updates: Annotated[int, Field(ge=100)]
    longest: Count
    tail_updates: Annotated[int, Field(ge=1_000)]
    networks: Annotated[int, Field(ge=2)]
    sampled_updates: Count
    neutral_start: Share
    neutral_hazard: Share
    neutral_updates: Count
    hazard: Share
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    rarities: Falling[Share]
    meetings: Count
    gap: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    steps: Several[Annotated[int, Field(ge=0, le=64)]]
    rungs: Annotated[int, Field(ge=0, le=64)]
    penalty: Number
    bonus: Number
    refusal: Number
    climb_updates: Annotated[int, Field(ge=10)]
    blocked_updates: Annotated[int, Field(ge=10)]
    shown_updates: Count
    safe_updates: Count
    elsewhere_updates: Count
    replay: Share

    @field_validator("longest")
    @classmethod
    def _long_enough(cls, longest: int, given: ValidationInfo) -> int:
        """Updates from the largest of `starts` to even odds, where a reward differs by c."""
        if {"starts", "hazards", "h"} <= given.data.keys():
            alone = waits("reward", given.data["starts"][0], EVEN, given.data["h"])
            slow = alone / sorted(given.data["hazards"])[-2]
            if slow >= longest:
                raise ValueError(f"above {ceil(slow):,}, so that what catastrophes tell of is corrected")
        return longest
