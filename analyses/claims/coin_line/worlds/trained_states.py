"""The coin line, with a behaviour for every state of its training: a wrong step there."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.world import World
from popgrad.sim.worlds.coin_line import coin_line
from pydantic import Field


def trained_states(
    *,
    length: Annotated[int, Field(ge=1, le=16)] = 4,
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0,
) -> World:
    """Has every trained state been learnt? `wrong_P_C` is a step away from the coin at p = P, c = C.

    Its margin is minus the signed output f·label there, so that all are below 0 where training is passed.

    Args:
        length: L, in steps.
        diversity: ε, the share of episodes whose coin is placed uniformly on 1..L.
    """
    world = coin_line(length=length, diversity=diversity)
    contexts, demonstrator = world.contexts, world.demonstrator
    assert contexts is not None
    assert demonstrator is not None
    more = []
    for state in np.flatnonzero(contexts > 0):
        position, coin = divmod(int(state), length + 1)
        here = np.arange(world.states) == state
        wrong = np.zeros_like(demonstrator)
        wrong[state] = 1 - demonstrator[state]
        name = f"wrong_{position}_{coin}"
        more.append(Behaviour(name, f"A wrong step at p = {position}, c = {coin}.", wrong, contexts=here))
    return replace(world, behaviours=(*world.behaviours, *more))
