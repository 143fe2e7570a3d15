"""The coin line, with a behaviour for every state of its training: a step right there."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.world import World
from popgrad.sim.worlds.coin_line import coin_line
from pydantic import Field


def every_margin(
    *,
    length: Annotated[int, Field(ge=1, le=16)] = 4,
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0,
) -> World:
    """What does every push do to every trained state? `right_S` is a step right in the state of number S.

    Its margin is the logit there, as that of `walks_away` is at the probe.

    Args:
        length: L, in steps.
        diversity: ε, the share of episodes whose coin is placed uniformly on 1..L.
    """
    world = coin_line(length=length, diversity=diversity)
    assert world.contexts is not None
    more = []
    for state in np.flatnonzero(world.contexts > 0):
        weight = np.zeros((world.states, world.actions))
        weight[state, 1] = 1.0
        here = np.arange(world.states) == state
        more.append(Behaviour(f"right_{state}", f"Steps right in state {state}.", weight, contexts=here))
    return replace(world, behaviours=(*world.behaviours, *more))
