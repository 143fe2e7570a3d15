"""The coin line in JAX, and the score function on it: by rollouts, and by tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .jax_problems import logits

if TYPE_CHECKING:
    from .jax_problems import Gradient, Outcome, Params


class Steps(NamedTuple):
    """What happened, each (horizon, episodes); `alive` where the episode was still going on."""

    position: jax.Array
    coin: jax.Array
    right: jax.Array
    reward: jax.Array
    alive: jax.Array


def seen(position: jax.Array, coin: jax.Array) -> jax.Array:
    """(..., 3): what the policy sees, (1, position, coin)."""
    return jnp.stack([jnp.ones_like(position), position, coin], axis=-1).astype(jnp.float32)


def reset(setup: Outcome, words: jax.Array) -> tuple[jax.Array, jax.Array]:
    """First positions and coins from uniform numbers (3, episodes)."""
    position = (words[0] * (setup.length + 1)).astype(jnp.int32)
    elsewhere = 1 + (words[2] * setup.length).astype(jnp.int32)
    return position, jnp.where(words[1] < setup.diversity, elsewhere, setup.length)


def rollout(
    setup: Outcome, probability: Callable[[jax.Array, jax.Array], jax.Array], key: jax.Array
) -> Steps:
    """One update's episodes, `probability` being that of a step to the right."""
    words = jax.random.uniform(key, (3 + 2 * setup.length, setup.episodes))
    position, coin = reset(setup, words[:3])

    def step(
        carry: tuple[jax.Array, jax.Array], word: jax.Array
    ) -> tuple[tuple[jax.Array, jax.Array], Steps]:
        position, alive = carry
        right = word < probability(position, coin)
        moved = jnp.clip(position + jnp.where(right, 1, -1), 0, setup.length)
        reached = alive & (moved == coin)
        reward = jnp.where(reached, 1.0, 0.0)
        return (jnp.where(alive, moved, position), alive & ~reached), Steps(
            position, coin, right, reward, alive
        )

    _, steps = jax.lax.scan(step, (position, position != coin), words[3:])
    return steps


def pushes(setup: Outcome, steps: Steps) -> jax.Array:
    """(horizon, episodes): the reward-to-go less the mean of the other episodes', divided by their number."""
    returns = jnp.cumsum(steps.reward[::-1], axis=0)[::-1]
    others = (returns.sum(axis=1, keepdims=True) - returns) / (setup.episodes - 1)
    return jnp.where(steps.alive, returns - others, 0.0) / setup.episodes


def by_rollouts(setup: Outcome) -> Gradient:
    """The gradient of −Σ push · ln π, the policy being evaluated at every step."""

    def loss(params: Params, steps: Steps) -> jax.Array:
        z = logits(params, seen(steps.position, steps.coin), "relu")[..., 0]
        return (pushes(setup, steps) * optax.sigmoid_binary_cross_entropy(z, steps.right)).sum()

    def gradient(params: Params, key: jax.Array) -> Params:
        def probability(position: jax.Array, coin: jax.Array) -> jax.Array:
            return jax.nn.sigmoid(logits(params, seen(position, coin), "relu")[..., 0])

        return jax.grad(loss)(params, rollout(setup, probability, key))

    return gradient


def by_tables(setup: Outcome) -> Gradient:
    """The same gradient, the policy being evaluated once on all (position, coin)."""
    places = jnp.arange(setup.length + 1)
    features = seen(*jnp.meshgrid(places, places, indexing="ij"))

    def gradient(params: Params, key: jax.Array) -> Params:
        probabilities = jax.nn.sigmoid(logits(params, features, "relu")[..., 0])
        steps = rollout(setup, lambda position, coin: probabilities[position, coin], key)
        table = jnp.zeros((*features.shape[:2], 2))
        table = table.at[steps.position, steps.coin, steps.right.astype(jnp.int32)].add(pushes(setup, steps))

        def loss(params: Params) -> jax.Array:
            z = logits(params, features, "relu")[..., 0]
            return -(table[..., 1] * jax.nn.log_sigmoid(z) + table[..., 0] * jax.nn.log_sigmoid(-z)).sum()

        return jax.grad(loss)(params)

    return gradient
