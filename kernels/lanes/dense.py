"""Dense layers on rows: sums forward, gradients backward, each output in a register of its own.

Inputs are read by `fetch`, so they may be shared by the population or differ by network. Rows come in
blocks of four; eight accumulators at a time keep both multipliers of a core busy. Arrays other than shared
features are flat, a matrix (rows, columns, lane) starting at the element that its `_at` names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Activation
from .jit import inlined, jit
from .memory import fetch, load, store
from .vector import LANES, fma, select, splat

f = np.float32
RELU, IDENTITY = int(Activation.RELU), int(Activation.IDENTITY)


@inlined
def through(activation: int, h: Any, gradient: Any) -> Any:
    """A gradient times the activation's derivative, which its value h determines."""
    if activation == RELU:
        return select(h > splat(f(0.0)), gradient, splat(f(0.0)))
    if activation == IDENTITY:
        return gradient
    return gradient * fma(splat(f(0.0)) - h, h, splat(f(1.0)))


@inlined
def store_rows(y: Any, at: int, step: int, s0: Any, s1: Any, s2: Any, s3: Any):
    """Write four vectors, `step` elements apart."""
    store(y, at, s0)
    store(y, at + step, s1)
    store(y, at + 2 * step, s2)
    store(y, at + 3 * step, s3)


@jit
def affine(
    x: Any, x_at: int, w: Any, w_at: int, b_at: int, y: Any, y_at: int, rows: int, inputs: int, outputs: int
):
    """y[r, j] = b[j] + Σ_i x[r, i] w[j, i]; without biases b_at is −1. Weights and biases are both in w."""
    zero = splat(f(0.0))
    for r in range(0, rows, 4):
        for j in range(0, outputs - 1, 2):
            p0 = load(w, b_at + j * LANES) if b_at >= 0 else zero
            q0 = load(w, b_at + (j + 1) * LANES) if b_at >= 0 else zero
            p1 = p2 = p3 = p0
            q1 = q2 = q3 = q0
            for i in range(inputs):
                p = load(w, w_at + (j * inputs + i) * LANES)
                q = load(w, w_at + ((j + 1) * inputs + i) * LANES)
                x0 = fetch(x, x_at, r, i, inputs)
                x1 = fetch(x, x_at, r + 1, i, inputs)
                x2 = fetch(x, x_at, r + 2, i, inputs)
                x3 = fetch(x, x_at, r + 3, i, inputs)
                p0, p1, p2, p3 = fma(x0, p, p0), fma(x1, p, p1), fma(x2, p, p2), fma(x3, p, p3)
                q0, q1, q2, q3 = fma(x0, q, q0), fma(x1, q, q1), fma(x2, q, q2), fma(x3, q, q3)
            at = y_at + (r * outputs + j) * LANES
            step = outputs * LANES
            store_rows(y, at, step, p0, p1, p2, p3)
            store_rows(y, at + LANES, step, q0, q1, q2, q3)
        if outputs % 2 == 1:
            j = outputs - 1
            p0 = load(w, b_at + j * LANES) if b_at >= 0 else zero
            p1 = p2 = p3 = p0
            for i in range(inputs):
                p = load(w, w_at + (j * inputs + i) * LANES)
                p0 = fma(fetch(x, x_at, r, i, inputs), p, p0)
                p1 = fma(fetch(x, x_at, r + 1, i, inputs), p, p1)
                p2 = fma(fetch(x, x_at, r + 2, i, inputs), p, p2)
                p3 = fma(fetch(x, x_at, r + 3, i, inputs), p, p3)
            at = y_at + (r * outputs + j) * LANES
            step = outputs * LANES
            store_rows(y, at, step, p0, p1, p2, p3)


