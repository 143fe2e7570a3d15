"""When a ledger divides a step, on either backend."""

from __future__ import annotations

DIVIDED_ABOVE, ROUNDING = 1e-3, 1e-6
"""The ends of a step are enough where they leave at most this share of the behaviour's change unexplained,
and this much of its size and of 1: the rounding of its two values in float32."""
DOUBTED_BELOW, STEADY_BY = 1e-4, 4.0
"""What is missing and small beside the behaviour's size and 1 is doubted: where dividing once more moves the
sum by less than a quarter of it, it is the rounding of the two values, as in wide networks."""
MOST_PANELS = 64
"""Parts into which a step is divided at most; 1, 2, 4, … until there is no need for more."""
