"""What the precision of a run leaves of Adam's steps."""

from __future__ import annotations

from .case import Effort


def corrections(effort: Effort) -> float:
    """What single precision leaves of 1 − β₂ᵗ: with optax it is a difference from 1, and 0.002 at t = 2."""
    return effort.tolerance(1e-5 if effort.backend == "jax" else 1e-6, 2e-13)