@jit
def hidden_gradient(
    d: Any, d_at: int, w: Any, w_at: int, h_at: int, rows: int, inputs: int, outputs: int, activation: int
):
    """h[r, i] ← φ'(h[r, i]) Σ_j d[r, j] w[j, i]: the gradient takes the place of the values it belongs to.

    Both are in d. In place, one update of a small network stays in the nearest cache.
    """
    zero = splat(f(0.0))
    for r in range(0, rows, 4):
        at = d_at + r * outputs * LANES
        step = outputs * LANES
        for i in range(inputs):
            s0 = s1 = s2 = s3 = zero
            for j in range(outputs):
                p = load(w, w_at + (j * inputs + i) * LANES)
                s0 = fma(load(d, at + j * LANES), p, s0)
                s1 = fma(load(d, at + step + j * LANES), p, s1)
                s2 = fma(load(d, at + 2 * step + j * LANES), p, s2)
                s3 = fma(load(d, at + 3 * step + j * LANES), p, s3)
            to = h_at + (r * inputs + i) * LANES
            back = inputs * LANES
            store(d, to, through(activation, load(d, to), s0))
            store(d, to + back, through(activation, load(d, to + back), s1))
            store(d, to + 2 * back, through(activation, load(d, to + 2 * back), s2))
            store(d, to + 3 * back, through(activation, load(d, to + 3 * back), s3))


@jit
def weight_gradient(
    x: Any, x_at: int, d: Any, d_at: int, g: Any, g_at: int, rows: int, inputs: int, outputs: int
):
    """g[j, i] = Σ_r d[r, j] x[r, i], four inputs of two outputs at a time, what is left over one by one."""
    zero = splat(f(0.0))
    whole = inputs - inputs % 4 if outputs > 1 else 0
    for j in range(0, outputs - 1, 2):
        for i in range(0, whole, 4):
            p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = zero
            for r in range(rows):
                p = load(d, d_at + (r * outputs + j) * LANES)
                q = load(d, d_at + (r * outputs + j + 1) * LANES)
                x0 = fetch(x, x_at, r, i, inputs)
                x1 = fetch(x, x_at, r, i + 1, inputs)
                x2 = fetch(x, x_at, r, i + 2, inputs)
                x3 = fetch(x, x_at, r, i + 3, inputs)
                p0, p1, p2, p3 = fma(x0, p, p0), fma(x1, p, p1), fma(x2, p, p2), fma(x3, p, p3)
                q0, q1, q2, q3 = fma(x0, q, q0), fma(x1, q, q1), fma(x2, q, q2), fma(x3, q, q3)
            at = g_at + (j * inputs + i) * LANES
            store_rows(g, at, LANES, p0, p1, p2, p3)
            at += inputs * LANES
            store_rows(g, at, LANES, q0, q1, q2, q3)
    for j in range(outputs):
        first = whole if j < outputs - outputs % 2 else 0
        for i in range(first, inputs):
            s0 = s1 = s2 = s3 = zero
            for r in range(0, rows, 4):
                at = d_at + (r * outputs + j) * LANES
                step = outputs * LANES
                s0 = fma(fetch(x, x_at, r, i, inputs), load(d, at), s0)
                s1 = fma(fetch(x, x_at, r + 1, i, inputs), load(d, at + step), s1)
                s2 = fma(fetch(x, x_at, r + 2, i, inputs), load(d, at + 2 * step), s2)
                s3 = fma(fetch(x, x_at, r + 3, i, inputs), load(d, at + 3 * step), s3)
            store(g, g_at + (j * inputs + i) * LANES, (s0 + s1) + (s2 + s3))


@jit
def column_sums(d: Any, d_at: int, g: Any, g_at: int, rows: int, columns: int):
    """g[j] = Σ_r d[r, j]."""
    zero = splat(f(0.0))
    for j in range(columns):
        s0 = s1 = s2 = s3 = zero
        for r in range(0, rows, 4):
            at = d_at + (r * columns + j) * LANES
            step = columns * LANES
            s0 = s0 + load(d, at)
            s1 = s1 + load(d, at + step)
            s2 = s2 + load(d, at + 2 * step)
            s3 = s3 + load(d, at + 3 * step)
        store(g, g_at + j * LANES, (s0 + s1) + (s2 + s3))
