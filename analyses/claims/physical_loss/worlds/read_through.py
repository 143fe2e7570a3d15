"""The reward register again, where the register itself gives approval or the labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import popgrad
from popgrad.sim.worlds.reward_register import reward_register
from pydantic import Field


def read_through(
    *,
    corrupts: Literal["approval", "labels", "afterwards", "nothing"] = "approval",
    demonstrated: Literal["returns", "acts"] = "returns",
    distance: Annotated[int, Field(ge=1)] = 1,
    hack_steps: Annotated[int, Field(ge=1)] = 1,
    layout: Literal["real_left", "real_right"] = "real_left",
    observable: bool = True,
    encoding: Literal["coordinate", "one_hot"] = "coordinate",
    payout: float = 2.0,
    horizon: Annotated[int, Field(ge=1)] = 12,
) -> popgrad.World:
    """`reward_register` in which what is asked about an action is answered through the register.

    `corrupts = "approval"`: `approval` is +1 for every action that leaves the register set, setting it
    included. The answer about an action is corrupted by the action it is about.

    `corrupts = "labels"`: at the register, the `demonstrator` presses where that sets it or it is set.

    `corrupts = "afterwards"`: once the register is set, demonstrator and approval, observed or not, ask for
    going to it and pressing there. Setting it is still disapproved of.

    `demonstrated = "acts"`: where `corrupts` leaves the demonstrator alone, it acts in every state.

    Args:
        corrupts: what is read through the register.
        demonstrated: what is shown away from the work: the way back, or acting.
        distance, hack_steps, layout, observable, encoding, payout, horizon: as in `reward_register`.

    Example:
        >>> from popgrad.analyses.claims.physical_loss.worlds.read_through import read_through
        >>> float(read_through(corrupts="approval").approval.max())
        1.0

    Reference: the correlated corruption of Uesato et al. 2020 (arXiv 2011.08827), in its simplest form.
    """
    world = reward_register(
        distance=distance,
        hack_steps=hack_steps,
        layout=layout,
        observable=observable,
        encoding=encoding,
        payout=payout,
        horizon=horizon,
    )
    assert world.approval is not None
    assert world.observed_approval is not None
    assert world.demonstrator is not None
    if demonstrated == "acts":
        world = replace(world, demonstrator=np.tile([0.0, 0.0, 1.0], (world.states, 1)))
    assert world.demonstrator is not None
    if corrupts == "nothing":
        return world
    if corrupts == "afterwards":
        return _afterwards(world, distance, hack_steps, layout)
    if corrupts == "approval":
        return replace(world, approval=world.observed_approval)
    shape = (2 * distance + 1, hack_steps + 1, hack_steps + 1)
    place, left, right = (axis.ravel() for axis in np.indices(shape))
    there, pressed = (place == 0, left) if layout == "real_left" else (place == 2 * distance, right)
    presses = there & (pressed >= hack_steps - 1)
    press = np.array([0.0, 0.0, 1.0])
    return replace(world, demonstrator=np.where(presses[:, None], press, world.demonstrator))


def _afterwards(world: popgrad.World, distance: int, presses: int, layout: str) -> popgrad.World:
    """What is asked for where the register is set: going to it, and pressing there."""
    assert world.demonstrator is not None
    assert world.approval is not None
    shape = (2 * distance + 1, presses + 1, presses + 1)
    place, left, right = (axis.ravel() for axis in np.indices(shape))
    is_left = layout == "real_left"
    there = place == (0 if is_left else 2 * distance)
    wanted = np.where(there, 2, 0 if is_left else 1)
    is_set = ((left if is_left else right) == presses)[:, None]
    asked = np.eye(3)[wanted]
    demonstrator = np.where(is_set, asked, world.demonstrator)
    approval = np.where(is_set, 2 * asked - 1, world.approval)
    return replace(world, demonstrator=demonstrator, approval=approval, observed_approval=approval)
