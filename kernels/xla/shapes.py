"""What a row costs by the rule: a function of its ln π and of labels or coefficients of its actions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..choices import Hyperparameter, Shape
from .learner import Context
from .policy import log_not


def label_cost(context: Context, log_p: Any, labels: Any) -> Any:
    """(...,): what rows of ln π (..., A) cost with labels (..., A)."""
    plan, own = context.plan, context.own
    shape = plan.rule.shape
    if shape == Shape.OWN:
        assert own.loss is not None
        flat = jax.vmap(own.loss)(*(x.reshape(-1, x.shape[-1]) for x in jnp.broadcast_arrays(log_p, labels)))
        return flat.reshape(log_p.shape[:-1])
    if shape == Shape.SQUARED:
        return ((labels - jnp.exp(log_p)) ** 2).sum(axis=-1) / (2 * plan.actions)
    if shape == Shape.UNLIKELIHOOD:
        return (labels * log_not(log_p, context.parts is not None)).sum(axis=-1)
    log_p = jnp.where(
        labels == 0, 0, log_p
    )  # before any power of it, which may be infinite where none counts
    if shape == Shape.TSALLIS:
        log_p = q_logarithm(log_p, context.hyper[Hyperparameter.Q])
    return -(labels * log_p).sum(axis=-1)


def q_logarithm(log_p: Any, q: Any) -> Any:
    """ln_q p = (p^(1 − q) − 1)/(1 − q), ln p at q = 1."""
    power = 1 - q
    return jnp.where(power == 0, log_p, jnp.expm1(power * log_p) / jnp.where(power == 0, 1, power))


def entropy(context: Context, log_p: Any) -> Any:
    """H(π) (...,) of ln π (..., A), as much as there is of it; by pair its derivative is −π ln π."""
    pi, log_of = jnp.exp(log_p), jnp.maximum(log_p, jnp.finfo(log_p.dtype).min)
    if context.parts is None:
        return -(pi * log_of).sum(axis=-1)
    return -context.parts.entropy * (pi * jax.lax.stop_gradient(log_of)).sum(axis=-1)
