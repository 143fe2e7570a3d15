"""Networks as Boolean functions of `worlds/boolean.py`, which show what they are before they learn."""

from __future__ import annotations

import numpy as np

from ...sim.runfile import Run
from .arms import IMITATION, own_world
from .case import Table


def truths(run: Run, condition: str, bits: int) -> np.ndarray:
    """(network, input): where a network's function is true, before it learns."""
    rows = [run.margin(f"row_{i}", condition)[:, 0] > 0 for i in range(2**bits)]
    return np.stack(rows, axis=1)


def rectified(bits: int, width: int) -> Table:
    """A condition: one hidden layer of rectified units without biases, on some signs."""
    return {
        "loss": IMITATION,
        "world": own_world("boolean", bits=bits, encoding="signs"),
        "policy": {
            "kind": "mlp",
            "hidden": [width],
            "activation": "relu",
            "bias": False,
            "head": "logit",
            "init": {"kind": "normal"},
        },
    }
