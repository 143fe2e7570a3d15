"""What an optimiser made of one gradient: the factor it came to the step with, and what came besides.

A step is θ' = θ − D ∘ g − E ∘ θ − rest: g the gradient of the update's own pushes, D and E diagonal; the rest
is what earlier gradients left behind. Under Adam and RMSprop √v̂ is taken as it is, under `sign` |g|: so
every part of a gradient is divided by the same, which makes the parts add up.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import optax

from ..choices import Decay, Hyperparameter, Method
from ..tables import Optimiser
from .learner import Learner
from .optimisers import shrink


class Step(NamedTuple):
    """D, E ∘ θ and the rest of a step, each (P,)."""

    multiplier: Any
    decayed: Any
    carried: Any


def applied(optimiser: Optimiser, before: Learner, after: Learner, gradient: Any, factor: Any) -> Step:
    """The parts of the policy's step from one learner to the other; gradient (P,), the pushes' own.

    factor: what the schedule multiplied the learning rate by.
    """
    hyper, method, decay = before.hyper, Method(optimiser.method), Decay(optimiser.decay)
    policy = slice(0, gradient.size)
    rate = factor * hyper[Hyperparameter.LEARNING_RATE]
    short = shrink(hyper[Hyperparameter.CLIP_NORM], gradient) if optimiser.clipped else 1.0
    each = rate * made_of(optimiser, hyper, after.moments[0], short * gradient)
    decayed = carried = jnp.zeros_like(gradient)
    if decay != Decay.NONE:
        each_decays = each if decay == Decay.COUPLED else rate
        decayed = each_decays * hyper[Hyperparameter.WEIGHT_DECAY] * before.weights[policy]
    if decay != Decay.NONE or optimiser.momentum or method == Method.ADAM:
        rounded = (after.residual - before.residual)[policy]
        taken = (before.weights - after.weights)[policy] + rounded
        carried = taken - each * short * gradient - decayed
    return Step(each * short, decayed, carried)


def made_of(optimiser: Optimiser, hyper: Any, moments: Any, gradient: Any) -> Any:
    """(P,): what a step takes of a gradient that has been clipped, over the learning rate."""
    method, eps = Method(optimiser.method), hyper[Hyperparameter.EPS]
    if method == Method.SIGN:
        return over(1, jnp.abs(gradient))
    if method == Method.RMSPROP:
        return over(1, jnp.sqrt(optax.tree_utils.tree_get(moments, "nu")) + eps)
    if method == Method.ADAM:
        count, nu = (optax.tree_utils.tree_get(moments, name) for name in ("count", "nu"))
        mean, square = (
            1 - (1 - hyper[which]) ** count for which in (Hyperparameter.BETA1, Hyperparameter.BETA2)
        )
        return over(hyper[Hyperparameter.BETA1] / mean, jnp.sqrt(nu / square) + eps)
    return jnp.ones_like(gradient) * (1 + hyper[Hyperparameter.MOMENTUM] if optimiser.nesterov else 1)


def over(x: Any, y: Any) -> Any:
    """x / y, and 0 where y, which is not negative, is 0."""
    return jnp.where(y == 0, 0, x / jnp.where(y == 0, 1, y))
