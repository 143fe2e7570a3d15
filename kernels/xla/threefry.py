"""Threefry-2x32-20 in jnp, and what words become; popgrad.kernels.threefry is the reference of both."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..threefry import PARITY, ROTATIONS, Purpose

Pair = tuple[Any, Any]


def threefry(key: Pair, counter: Pair) -> Pair:
    """T(key; counter), on words that broadcast."""
    k0, k1 = key
    keys = (k0, k1, k0 ^ k1 ^ np.uint32(PARITY))
    x0, x1 = counter[0] + k0, counter[1] + k1
    for chunk in range(5):
        for rotation in ROTATIONS[4 * (chunk % 2) :][:4]:
            x0 = x0 + x1
            x1 = ((x1 << np.uint32(rotation)) | (x1 >> np.uint32(32 - rotation))) ^ x0
        x0 = x0 + keys[(chunk + 1) % 3]
        x1 = x1 + keys[(chunk + 2) % 3] + np.uint32(chunk + 1)
    return x0, x1


def words(seeds: Any, network: Any, purpose: Purpose, update: Any, index: Any) -> Pair:
    """The pairs of words of a network for a purpose; seeds (purposes, 2), the low word first."""
    key = threefry((seeds[purpose, 0], seeds[purpose, 1]), (network, np.uint32(purpose)))
    return threefry(key, (jnp.asarray(update).astype(jnp.uint32), jnp.asarray(index).astype(jnp.uint32)))


def normal(word: Any, dtype: Any) -> Any:
    """The standard normal quantile at (word + ½)/2³².

    In float32 the middle is taken from the distance to ½ and the tails from the smaller tail, each of which
    a float32 holds precisely.
    """
    upper = word >= np.uint32(0x80000000)
    tail = jnp.where(upper, ~word, word)
    v = (tail.astype(dtype) + dtype(0.5)) * dtype(2.0**-32)
    x = ((np.uint32(0x7FFFFFFF) - tail).astype(dtype) + dtype(0.5)) * dtype(2.0**-31)
    middle = jax.scipy.special.erfinv(x) * dtype(np.sqrt(2))
    size = jnp.where(x < dtype(0.5), middle, -jax.scipy.special.ndtri(v))
    return jnp.where(upper, size, -size)
