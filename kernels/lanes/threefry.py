"""Threefry-2x32-20 for sixteen networks at a time; popgrad.kernels.threefry is the reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..threefry import PARITY
from .jit import inlined, jit
from .vector import splat

u = np.uint32


@inlined
def rotated(x: Any, bits: int) -> Any:
    """The words with their bits turned to the left."""
    return (x << splat(u(bits))) | (x >> splat(u(32 - bits)))


@inlined
def four_rounds(x0: Any, x1: Any, first: int, second: int, third: int, fourth: int) -> Any:
    """Mix a pair of words by four rotations."""
    x0 = x0 + x1
    x1 = rotated(x1, first) ^ x0
    x0 = x0 + x1
    x1 = rotated(x1, second) ^ x0
    x0 = x0 + x1
    x1 = rotated(x1, third) ^ x0
    x0 = x0 + x1
    x1 = rotated(x1, fourth) ^ x0
    return x0, x1


@inlined
def threefry(k0: Any, k1: Any, x0: Any, x1: Any) -> Any:
    """T(key; counter): two vectors of words from two."""
    k2 = k0 ^ k1 ^ splat(u(PARITY))
    x0, x1 = four_rounds(x0 + k0, x1 + k1, 13, 15, 26, 6)
    x0, x1 = four_rounds(x0 + k1, x1 + k2 + splat(u(1)), 17, 29, 16, 24)
    x0, x1 = four_rounds(x0 + k2, x1 + k0 + splat(u(2)), 13, 15, 26, 6)
    x0, x1 = four_rounds(x0 + k0, x1 + k1 + splat(u(3)), 17, 29, 16, 24)
    x0, x1 = four_rounds(x0 + k1, x1 + k2 + splat(u(4)), 13, 15, 26, 6)
    return x0 + k2, x1 + k0 + splat(u(5))


@jit
def network_key(seed: Any, network: Any, purpose: int) -> Any:
    """The keys of sixteen networks for a purpose; `seed` is the row of its words, low word first."""
    return threefry(splat(seed[0]), splat(seed[1]), network, splat(u(purpose)))
