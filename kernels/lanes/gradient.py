"""One update's gradient: forward, rule, backward."""

from __future__ import annotations

from typing import Any

from ..tables import Source
from .decision import logit_gradient, softmax
from .jit import jit
from .memory import load
from .network import backward, forward
from .rules import fill_push
from .vector import LANES

FIXED = int(Source.FIXED)


@jit
def evaluate_policy(network: Any, rows: Any, actions: int, state: Any, scratch: Any, tile: int) -> int:
    """Logits and probabilities of a tile's policies on rows; returns where the logits begin."""
    base = tile * network.parameters * LANES
    z_at = forward(network, rows, state.weights, base, scratch.values)
    softmax(scratch.values, z_at, scratch.probability, len(rows.features), actions, network.pinned)
    return z_at


@jit
def policy_gradient(plan: Any, state: Any, scratch: Any, tile: int, z_at: int, update: Any):
    """The gradient of the update numbered by lane in `update`, the policy having been evaluated.

    It is left in `scratch.gradient`; the logits are used up.
    """
    network, count, pinned = plan.network, plan.rows.trained, plan.network.pinned
    values, probability = scratch.values, scratch.probability
    if plan.source == FIXED:
        logit_gradient(probability, plan.push, values, z_at, count, plan.actions, pinned)
    else:
        fill_push(plan, scratch, load(state.network, tile * LANES), update)
        logit_gradient(probability, scratch.push, values, z_at, count, plan.actions, pinned)
    base = tile * network.parameters * LANES
    backward(network, plan.rows, state.weights, base, values, z_at, scratch.gradient)


@jit
def update_gradient(plan: Any, state: Any, scratch: Any, tile: int, update: Any):
    """Evaluate the policy and leave the update's gradient in `scratch.gradient`."""
    z_at = evaluate_policy(plan.network, plan.rows, plan.actions, state, scratch, tile)
    policy_gradient(plan, state, scratch, tile, z_at, update)
