"""What sampling compares words with: distributions as integer thresholds, seeds as words, visits as pairs."""

from __future__ import annotations

import numpy as np

from ..kernels import tables
from ..kernels.threefry import Purpose
from .behaviour import Array, Behaviour
from .dynamics import Dynamics
from .world import World


def draws(weights: Array) -> tables.Draws:
    """A distribution as integer thresholds: round(p · 2³²) words each, the likeliest takes the rest.

    Outcomes are the positions in the flattened weights; those of weight 0 are left out.
    """
    flat = weights.ravel()
    outcomes = np.flatnonzero(flat)
    last = int(flat[outcomes].argmax())
    outcomes = np.append(np.delete(outcomes, last), outcomes[last])
    shares = np.round(flat[outcomes[:-1]] / flat.sum() * 2.0**32)
    # With very many outcomes the shares' rounding may add up past the last word.
    thresholds = np.minimum(np.cumsum(shares), 2.0**32 - 1)
    return tables.Draws(outcomes.astype(np.int32), thresholds.astype(np.uint32))


def transition_thresholds(episodes: Dynamics) -> tables.Words:
    """(N, A, K − 1): the thresholds of each transition, its likeliest successor standing last."""
    shares = np.round(episodes.probability[:, :, :-1] * 2.0**32)
    return np.ascontiguousarray(np.cumsum(shares, axis=2).astype(np.uint32))


def shown(world: World, episodes: Dynamics) -> tables.Shown:
    """Which visits of a training episode show each behaviour: those that its weights count."""
    lists = [_shows(behaviour, world, episodes) for behaviour in world.behaviours]
    return tables.Shown(
        np.cumsum([0, *map(len, lists)]),
        np.concatenate([np.zeros(0, np.int32), *lists]).astype(np.int32),
    )


def _shows(behaviour: Behaviour, world: World, episodes: Dynamics) -> np.ndarray:
    weight = (
        behaviour.weight
        if behaviour.contexts is None
        else behaviour.weight * (behaviour.contexts > 0)[:, None]
    )
    pairs = np.flatnonzero(weight[episodes.acting])
    if behaviour.entry is None:
        return pairs
    ended = np.flatnonzero(np.where(world.terminal, behaviour.entry, 0.0)[episodes.states])
    return np.concatenate([pairs, ended * world.actions])


def seed_words(seeds: dict[Purpose, int]) -> tables.Words:
    """(purposes, 2): the words of each purpose's seed, the low one first."""
    return np.array([(seeds[p] & 0xFFFFFFFF, seeds[p] >> 32) for p in Purpose], np.uint32)
