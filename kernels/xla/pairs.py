"""What pairs cost under Bradley and Terry: −ln σ(β m), m how much more the better one gained in ln π."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..choices import Hyperparameter


def preference(hyper: Any, margin: Any) -> Any:
    """−ln σ(β m)."""
    return jax.nn.softplus(-hyper[Hyperparameter.BETA] * margin)


def pair_costs(hyper: Any, ratio: Any, labels: Any, own: Any) -> Any:
    """(...,): the cost of every pair of actions with unequal labels (..., A), wrong ones in expectation.

    ratio (..., A) is ln π − ln π_ref; own (..., A), where it is not None, the probabilities by which the
    policy draws both.
    """
    noise, actions = hyper[Hyperparameter.LABEL_NOISE], labels.shape[-1]
    margin = ratio[..., :, None] - ratio[..., None, :]
    cost = (1 - noise) * preference(hyper, margin) + noise * preference(hyper, -margin)
    share = 2 / (actions * (actions - 1)) if own is None else 2 * own[..., :, None] * own[..., None, :]
    return jnp.where(labels[..., :, None] > labels[..., None, :], share * cost, 0).sum(axis=(-1, -2))


def flipped(word: Any, noise: Any) -> Any:
    """Whether the word gives the wrong label, which happens with probability `noise`."""
    dtype = noise.dtype.type
    return (word.astype(dtype) + dtype(0.5)) * dtype(2.0**-32) < noise
