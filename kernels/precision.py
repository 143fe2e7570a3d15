"""Plans in a backend's precision."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

T = TypeVar("T")


def in_precision(plan: T, dtype: type[np.floating]) -> T:
    """A plan, a part of one or several of them, whose float64 numbers are of another precision."""
    if isinstance(plan, tuple):
        parts = [in_precision(part, dtype) for part in plan]
        return type(plan)(*parts) if hasattr(plan, "_fields") else type(plan)(parts)
    if isinstance(plan, np.ndarray) and plan.dtype == np.float64:
        return np.ascontiguousarray(plan, dtype)  # type: ignore[return-value]
    return dtype(plan) if isinstance(plan, np.float64) else plan  # type: ignore[return-value]
