"""The source of symbols of `worlds/source.py`, each drawn given the two before it."""

from __future__ import annotations

import numpy as np

from .predictions import Array

ONE = np.array([0.1, 0.8, 0.6, 0.3])
"""P(1|ab) of ab = 00, 01, 10, 11."""


def stationary() -> Array:
    """π of the last two symbols."""
    law = np.full(4, 0.25)
    for _ in range(200):
        after = np.stack([law * (1 - ONE), law * ONE], axis=1)
        law = (after[:2] + after[2:]).ravel()
    return law
