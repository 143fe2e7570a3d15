"""A policy network on rows: parameters to logits, and a gradient on the logits back to the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dense import IDENTITY, RELU, affine, column_sums, hidden_gradient, weight_gradient
from .elementary import tanh
from .jit import jit
from .memory import gather, load, scatter, store
from .vector import LANES, greatest, lane_numbers, splat

f = np.float32
u = np.uint32


@jit
def activate(values: Any, at: int, count: int, activation: int):
    """Apply the activation to `count` vectors in place."""
    if activation == RELU:
        for k in range(at, at + count * LANES, LANES):
            store(values, k, greatest(splat(f(0.0)), load(values, k)))
    elif activation != IDENTITY:
        for k in range(at, at + count * LANES, LANES):
            store(values, k, tanh(load(values, k)))


@jit
def look_up(observation: Any, first: int, count: int, weights: Any, base: int, outputs: int, values: Any):
    """The logits that a table holds for some rows; these are the population's, or each lane's own."""
    for r in range(first, first + count):
        to = r * outputs * LANES
        if observation.ndim == 1:
            at = base + observation[r] * outputs * LANES
            for k in range(0, outputs * LANES, LANES):
                store(values, to + k, load(weights, at + k))
        else:
            entry = load(observation, r * LANES) * splat(u(outputs * LANES)) + lane_numbers()
            for k in range(0, outputs * LANES, LANES):
                store(values, to + k, gather(weights, entry + splat(u(base + k))))


@jit
def forward(network: Any, rows: Any, first: int, count: int, weights: Any, base: int, values: Any) -> int:
    """Logits of `count` rows, left in `values` behind the hidden layers of all rows.

    Returns the element where the logits of all rows begin. `base` is where the tile's parameters begin. Rows
    that the population shares are evaluated from the first one.
    """
    widths = network.widths
    if len(widths) == 1:
        look_up(rows.observation, first, count, weights, base, widths[0], values)
        return 0
    evaluated = len(rows.observation)
    w_at = base
    x_at = 0
    y_at = 0
    for layer in range(len(widths) - 1):
        inputs, outputs = widths[layer], widths[layer + 1]
        size = inputs * outputs * LANES
        b_at = w_at + size if network.bias else -1
        from_at, to_at = first * inputs * LANES, y_at + first * outputs * LANES
        if layer == 0:
            affine(rows.features, from_at, weights, w_at, b_at, values, to_at, count, inputs, outputs)
        else:
            affine(values, x_at + from_at, weights, w_at, b_at, values, to_at, count, inputs, outputs)
        if layer == len(widths) - 2:
            break
        activate(values, to_at, count * outputs, network.activation)
        w_at += size + network.bias * outputs * LANES
        x_at = y_at
        y_at += evaluated * outputs * LANES
    return y_at


@jit
def scaled_weights(network: Any, weights: Any, base: int, into: Any):
    """Every parameter times its scale."""
    for p in range(network.parameters):
        store(into, p * LANES, load(weights, base + p * LANES) * splat(network.scale[p]))


@jit
def scaled_gradient(network: Any, gradient: Any, g_at: int):
    """The gradient on the parameters from that on the scaled ones."""
    for p in range(len(network.scale)):
        at = g_at + p * LANES
        store(gradient, at, load(gradient, at) * splat(network.scale[p]))


@jit
def table_gradient(network: Any, observation: Any, count: int, delta: Any, gradient: Any, g_at: int):
    """The gradient of a table: each row's goes to its observation."""
    outputs = network.widths[0]
    for k in range(g_at, g_at + network.parameters * LANES, LANES):
        store(gradient, k, splat(f(0.0)))
    for r in range(count):
        d_at = r * outputs * LANES
        if observation.ndim == 1:
            at = g_at + observation[r] * outputs * LANES
            for k in range(0, outputs * LANES, LANES):
                store(gradient, at + k, load(gradient, at + k) + load(delta, d_at + k))
        else:
            entry = load(observation, r * LANES) * splat(u(outputs * LANES)) + lane_numbers()
            for k in range(0, outputs * LANES, LANES):
                at_lane = entry + splat(u(g_at + k))
                scatter(gradient, at_lane, gather(gradient, at_lane) + load(delta, d_at + k))


@jit
def backward(
    network: Any,
    rows: Any,
    count: int,
    weights: Any,
    base: int,
    values: Any,
    z_at: int,
    gradient: Any,
    first: int,
):
    """The gradient on all parameters, from element `first`, from the gradient on the outputs.

    That one stands where `forward` left the outputs of the first `count` rows, the only ones that are pushed,
    and on the way back every layer's gradient takes the place of its values.
    """
    widths = network.widths
    if len(widths) == 1:
        table_gradient(network, rows.observation, count, values, gradient, first)
        return
    evaluated = len(rows.observation)
    g_at = first + network.parameters * LANES
    d_at = z_at
    for layer in range(len(widths) - 2, -1, -1):
        inputs, outputs = widths[layer], widths[layer + 1]
        if network.bias:
            g_at -= outputs * LANES
            column_sums(values, d_at, gradient, g_at, count, outputs)
        g_at -= inputs * outputs * LANES
        if layer == 0:
            weight_gradient(rows.features, 0, values, d_at, gradient, g_at, count, inputs, outputs)
            return
        x_at = d_at - evaluated * inputs * LANES
        weight_gradient(values, x_at, values, d_at, gradient, g_at, count, inputs, outputs)
        hidden_gradient(
            values, d_at, weights, base + g_at - first, x_at, count, inputs, outputs, network.activation
        )
        d_at = x_at
