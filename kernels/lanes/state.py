"""Where a tile's entries stand in the arrays of a block."""

from __future__ import annotations

from typing import Any

from ..choices import Hyperparameter
from .jit import inlined
from .memory import load
from .vector import LANES

HYPERPARAMETERS = len(Hyperparameter)


@inlined
def hyper(state: Any, tile: int, which: int) -> Any:
    """A hyperparameter of sixteen networks."""
    return load(state.hyper, (tile * HYPERPARAMETERS + which) * LANES)


@inlined
def base_of(state: Any, tile: int) -> int:
    """The element at which a tile's parameters begin."""
    return tile * (len(state.weights) // len(state.network)) * LANES
