"""A learned baseline: a small network of its own that predicts the return from a state."""

from __future__ import annotations

from typing import Any

from .jit import jit
from .memory import load, store
from .network import backward, forward
from .state import base_of
from .vector import LANES


@jit
def criticise(plan: Any, rows: int, state: Any, scratch: Any, tile: int) -> int:
    """V̂ of the first rows in `critic_values`; returns where the critic's outputs begin in its layers."""
    base = base_of(state, tile) + plan.network.parameters * LANES
    v_at = forward(plan.critic, plan.rows, 0, rows, state.weights, base, scratch.critic_layers)
    for k in range(0, rows * LANES, LANES):
        store(scratch.critic_values, k, load(scratch.critic_layers, v_at + k))
    return v_at


@jit
def critic_gradient(plan: Any, rows: int, state: Any, scratch: Any, tile: int, v_at: int):
    """The gradient of ½ Σ_visits (V̂(s) − G)² / E, behind the policy's in `gradient`."""
    first = plan.network.parameters * LANES
    for k in range(0, rows * LANES, LANES):
        store(scratch.critic_layers, v_at + k, load(scratch.critic_error, k))
    base = base_of(state, tile) + first
    layers, gradient = scratch.critic_layers, scratch.gradient
    backward(plan.critic, plan.rows, rows, state.weights, base, layers, v_at, gradient, first)
