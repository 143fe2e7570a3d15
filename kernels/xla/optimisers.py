"""Optimisers from optax: how a gradient becomes a direction, and the compensated step along it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from ..choices import Decay, Hyperparameter, Method
from ..tables import Optimiser


def direction(optimiser: Optimiser, hyper: Any) -> optax.GradientTransformation:
    """Optax's chain on one vector: clip, coupled decay, moments, momentum, decoupled decay.

    A policy and a critic each have a chain of their own. hyper holds β₁ and β₂ as 1 − β.
    """
    method, decay = Method(optimiser.method), Decay(optimiser.decay)
    parts = []
    if optimiser.clipped:
        parts.append(shortened(hyper[Hyperparameter.CLIP_NORM]))
    if decay == Decay.COUPLED:
        parts.append(optax.add_decayed_weights(hyper[Hyperparameter.WEIGHT_DECAY]))
    beta1, beta2 = 1 - hyper[Hyperparameter.BETA1], 1 - hyper[Hyperparameter.BETA2]
    eps = hyper[Hyperparameter.EPS]
    if method == Method.ADAM:
        parts.append(at_rest(optax.scale_by_adam(beta1, beta2, eps)))
    elif method == Method.RMSPROP:
        parts.append(at_rest(optax.scale_by_rms(beta2, eps, eps_in_sqrt=False)))
    elif method == Method.SIGN:
        parts.append(optax.scale_by_sign())
    if optimiser.momentum:
        parts.append(optax.trace(hyper[Hyperparameter.MOMENTUM], nesterov=bool(optimiser.nesterov)))
    if decay == Decay.DECOUPLED:
        parts.append(optax.add_decayed_weights(hyper[Hyperparameter.WEIGHT_DECAY]))
    return optax.chain(optax.identity(), *parts)


def shortened(limit: Any) -> optax.GradientTransformation:
    """g · min(1, c/‖g‖), as optax's clip by the global norm, of gradients whose squares are infinite too."""

    def update(updates: Any, state: Any, params: Any = None) -> Any:
        return updates * shrink(limit, updates), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def shrink(limit: Any, gradient: Any) -> Any:
    """min(1, c/‖g‖)."""
    top = jnp.abs(gradient).max(initial=0)
    top = jnp.where(top > 0, top, 1)
    norm = jnp.sqrt(((gradient / top) ** 2).sum())
    return jnp.minimum(limit / top / norm, 1)


def at_rest(inner: optax.GradientTransformation) -> optax.GradientTransformation:
    """The same, but that a gradient which was never there moves nothing when ε = 0: 0/0 is 0."""

    def update(updates: Any, state: Any, params: Any = None) -> Any:
        step: Any
        step, state = inner.update(updates, state, params)
        return jnp.where((state.nu == 0) & (updates == 0), 0, step), state

    return optax.GradientTransformation(inner.init, update)


def descended(weights: Any, residual: Any, step: Any) -> tuple[Any, Any]:
    """Weights and residual after θ ← θ + step, the parameter being weights − residual (Knuth's two-sum)."""
    step = step - residual
    # The compiler must not see through the differences, which are exactly what rounding leaves.
    moved = jax.lax.optimization_barrier(weights + step)
    taken = moved - weights
    return moved, (taken - step) - (weights - (moved - taken))
