"""When a ledger divides a step, on either backend."""

from __future__ import annotations

DIVIDED_ABOVE, ROUNDING = 1e-3, 1e-6
"""The ends of a step are enough where they leave at most this share of the behaviour's change unexplained,
and this much of its size and of 1: the rounding of its two values in float32."""
MOST_PANELS = 64
"""Parts into which a step is divided at most; 1, 2, 4, … until there is no need for more."""
