"""A policy network on rows: parameters to logits, and a gradient on the logits back to the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dense import IDENTITY, RELU, affine, column_sums, hidden_gradient, weight_gradient
from .elementary import tanh
from .jit import jit
from .memory import load, store
from .vector import LANES, greatest, splat

f = np.float32


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
def forward(network: Any, rows: Any, weights: Any, base: int, values: Any) -> int:
    """Logits of all rows, left in `values` behind the hidden layers, from the element that is returned.

    `base` is where the tile's parameters begin.
    """
    widths = network.widths
    count = len(rows.features)
    if len(widths) == 1:
        outputs = widths[0]
        for r in range(count):
            at = base + rows.observation[r] * outputs * LANES
            for k in range(0, outputs * LANES, LANES):
                store(values, r * outputs * LANES + k, load(weights, at + k))
        return 0
    w_at = base
    x_at = 0
    y_at = 0
    for layer in range(len(widths) - 1):
        inputs, outputs = widths[layer], widths[layer + 1]
        size = inputs * outputs * LANES
        b_at = w_at + size if network.bias else -1
        if layer == 0:
            affine(rows.features, 0, weights, w_at, b_at, values, y_at, count, inputs, outputs)
        else:
            affine(values, x_at, weights, w_at, b_at, values, y_at, count, inputs, outputs)
        if layer == len(widths) - 2:
            break
        activate(values, y_at, count * outputs, network.activation)
        w_at += size + network.bias * outputs * LANES
        x_at = y_at
        y_at += count * outputs * LANES
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
def table_gradient(network: Any, rows: Any, count: int, delta: Any, gradient: Any, g_at: int):
    """The gradient of a table: each row's goes to its observation."""
    outputs = network.widths[0]
    for k in range(g_at, g_at + network.parameters * LANES, LANES):
        store(gradient, k, splat(f(0.0)))
    for r in range(count):
        at = g_at + rows.observation[r] * outputs * LANES
        for k in range(0, outputs * LANES, LANES):
            store(gradient, at + k, load(gradient, at + k) + load(delta, r * outputs * LANES + k))


@jit
def backward(
    network: Any, rows: Any, weights: Any, base: int, values: Any, z_at: int, gradient: Any, first: int
):
    """The gradient on all parameters, from element `first`, from the gradient on the outputs.

    That one stands where `forward` left the outputs of the trained rows, and on the way back every layer's
    gradient takes the place of its values. Only the first `rows.trained` rows are pushed.
    """
    widths = network.widths
    count = rows.trained
    if len(widths) == 1:
        table_gradient(network, rows, count, values, gradient, first)
        return
    evaluated = len(rows.features)
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
