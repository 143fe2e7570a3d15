"""The natural gradient of a table of logits."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..tables import TrainingPlan

TINY = 1e-30
"""Products of what is below it may be too small for float32."""


def natural_gradient(plan: TrainingPlan, gradient: Any, visits: Any, probability: Any) -> Any:
    """F⁺ g of a table, F block by block Σ d (diag π − π πᵀ) over the states that show an observation.

    With softmax that is g/(π Σd) less its mean over actions; with one logit g/(π₀ π₁ Σd). A row that was not
    visited stays, and so does an action too unlikely to tell what it is worth.

    Args:
        gradient: (P,); visits: (N,), d; probability: (R, A).
    """
    pinned, outputs = plan.network.pinned, int(plan.network.widths[0])
    row = jnp.asarray(plan.episodes.row)
    seen = jnp.asarray(plan.rows.observation)[row]
    observations = gradient.size // outputs
    mass = jnp.zeros(observations, gradient.dtype).at[seen].add(visits)[:, None]
    pi = jnp.zeros((observations, plan.actions), gradient.dtype).at[seen].set(probability[row])
    scale = pi[:, 1:] * pi[:, :1] if pinned else pi
    told = (mass > TINY) & (scale > TINY)
    g = gradient.reshape(observations, outputs)
    step = jnp.where(told, g / jnp.where(told, scale * mass, 1), jnp.where(mass > 0, 0, g))
    if not pinned:
        step = step - jnp.where(mass > 0, step, 0).mean(axis=1, keepdims=True)
    return step.ravel()
