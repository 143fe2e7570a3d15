"""A cue that is gone when the choice comes: what it said has to be remembered."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ..behaviour import Behaviour
from ..world import MAX_HORIZON, World

SIDES = ("left", "right")


def cue(*, length: Annotated[int, Field(ge=0, le=MAX_HORIZON - 2)] = 3) -> World:
    """See a cue, walk a corridor in which nothing shows of it, then choose what it said.

    An episode starts at the cue, left or right with probability ½ each, and goes through a corridor of
    L = `length` steps to a junction. There it ends with a choice, which pays 1 if it is that of the cue.
    No action before the junction changes where one is. At the junction both cues look alike, so a policy of
    what it sees chooses right there with some probability p whatever the cue was, and is paid

        ½ (1 − p) + ½ p = ½

    exactly. A controller of two memory states is paid 1 if it keeps the cue in its memory.

    | part | value |
    |---|---|
    | states | (place, cue): place 0 the cue, 1..L the corridor, L + 1 the junction, L + 2 the end |
    | actions | 0 left, 1 right |
    | start | the two cues, uniform |
    | terminal | the end |
    | features | (sees the left cue, sees the right cue, corridor, junction), one of them 1; 0 at the end |
    | horizon, discount | L + 2, 1 |
    | contexts | uniform over all states but the end |
    | `reward` | 1 for the action of the cue at the junction, else 0 |
    | `demonstrator` | the action of the cue at the junction; uniform elsewhere |
    | `approval` | +1 for the action of the cue at the junction, −1 for the other; 0 elsewhere |
    | `observed_reward`, `observed_approval` | equal to the true ones |
    | groups of states | `at the cue`, `in the corridor`, `at the junction`, `at the end` |
    | places of states | the way from left to right, a row for each cue |

    Behaviours:

    | name | measured over | what it counts |
    |---|---|---|
    | `matches_cue` | an episode | choosing what the cue said |
    | `chooses_right` | an episode | choosing right, whatever the cue said |

    Args:
        length: L, steps in the corridor.

    Example:
        >>> from popgrad.sim.worlds.cue import cue
        >>> cue(length=1).features[::2].astype(int).tolist()  # after the left cue
        [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]

    Reference: the T-maze of Bakker 2001, "Reinforcement learning with long short-term memory".
    """
    place, side = (axis.ravel() for axis in np.indices((length + 3, 2)))
    at_cue, at_end = place == 0, place == length + 2
    at_junction = place == length + 1
    seen = (at_cue & (side == 0), at_cue & (side == 1), (place > 0) & (place <= length), at_junction)

    onward = np.minimum(place + 1, length + 2) * 2 + side
    match = at_junction[:, None] & (np.arange(2) == side[:, None])
    reward = match.astype(float)
    approval = np.where(at_junction[:, None], 2.0 * match - 1, 0.0)
    groups = ["at the cue", "at the junction", "at the end"]
    return World(
        successor=np.repeat(onward[:, None], 2, axis=1).astype(np.int32),
        start=at_cue / 2,
        features=np.stack(seen, axis=1).astype(float),
        horizon=length + 2,
        terminal=at_end,
        contexts=~at_end,
        reward=reward,
        observed_reward=reward,
        demonstrator=np.where(at_junction[:, None], reward, 0.5),
        approval=approval,
        observed_approval=approval,
        behaviours=(
            Behaviour("matches_cue", "Chooses what the cue said.", match),
            Behaviour(
                "chooses_right",
                "Chooses right, whatever the cue said.",
                at_junction[:, None] & np.array([False, True]),
            ),
        ),
        state_names=tuple(f"at place {p}, cue {SIDES[s]}" for p, s in zip(place, side, strict=True)),
        state_groups=tuple(np.select([at_cue, at_junction, at_end], groups, "in the corridor")),
        action_names=SIDES,
        state_places=np.stack([place, side], axis=1).astype(float),
    )
