"""Random numbers are addresses: Threefry-2x32-20 and the scheme that names every draw.

The key of a network for a purpose is T(seed; network, purpose); a draw is the pair of words
T(key; update, index). There is no generator state, so any block of networks, in any order and on any
backend, sees the same numbers. This file is the reference in NumPy; the backends are tested against it.

Reference: Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Words = NDArray[np.uint32]

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
PARITY = 0x1BD11BDA
STEP_BITS = 12
"""The index of a draw in an episode is episode · 2¹² + step."""

MAX_EPISODES = 1 << 20


class Purpose(IntEnum):
    """What a random number is for. Append only: these numbers are part of every result."""

    WEIGHTS = 0
    HYPERPARAMETERS = 1
    ROWS = 2
    START = 3
    ACTION = 4
    QUERY = 5
    RECORDED = 6
    GUESS = 7
    MOVE = 8


def threefry(key: tuple[ArrayLike, ArrayLike], counter: tuple[ArrayLike, ArrayLike]) -> tuple[Words, Words]:
    """Threefry-2x32 with 20 rounds, T(key; counter), on arrays of words that broadcast."""
    k0, k1, x0, x1 = (np.asarray(word, np.uint32) for word in (*key, *counter))
    keys = (k0, k1, k0 ^ k1 ^ np.uint32(PARITY))
    with np.errstate(over="ignore"):
        x0, x1 = x0 + k0, x1 + k1
        for chunk in range(5):
            for rotation in ROTATIONS[4 * (chunk % 2) :][:4]:
                x0 = x0 + x1
                x1 = (x1 << np.uint32(rotation)) | (x1 >> np.uint32(32 - rotation))
                x1 = x1 ^ x0
            x0 = x0 + keys[(chunk + 1) % 3]
            x1 = x1 + keys[(chunk + 2) % 3] + np.uint32(chunk + 1)
    return x0, x1


def network_key(seed: int, network: ArrayLike, purpose: Purpose) -> tuple[Words, Words]:
    """The key of a network for a purpose, T(seed; network, purpose), the seed's low word first."""
    return threefry((seed & 0xFFFFFFFF, seed >> 32), (network, purpose))


def draw(
    seed: int, network: ArrayLike, purpose: Purpose, update: ArrayLike, index: ArrayLike
) -> tuple[Words, Words]:
    """The pair of words at an address."""
    return threefry(network_key(seed, network, purpose), (update, index))


def uniform(word: ArrayLike) -> NDArray[np.float64]:
    """A word as a number in (0, 1): (word + ½)/2³²."""
    return (np.asarray(word, np.float64) + 0.5) * 2.0**-32
