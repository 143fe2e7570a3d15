"""Clipped gradients: from afar an error shrinks in a straight line.

Gradients longer than c are shortened to c. Of two weights with L = ¼‖w − w*‖² the error shrinks by ηc a step
while it is longer than 2c, without a turn, and then by the factor 1 − η/2.

Reference: Pascanu, Mikolov and Bengio 2013 (arXiv 1211.5063).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..case import Case, Curve, Effort, Plot
from ..least_squares import after, least_squares, weights_after
from ..predictions import Array, Exact

FAR, CLIP, RATE = np.array([30.0, -40.0]), 2.0, 0.5
TIMES = (1, 10, 40, 50, 60, 80)


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    options = {"kind": "sgd", "learning_rate": RATE, "clip_norm": CLIP}
    tables = least_squares(
        "Gradients that are clipped",
        after(TIMES, optimiser=options),
        {"features": [[1.0, 0.0], [0.0, 1.0]], "target": FAR.tolist()},
    )
    prediction = Exact(
        "weights",
        clipped(np.array(TIMES, float)),
        lambda run: weights_after(run, TIMES)[:, 0],
        absolute=effort.tolerance(1e-5, 1e-11),
    )

    def plot(run: Run) -> Plot:
        k = np.arange(TIMES[-1] + 1.0)
        line, found = (np.linalg.norm(w - FAR, axis=1) for w in (clipped(k), weights_after(run, TIMES)[:, 0]))
        curve = Curve("descent", k, line, np.array(TIMES, float), found)
        return Plot("updates", "error", (curve,), yscale="log")

    yield Case("L23.clipping", "from afar a clipped error shrinks in a line", tables, (prediction,), plot)


def clipped(k: Array) -> Array:
    """Weights after k updates from 0; the gradient is half the error, so it is clipped beyond 2c."""
    far = float(np.linalg.norm(FAR))
    straight = int(np.ceil((far - 2 * CLIP) / (RATE * CLIP)))
    length = np.where(
        k <= straight,
        far - RATE * CLIP * k,
        (far - RATE * CLIP * straight) * (1 - RATE / 2) ** (k - straight),
    )
    return FAR * (1 - length / far)[:, None]
