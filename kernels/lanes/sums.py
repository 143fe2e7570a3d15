"""Compensated sums, which lose nothing of what is small beside what they have added up to."""

from __future__ import annotations

from typing import Any

from .jit import inlined
from .memory import load, store


@inlined
def add_up(total: Any, residual: Any, at: int, x: Any):
    """Add a vector to a compensated sum (Knuth's sum, TAOCP 4.2.2)."""
    before = load(total, at)
    step = x - load(residual, at)
    after = before + step
    taken = after - before
    store(total, at, after)
    store(residual, at, (taken - step) - (before - (after - taken)))
