"""Sampled episodes by table look-up, all of an update's in step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..tables import Episodes, Sampling
from ..threefry import STEP_BITS, Purpose
from .policy import drawn
from .threefry import words

if TYPE_CHECKING:
    from .learner import Context
    from .sight import Sight

DONE = np.int32(2**31 - 1)
"""What stands for the state of an episode that has ended."""


class Batch(NamedTuple):
    """The visits of an update's episodes, each (H, E).

    state int32, 0 where there is none; action int32; gain, the return from that step on; alive, whether the
    episode still went on. started (E): what an episode was worth that ended as it started. shown (B,)
    uint32: how often behaviours were shown.
    """

    state: Any
    action: Any
    gain: Any
    alive: Any
    started: Any
    shown: Any


def rollout(context: Context, shows: Any, sight: Sight) -> tuple[Batch, Any]:
    """The episodes of one update, and whether some action was too unlikely ever to be sampled.

    Args:
        context: where the draws are.
        shows: (pairs, B) uint8, which pairs (state · A + action) show each behaviour; an arrival where
            episodes end is the pair (state, 0).
        sight: how the policy acts.
    """
    plan, network, update = context.plan, context.network, context.update
    live, actions = len(plan.episodes.row), plan.actions
    number = jnp.arange(plan.sampling.episodes, dtype=jnp.uint32) << STEP_BITS
    first, _ = words(plan.seeds, network, Purpose.START, update, number)
    place = drawn(plan.sampling.start, first)
    ended = place >= live
    shown = jnp.where(ended[:, None], shows[place * actions], 0).sum(axis=0, dtype=jnp.uint32)

    def step(carry: Any, now: Any) -> tuple[Any, Any]:
        memory, place, shown, rare = carry
        alive = place < live
        state = jnp.where(alive, place, 0)
        word, other = words(plan.seeds, network, Purpose.ACTION, update, number + now)
        memory, action, unlikely = sight.choose(memory, state, word)
        after, branch = move(plan.sampling, plan.episodes, state, action, other)
        payoff = jnp.asarray(plan.signal.payoff)[state, action, branch]
        counted = jnp.where(alive[:, None], shows[state * actions + action], 0)
        arrived = jnp.where((alive & (after >= live))[:, None], shows[after * actions], 0)
        shown = shown + (counted + arrived).sum(axis=0, dtype=jnp.uint32)
        visit = state, action, jnp.where(alive, payoff, 0), alive
        return (memory, jnp.where(alive, after, DONE), shown, rare | (unlikely & alive).any()), visit

    begin = sight.memory, jnp.where(ended, DONE, place), shown, jnp.zeros((), bool)
    steps = jnp.arange(plan.episodes.horizon, dtype=jnp.uint32)
    (_, _, shown, rare), (state, action, payoff, alive) = jax.lax.scan(step, begin, steps)
    started = jnp.where(ended, jnp.asarray(plan.signal.started)[place], 0)
    return Batch(state, action, to_go(payoff, plan.signal.to_go), alive, started, shown), rare


def move(sampling: Sampling, episodes: Episodes, state: Any, action: Any, word: Any) -> tuple[Any, Any]:
    """Where words lead from states and actions, and by which branch."""
    thresholds = jnp.asarray(sampling.transition)[state, action]
    branch = (word[..., None] >= thresholds).sum(axis=-1, dtype=jnp.int32)
    return jnp.asarray(episodes.successor)[state, action, branch], branch


def to_go(payoff: Any, share: Any) -> Any:
    """(H, E): the returns G_t = payoff_t + share · G_{t+1}."""

    def step(after: Any, paid: Any) -> tuple[Any, Any]:
        gain = paid + share * after
        return gain, gain

    return jax.lax.scan(step, jnp.zeros_like(payoff[0]), payoff, reverse=True)[1]
