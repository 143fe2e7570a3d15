"""One update's gradient: forward, rule, backward."""

from __future__ import annotations

from typing import Any

from ..tables import Source
from .decision import logit_gradient, softmax
from .jit import jit
from .network import backward, forward
from .rules import fill_push
from .vector import LANES, load

FIXED = int(Source.FIXED)


@jit
def evaluate_policy(plan: Any, state: Any, scratch: Any, tile: int) -> int:
    """Logits and probabilities on all the plan's rows; returns where the logits begin."""
    network = plan.network
    count = len(plan.rows.features)
    base = tile * network.parameters * LANES
    z_at = forward(network, plan.rows, count, state.weights, base, scratch.values)
    softmax(scratch.values, z_at, scratch.probability, count, plan.actions, network.pinned)
    return z_at


@jit
def policy_gradient(plan: Any, state: Any, scratch: Any, tile: int, update: Any):
    """The gradient of the update numbered by lane in `update`, the policy having been evaluated."""
    network, rows = plan.network, plan.rows
    if plan.source == FIXED:
        logit_gradient(
            scratch.probability, plan.push, scratch.delta, rows.trained, plan.actions, network.pinned
        )
    else:
        fill_push(plan, scratch, load(state.network, tile * LANES), update)
        logit_gradient(
            scratch.probability, scratch.push, scratch.delta, rows.trained, plan.actions, network.pinned
        )
    base = tile * network.parameters * LANES
    count = len(rows.features)
    backward(network, rows, count, state.weights, base, scratch.values, scratch.delta, scratch.gradient)


@jit
def update_gradient(plan: Any, state: Any, scratch: Any, tile: int, update: Any):
    """Evaluate the policy and leave the update's gradient in `scratch.gradient`."""
    evaluate_policy(plan, state, scratch, tile)
    policy_gradient(plan, state, scratch, tile, update)
