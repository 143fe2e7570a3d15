"""The focal loss: a cross-entropy that counts what is already right for less."""

from __future__ import annotations

from typing import Annotated

import jax.numpy as jnp
from popgrad import plugin
from pydantic import Field


@plugin.loss(signal="demonstrator")
def focal(log_policy, target, *, gamma: Annotated[float, Field(ge=1)] = 2.0):
    """Cross-entropy whose terms fade as they are learned.

        L = −Σ_s d(s) Σ_a demonstrator(a|s) (1 − π(a|s))^γ ln π(a|s)

    γ = 0 would be the cross-entropy. Of two states in which the demonstrator is as sure, the one that the
    policy has learned already hardly counts.

    Args:
        gamma: γ, at least 1, below which the gradient is not finite where π reaches 1.

    Reference: Lin et al. 2017 (arXiv 1708.02002).
    """
    return -(target * (1 - jnp.exp(log_policy)) ** gamma * log_policy).sum()
