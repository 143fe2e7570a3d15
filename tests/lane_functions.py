"""Functions of one lane vector, called on whole NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from popgrad.kernels.lanes.memory import load, store
from popgrad.kernels.lanes.vector import LANES


def on_arrays(function: Callable[..., Any], result: type = np.float32) -> Callable[[np.ndarray], np.ndarray]:
    """A kernel's function of one vector as a function of an array of any length."""

    @numba.njit
    def loop(x: Any, y: Any) -> None:
        for at in range(0, len(x), LANES):
            store(y, at, function(load(x, at)))

    def apply(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x)
        filled = np.resize(x, -(-len(x) // LANES) * LANES)
        y = np.empty(len(filled), result)
        loop(filled, y)
        return y[: len(x)]

    return apply
