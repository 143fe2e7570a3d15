"""A user's own functions, as the kernels take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Own(NamedTuple):
    """A user's own functions, which the backend that differentiates calls; None where there is none.

    loss(log π (A), labels (A)) of a state, rule(ln π, ln π_old, advantage) of a visit; head(outputs (A)) are
    the logarithms of an action's probabilities.
    """

    loss: Callable[..., Any] | None = None
    rule: Callable[..., Any] | None = None
    head: Callable[..., Any] | None = None


NOTHING_OWN = Own()
