"""Forward mode: how the logits of rows move with the parameters."""

from __future__ import annotations

from typing import Any

from .dense import affine, through
from .jit import jit
from .memory import load, store
from .network import look_up
from .vector import LANES


@jit
def forward_mode(
    network: Any,
    rows: Any,
    count: int,
    weights: Any,
    hidden: Any,
    tangent: Any,
    moved: Any,
    added: Any,
) -> int:
    """J · tangent for the first `count` rows, left in `moved`; returns the element where it begins there.

        ẏ = Ẇ x + ḃ + W ẋ,    ẋ = φ'(x) ẏ of the layer before, 0 for features

    weights and tangent (P) as they are used, `hidden` what `forward` left of the hidden layers of all rows.
    `added` has room for one layer.
    """
    widths = network.widths
    if len(widths) == 1:
        look_up(rows.observation, 0, count, tangent, 0, widths[0], moved)
        return 0
    evaluated = len(rows.observation)
    w_at = x_at = from_at = to_at = 0
    for layer in range(len(widths) - 1):
        inputs, outputs = widths[layer], widths[layer + 1]
        size = inputs * outputs * LANES
        b_at = w_at + size if network.bias else -1
        if layer == 0:
            affine(rows.features, 0, tangent, w_at, b_at, moved, to_at, count, inputs, outputs)
        else:
            affine(hidden, x_at, tangent, w_at, b_at, moved, to_at, count, inputs, outputs)
            affine(moved, from_at, weights, w_at, -1, added, 0, count, inputs, outputs)
            for k in range(0, count * outputs * LANES, LANES):
                store(moved, to_at + k, load(moved, to_at + k) + load(added, k))
            x_at += evaluated * inputs * LANES
        if layer == len(widths) - 2:
            break
        for k in range(0, count * outputs * LANES, LANES):
            h = load(hidden, x_at + k)
            store(moved, to_at + k, through(network.activation, h, load(moved, to_at + k)))
        w_at += size + network.bias * outputs * LANES
        from_at = to_at
        to_at += count * outputs * LANES
    return to_at
