"""The oracle of `return_conditioned`: imitation of one's own actions, given the bin of the return."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import naive
import numpy as np
from naive import Address, Array, Episode, Loss

if TYPE_CHECKING:
    from popgrad.sim.world import World

COLUMNS = ("observed_reward", "observed_entry_reward")


def bins(loss: Loss) -> int:
    """B, one more than there are edges."""
    return len(loss["edges"]) + 1


def target_bin(loss: Loss) -> int:
    """The bin that the policy acts and is measured at: the highest by default."""
    return loss.get("target", bins(loss) - 1)


def bin_of(loss: Loss, gain: float) -> int:
    """The number of edges that are not above the return."""
    return sum(edge <= gain for edge in loss["edges"])


def code(loss: Loss, number: int) -> list[float]:
    """What the policy sees of a bin: b/(B − 1), or B features of which one is 1."""
    if loss.get("encoding", "scalar") == "scalar":
        return [number / (bins(loss) - 1)]
    return [float(number == each) for each in range(bins(loss))]


def conditioned(world: World, loss: Loss, number: int) -> World:
    """The world with a bin's code appended to every feature row, also of its behaviours' variants."""
    appended = np.tile(code(loss, number), (world.states, 1))
    behaviours = tuple(
        each if each.variant is None else replace(each, variant=conditioned(each.variant, loss, number))
        for each in world.behaviours
    )
    return replace(world, features=np.hstack([world.features, appended]), behaviours=behaviours)


def every_bin(world: World, loss: Loss) -> World:
    """A world of B·S states, bin by bin, whose bin never changes and which starts in the target's.

    A net's parameters are those of this world; its logits at bin b are
    `naive.logits(net, every_bin(world, loss), parameters, conditioned(world, loss, b).features)`.
    """
    B, S = bins(loss), world.states
    start = np.zeros((B, S))
    start[target_bin(loss)] = world.start
    assert world.probability is not None
    return replace(
        world,
        **dict.fromkeys((*world.columns, "state_names", "state_groups", "state_places")),
        behaviours=(),
        successor=np.concatenate([world.successor + b * S for b in range(B)]),
        probability=np.concatenate([world.probability] * B),
        terminal=np.concatenate([naive.terminals(world)] * B),
        start=start.ravel(),
        features=np.concatenate([conditioned(world, loss, b).features for b in range(B)]),
    )


def push_of_episodes(world: World, loss: Loss, episodes: list[Episode]) -> Array:
    """U (B, S, A): 1/E at (bin(G_0), s_t, a_t) for every visit."""
    U = np.zeros((bins(loss), world.states, world.actions))
    for episode in episodes:
        if episode.actions:
            b = bin_of(loss, naive.returns_to_go(world, episode, *COLUMNS)[0])
            for s, a in zip(episode.states, episode.actions, strict=True):
                U[b, s, a] += 1 / len(episodes)
    return U


def push(world: World, loss: Loss, old: Array, at: Address, acted: Array | None) -> Array:
    """U (B, S, A) of the episodes that π_old (S, A), at the target bin, draws at `at`.

    exact, of one step: start(s) π_old(a|s) P_k at (bin of branch k's payoff, s, a).
    """
    if loss.get("estimator", "sampled") == "sampled":
        drawn = naive.sampled_episodes(world, old, *at, loss.get("episodes", 16), acted)
        return push_of_episodes(world, loss, drawn)
    if world.horizon != 1:
        raise ValueError(f"the exact push is of worlds of one step, not {world.horizon}")
    U = np.zeros((bins(loss), world.states, world.actions))
    for chance, episode in naive.trajectories(world, old):
        U += chance * push_of_episodes(world, loss, [episode])
    return U
