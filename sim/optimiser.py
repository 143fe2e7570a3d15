"""Optimisers: how a gradient becomes a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from .population import Spread

Rate = Annotated[float, Field(gt=0)] | Spread


@dataclass(frozen=True)
class Optimiser:
    """An optimiser and its hyperparameters, each one value or a distribution over networks."""

    learning_rate: float | Spread


def sgd(*, learning_rate: Rate) -> Optimiser:
    """Gradient descent with a constant learning rate.

        θ ← θ − η g

    The sums are compensated, so steps below half a unit in the last place of float32 add up.

    Args:
        learning_rate: η, above 0; or a distribution over networks, `{ log_uniform = [0.01, 0.3] }`,
            `{ uniform = [a, b] }`, `{ choice = [...] }`, `{ grid = [...] }`.
    """
    return Optimiser(learning_rate)


OPTIMISERS = {"sgd": sgd}
